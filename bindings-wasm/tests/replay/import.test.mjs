import { Client as PublicClient } from "venuekey";
import * as parts from "venuekey/parts";
import * as server from "venuekey/server";
import { ConnectionDriver } from "../node_modules/venuekey/dist/node/inside-node.js";
import { replayAll } from "./node.mjs";

replayAll("import", { ...parts, ...server, PublicClient, ConnectionDriver });
