/** One line an event, on standard output. Nobody passes a URL, a header or a body in here. */

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
    warn: (text) => write("WARN", name, text),
    /** @param {string} text */
    error: (text) => write("ERROR", name, text),
  };
}
