import { driver, openStore } from "./sqlite-subject.mjs";
import { row } from "./tables.mjs";

// Loaded while it may still read the package.
driver(":memory:").close();
if (process.getuid() === 0) process.setuid(65534);
const store = openStore(process.argv[2]);
await store.save(row({ revision: 2 })).then(console.log, (error) => console.log(String(error)));
