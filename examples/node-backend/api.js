/**
 * The JSON API, for apps that are their own face: a page elsewhere, a phone.
 *
 * A request that changes something has a JSON body or is a DELETE, which no other site's page can send with our cookie
 * unless we allow it; and where a browser names the page's origin, it is ours.
 *
 * @import { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
 * @import { Goal } from "venuekey/parts"
 * @import { Accounts } from "./accounts.js"
 * @import { Settings } from "./settings.js"
 * @import { Sessions } from "./web.js"
 */
import { ConnectionNotFound, StoreBusy, VenuekeyError } from "venuekey/connections";
import { StoreError } from "venuekey/stores";
import { Refusal } from "./accounts.js";
import { logger } from "./log.js";

const log = logger("api");

/** A hand-off has 16 KiB, and its quotes are escaped. */
export const MAX_BODY_BYTES = 64 * 1024;

// Words of this example's own, as kind and code.
/** @type {Record<number, [kind: string, code: string]>} */
const BY_STATUS = {
  400: ["misuse", "invalid_request"],
  403: ["rejected", "foreign_origin"],
  404: ["misuse", "not_found"],
  405: ["misuse", "method_not_allowed"],
  413: ["misuse", "too_large"],
  415: ["misuse", "not_json"],
  500: ["unavailable", "internal"],
};

/** @param {FastifyReply} reply @param {number} status @param {string[]} [words] */
export function refuse(reply, status, [kind, code] = BY_STATUS[status] ?? ["misuse", "invalid_request"]) {
  return reply.code(status).send({ kind, code });
}

/** @param {FastifyInstance} app @param {Settings} settings @param {Sessions} sessions @param {Accounts} accounts */
export function addApi(app, settings, sessions, accounts) {
  addRefusals(app, settings);
  const venues = Object.keys(settings.clients);
  const hostOf = settings.publicUrl.hostname;

  app.addHook("onRequest", async (request, reply) => {
    if (request.hostname !== hostOf) return refuse(reply, 400);
    const changes = !["GET", "HEAD"].includes(request.method);
    if (changes && (request.headers.origin ?? settings.publicUrl.origin) !== settings.publicUrl.origin) {
      return refuse(reply, 403);
    }
  });

  /**
   * @typedef {(request: FastifyRequest, reply: FastifyReply, venue: string, text: string) => Promise<object>} Act
   * @param {string} name @param {string} field of the body, which is text, beside the venue @param {Act} act @param {string[]} [allowed]
   */
  const post = (name, field, act, allowed = venues) => {
    // JSON's escapes can also write half a character, which nothing else takes for text.
    const text = { type: "string", not: { pattern: "\\p{Surrogate}" } };
    const properties = { [field]: text, venue: { type: "string", enum: allowed } };
    const schema = { body: { type: "object", required: Object.keys(properties), properties } };
    app.post(`/api/${name}`, { schema }, (request, reply) => {
      const body = /** @type {{ [name: string]: string }} */ (request.body);
      return act(request, reply.code(202), body["venue"] ?? "", body[field] ?? "");
    });
  };

  app.get("/health", async () => "ok\n");

  app.get("/api/connections", (request) => accounts.states(sessions.userOf(request)));

  post("connections", "goal", async (request, reply, venue, goal) => {
    const { id, authorizeUrl } = await accounts.begin(sessions.userFor(request, reply), venue, /** @type {Goal} */ (goal));
    reply.code(201);
    // The one answer with a secret in it: the user's browser takes the address to the exchange.
    return { flow_id: id, authorize_url: authorizeUrl };
  });

  post("callbacks", "callback_url", async (request, _, venue, url) => {
    return { flow_id: await accounts.receiveCallback(sessions.userOf(request), venue, url) };
  });

  /** @type {Act} */
  const handOff = async (request, reply, venue, text) => {
    return { flow_id: await accounts.acceptHandOff(sessions.userFor(request, reply), venue, text) };
  };
  post("hand-offs", "hand_off", handOff, venues.filter((venue) => venue === "whitebit"));

  post("recoveries", "venue", async (request, _, venue) => {
    return { flow_id: await accounts.recover(sessions.userOf(request), venue) };
  });

  // Fixed paths: what else may stand there is neither served nor logged.
  for (const venue of venues) {
    app.delete(`/api/attempts/${venue}`, async (request, reply) => {
      await accounts.callOff(sessions.userOf(request), venue);
      return reply.code(204).send();
    });
    app.delete(`/api/connections/${venue}`, async (request, reply) => {
      await accounts.forget(sessions.userOf(request), venue);
      return reply.code(204).send();
    });
  }
}

/** @param {FastifyInstance} app @param {Settings} settings */
function addRefusals(app, { clients }) {
  // A body of any other type is refused with 415.
  app.removeContentTypeParser("text/plain");
  app.setNotFoundHandler((request, reply) => {
    const [url = ""] = request.url.split("?");
    const methods = /** @type {const} */ (["GET", "POST", "DELETE"]);
    return refuse(reply, methods.some((method) => app.hasRoute({ method, url })) ? 405 : 404);
  });
  app.setErrorHandler((error, _, reply) => {
    if (error instanceof VenuekeyError) {
      log.info(`refused, ${error.code}`);
      return refuse(reply, 400, [error.kind, error.code]);
    }
    if (error instanceof Refusal) return refuse(reply, error.status, [error.kind, error.code]);
    // Gone meanwhile.
    if (error instanceof ConnectionNotFound) return refuse(reply, 404, ["rejected", "no_pending_flow"]);
    if (error instanceof StoreError || error instanceof StoreBusy) {
      log.error(error.message);
      return refuse(reply, 503, ["unavailable", "busy"]);
    }
    const status = /** @type {{ statusCode?: number }} */ (error).statusCode ?? 500;
    if (status >= 500) log.error(`a defect: ${error instanceof Error ? error.stack : typeof error}`);
    return refuse(reply, status);
  });
}
