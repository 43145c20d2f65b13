import { Client } from "venuekey/server";

globalThis.result = new Client({ clientSecret: "what no browser should have" });
