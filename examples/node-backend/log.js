/** One line an event, on standard output. Nobody passes a URL, a header or a body in here. */

import { codeOf, isOfTheStore } from "./errors.js";

/** @param {string} level @param {string} name @param {string} text */
function write(level, name, text) {
  process.stdout.write(`${new Date().toISOString()} ${level} ${name} ${text}\n`);
}

/** @param {string} name */
export function logger(name) {
  return {
    /** @param {string} text */
    info: (text) => write("INFO", name, text),
    /** @param {string} text */
    error: (text) => write("ERROR", name, text),
    /** A defect, with where it happened; or the store's trouble, by its code. @param {string} text @param {unknown} error */
    trouble: (text, error) => write("ERROR", name, `${text}: ${isOfTheStore(error) ? codeOf(error) : where(error)}`),
  };
}

/** @param {unknown} error */
function where(error) {
  return error instanceof Error ? error.stack : String(error);
}
