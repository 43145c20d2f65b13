// Tells when each call begins and ends, on the file descriptor 3.
import { writeSync } from "node:fs";
import { openStore } from "./sqlite-subject.mjs";
import { row } from "./tables.mjs";

const store = openStore(process.argv[2]);
await store.nextDue();

async function call(name, ...values) {
  writeSync(3, `begin ${name}\n`);
  await store[name](...values);
  writeSync(3, `end ${name}\n`);
}

await call("save", row());
await call("save", row({ revision: 2 }));
await call("load", row().id);
await call("bump", "nonce/1", 0, 1);
await call("bump", "nonce/1", 0, 1);
await call("quarantine", row().id, 2, "seal_invalid");
await call("load", row().id);
await call("delete", row().id, 2);
await store.close();
