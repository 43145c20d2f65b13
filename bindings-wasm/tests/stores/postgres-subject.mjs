import { PostgresStore } from "venuekey/stores/postgres";
import { tell } from "./server.mjs";

// Of a role or a database, which a store does not have to itself.
const CARELESS = "%20-csynchronous_commit%3Doff%20-cdefault_transaction_isolation%3Dserializable";

export const makePlace = async () => (await tell("create")) + CARELESS;
export const openStore = (place) => new PostgresStore(place);
export const breakPlace = () => tell("stop");
export const mendPlace = () => tell("start");
export const wakesProcesses = true;
