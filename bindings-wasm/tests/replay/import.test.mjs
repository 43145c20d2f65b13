import { Client as PublicClient } from "venuekey";
import * as venuekey from "venuekey/server";
import { ConnectionDriver } from "../node_modules/venuekey/dist/esm/connection-driver.js";
import { replayAll } from "./node.mjs";

replayAll("import", { ...venuekey, PublicClient, ConnectionDriver });
