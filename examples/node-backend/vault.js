/**
 * Encryption at rest: AES-256-GCM, every value bound to its place.
 *
 * A value moved to another row, column or revision does not open. The first key seals, all of them open: to rotate, put a
 * new key in front, and drop the old one when nothing is left that needs it.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, linkSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from "node:fs";
import { codeOf } from "./errors.js";

const VERSION = 1;
const [KEY_BYTES, ID_BYTES, NONCE_BYTES, TAG_BYTES] = [32, 4, 12, 16];
const HEAD_BYTES = 1 + ID_BYTES;

/** A value could not be opened, or the keys could not be read. */
export class VaultError extends Error {}

/** Seals and opens text. */
export class Vault {
  /** @type {Map<string, Buffer>} by id, the first one seals */
  #keys;

  /** @param {readonly Buffer[]} keys */
  constructor(keys) {
    if (keys.length === 0 || keys.some((key) => key.length !== KEY_BYTES)) {
      throw new VaultError("Each encryption key must be 32 bytes, written in base64.");
    }
    this.#keys = new Map(keys.map((key) => [keyId(key), key]));
  }

  /** @param {string} text @param {string} place */
  seal(text, place) {
    const [[id, key]] = /** @type {[[string, Buffer]]} */ ([...this.#keys]);
    const head = Buffer.concat([Buffer.of(VERSION), Buffer.from(id, "hex")]);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.concat([head, Buffer.from(place)]));
    return Buffer.concat([head, nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
  }

  /** @param {Buffer} sealed @param {string} place */
  open(sealed, place) {
    if (!Buffer.isBuffer(sealed)) throw new VaultError("A stored value is damaged: it is no bytes.");
    const head = sealed.subarray(0, HEAD_BYTES);
    const key = this.#keys.get(head.subarray(1).toString("hex"));
    if (head[0] !== VERSION || key === undefined) {
      throw new VaultError("A stored value was sealed with a key that is not here.");
    }
    const nonce = sealed.subarray(HEAD_BYTES, HEAD_BYTES + NONCE_BYTES);
    try {
      const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.concat([head, Buffer.from(place)])).setAuthTag(sealed.subarray(-TAG_BYTES));
      const body = sealed.subarray(HEAD_BYTES + NONCE_BYTES, -TAG_BYTES);
      return Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8");
    } catch {
      throw new VaultError("A stored value is damaged, or stands in another's place.");
    }
  }
}

/** @param {Buffer} key */
function keyId(key) {
  return createHash("sha256").update("key id").update(key).digest().subarray(0, ID_BYTES).toString("hex");
}

/**
 * Keys from ENCRYPTION_KEYS (base64, newest first, commas between), else from a file made once.
 * @param {string} data @param {NodeJS.ProcessEnv} [environ]
 */
export function loadVault(data, environ = process.env) {
  const parts = (environ["ENCRYPTION_KEYS"] || keyFile(`${data}/encryption.key`)).split(",").map((part) => part.trim());
  if (parts.some((part) => !/^[A-Za-z0-9+/]+=*$/.test(part))) throw new VaultError("The encryption keys are not base64.");
  return new Vault(parts.map((part) => Buffer.from(part, "base64")));
}

/**
 * Reads it; on the first start, makes it. Both processes of a double start read the same key.
 * @param {string} path
 */
function keyFile(path) {
  if (!existsSync(path)) {
    const fresh = `${path}.${process.pid}`;
    const file = openSync(fresh, "w", 0o600);
    writeSync(file, randomBytes(KEY_BYTES).toString("base64"));
    fsyncSync(file);
    closeSync(file);
    try {
      linkSync(fresh, path);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    } finally {
      unlinkSync(fresh);
    }
  }
  if (process.platform !== "win32" && statSync(path).mode & 0o077) {
    throw new VaultError(`${path} can be read by others; chmod 600 it.`);
  }
  return readFileSync(path, "utf8");
}
