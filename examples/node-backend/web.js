/**
 * What every request passes through: response headers, the access log, sessions.
 *
 * @import { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
 * @import { Settings } from "./settings.js"
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { logger } from "./log.js";

const log = logger("access");
const SESSION_S = 30 * 86_400;

export const HEADERS = {
  // An answer is data: whatever a browser may take it for, it does nothing.
  "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
};

/** @param {FastifyInstance} app @param {Settings} settings */
export function addHeadersAndLog(app, { publicUrl }) {
  app.addHook("onRequest", async (_, reply) => {
    reply.headers(HEADERS);
    if (publicUrl.protocol === "https:") reply.header("strict-transport-security", "max-age=31536000");
  });
  app.addHook("onResponse", async (request, reply) => {
    // Never a query: an address may hold a code and a state. And no path that isn't one of ours.
    const path = request.is404 ? "(unknown path)" : request.routeOptions.url;
    log.info(`${request.method} ${path} ${reply.statusCode} ${Math.round(reply.elapsedTime)} ms`);
  });
}

/** Who asks: a browser or an app has a user once it has begun something. Its cookie is the user's id, an end, and a signature. */
export class Sessions {
  #keys;
  #isSecure;
  #name;

  /** @param {readonly Buffer[]} keys the first signs, any is accepted @param {URL} publicUrl */
  constructor(keys, publicUrl) {
    this.#keys = keys;
    this.#isSecure = publicUrl.protocol === "https:";
    this.#name = this.#isSecure ? "__Host-session" : "session";
  }

  /** @param {FastifyRequest} request @returns {string | undefined} */
  userOf({ headers }) {
    const pairs = (headers.cookie ?? "").split("; ").map((pair) => pair.split("="));
    const session = pairs.find(([name]) => name === this.#name)?.[1] ?? "";
    if (!/^[\w-]{43}$/.test(session)) return undefined;
    const [signed, signature] = [Buffer.from(session, "base64url").subarray(0, 16), Buffer.from(session, "base64url").subarray(16)];
    const isOurs = this.#keys.some((key) => timingSafeEqual(signatureOf(key, signed), signature));
    return isOurs && signed.readUInt32BE(12) > Date.now() / 1000 ? signed.toString("hex", 0, 12) : undefined;
  }

  /** The user; a new one gets a session, and the answer its cookie. @param {FastifyRequest} request @param {FastifyReply} reply */
  userFor(request, reply) {
    const known = this.userOf(request);
    if (known !== undefined) return known;
    const signed = randomBytes(16);
    signed.writeUInt32BE(Math.floor(Date.now() / 1000) + SESSION_S, 12);
    const session = Buffer.concat([signed, signatureOf(/** @type {Buffer} */ (this.#keys[0]), signed)]).toString("base64url");
    const flags = `Path=/; Max-Age=${SESSION_S}; HttpOnly; SameSite=Lax${this.#isSecure ? "; Secure" : ""}`;
    reply.header("set-cookie", `${this.#name}=${session}; ${flags}`);
    return signed.toString("hex", 0, 12);
  }
}

/** @param {Buffer} key @param {Buffer} signed */
function signatureOf(key, signed) {
  return createHmac("sha256", key).update("session").update(signed).digest().subarray(0, 16);
}
