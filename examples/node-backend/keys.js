/** The keys that seal the connections and sign sessions: from ENCRYPTION_KEYS, else from a file that is made once. */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, linkSync, readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { SealingKeys } from "venuekey/connections";
import { SettingsError } from "./settings.js";

/**
 * In base64, newest first, commas between: the first seals and signs, any is accepted.
 * @param {string} data @param {NodeJS.ProcessEnv} [environ]
 */
export function readKeys(data, environ = process.env) {
  const parts = (environ["ENCRYPTION_KEYS"] || keyFile(`${data}/encryption.key`)).split(",").map((part) => part.trim());
  if (parts.some((part) => !/^[A-Za-z0-9+/]+=*$/.test(part))) throw new SettingsError("The encryption keys are not base64.");
  const keys = parts.map((part) => Buffer.from(part, "base64"));
  if (keys.every((key) => key.length === 32)) return keys;
  throw new SettingsError("Each encryption key must be 32 bytes, written in base64.");
}

/** @param {readonly Buffer[]} keys */
export function sealing(keys) {
  return new SealingKeys(keys.map((key) => [createHash("sha256").update("key id").update(key).digest("hex").slice(0, 8), key]));
}

/** Of two processes that start at once, both read the same key. @param {string} path */
function keyFile(path) {
  if (!existsSync(path)) {
    const fresh = `${path}.${process.pid}`;
    writeFileSync(fresh, randomBytes(32).toString("base64"), { mode: 0o600, flush: true });
    try {
      linkSync(fresh, path);
    } catch (error) {
      if (!existsSync(path)) throw error;
    } finally {
      unlinkSync(fresh);
    }
  }
  if (process.platform !== "win32" && statSync(path).mode & 0o077) {
    throw new SettingsError(`${path} can be read by others; chmod 600 it.`);
  }
  return readFileSync(path, "utf8");
}
