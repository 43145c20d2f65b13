/**
 * What every request passes through: response headers, the access log, sessions.
 *
 * @import { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
 * @import { Settings } from "./settings.js"
 * @import { Store } from "./store.js"
 */
import { randomBytes } from "node:crypto";
import { parse, serialize } from "cookie";
import { logger } from "./log.js";
import { SESSION_DAYS } from "./store.js";

const log = logger("access");

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

/** Who asks: a browser or an app has a user once it has begun something. */
export class Sessions {
  #store;
  #isSecure;
  #name;

  /** @param {Store} store @param {URL} publicUrl */
  constructor(store, publicUrl) {
    this.#store = store;
    this.#isSecure = publicUrl.protocol === "https:";
    this.#name = this.#isSecure ? "__Host-session" : "session";
  }

  /** @param {FastifyRequest} request @returns {string | undefined} */
  userOf(request) {
    const sessionId = parse(request.headers.cookie ?? "")[this.#name];
    return sessionId?.length === 43 ? this.#store.userOf(sessionId) : undefined;
  }

  /** The user; a new one gets a session, and the answer its cookie. @param {FastifyRequest} request @param {FastifyReply} reply */
  userFor(request, reply) {
    const known = this.userOf(request);
    if (known !== undefined) return known;
    const [sessionId, userId] = [randomBytes(32).toString("base64url"), randomBytes(16).toString("hex")];
    this.#store.openSession(sessionId, userId);
    const maxAge = SESSION_DAYS * 86_400;
    const flags = /** @type {const} */ ({ httpOnly: true, sameSite: "lax", path: "/", secure: this.#isSecure, maxAge });
    reply.header("set-cookie", serialize(this.#name, sessionId, flags));
    return userId;
  }
}
