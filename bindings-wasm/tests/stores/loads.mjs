// A module hook that says what is loaded.
import { writeSync } from "node:fs";

export async function load(url, context, next) {
  writeSync(1, `${url}\n`);
  return next(url, context);
}
