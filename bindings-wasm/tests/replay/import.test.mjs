import { Client as PublicClient } from "venuekey";
import * as venuekey from "venuekey/server";
import { replayAll } from "./node.mjs";

replayAll("import", { ...venuekey, PublicClient });
