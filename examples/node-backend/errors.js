/** What an error tells by its code: the words of Node and of SQLite, which hold no secret. */

/** The system's word for what went wrong. @param {unknown} error */
export function codeOf(error) {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** Whether it is the store's trouble, and not a defect. @param {unknown} error */
export function isOfTheStore(error) {
  return String(codeOf(error)).startsWith("SQLITE");
}

/** Whether another process has the lock. @param {unknown} error */
export function isBusy(error) {
  return String(codeOf(error)).startsWith("SQLITE_BUSY");
}
