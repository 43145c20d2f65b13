// Prints what examples/node-backend has stored of a user: stored.mjs EXAMPLE DATA VENUE, the session id on stdin.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [example, data, venue] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(`${example}/${name}.js`).href);
const [{ Store }, { loadVault }] = [await load("store"), await load("vault")];
const Database = createRequire(`${example}/store.js`)("libsql");

const vault = loadVault(data);
const userId = new Store(data, vault).userOf(readFileSync(0, "utf8"));
const query = "SELECT credentials FROM accounts WHERE user_id = ? AND venue = ?";
const row = new Database(`${data}/backend.db`, { readonly: true }).prepare(query).get(userId ?? "", venue);
process.stdout.write(row ? vault.open(row.credentials, `credentials:${userId}:${venue}`) : "null");
