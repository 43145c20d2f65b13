// The tests' PostgreSQL server, which tests/journeys/postgres.py starts; one for each process that asks.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

const { VENUEKEY_PACKAGE, VENUEKEY_PYTHON = "python3", VENUEKEY_POSTGRES = "" } = process.env;

let child;
let lines;
let last = Promise.resolve();

function start() {
  child = spawn(VENUEKEY_PYTHON, [join(VENUEKEY_PACKAGE, "tests/stores/server.py"), VENUEKEY_POSTGRES], { stdio: ["pipe", "pipe", "inherit"] });
  lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
}

/** `create` gives the URL of an empty database; `stop` ends the server as a crash does, `start` brings it back. */
export function tell(word) {
  if (child === undefined) start();
  const told = last.then(async () => {
    child.stdin.write(`${word}\n`);
    const { value } = await lines.next();
    if (value === undefined) throw new Error("there is no PostgreSQL server");
    return value;
  });
  last = told.catch(() => {});
  return told;
}

export const end = () => child?.stdin.end();
