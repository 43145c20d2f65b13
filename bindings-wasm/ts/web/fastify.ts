// The web's own routes in Fastify.
import { handlerOf } from "./handler.js";
import { nodeHeaders, type NodeRequest, webRequest } from "./node.js";
import type { Owner, WebOptions } from "./options.js";

export type { GoalOptions, Owner, WebOptions } from "./options.js";
export type { NodeRequest } from "./node.js";

/** `WebOptions`, and who is logged in. */
export interface FastifyOptions<Request extends NodeRequest> extends WebOptions {
  /** Your own name for the user who is logged in; nothing if nobody is. */
  readonly owner: (request: Request) => Owner | Promise<Owner>;
}

/** Of a `FastifyInstance` what is needed. */
export interface FastifyScope {
  readonly removeAllContentTypeParsers: () => unknown;
  readonly addContentTypeParser: (...given: never[]) => unknown;
  readonly route: (options: never) => unknown;
}

/** Of a `FastifyReply` what is needed. */
interface Reply {
  code(status: number): Reply;
  header(name: string, value: string | string[]): Reply;
  send(body: Uint8Array): Reply;
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/**
 * The routes as a plugin, which has content type parsers of its own.
 *
 * ```js
 * await app.register(fastifyRoutes({ connections, owner: (request) => request.session.get("userId") }));
 * ```
 *
 * @throws VenuekeyError `invalid_argument`, with the option's name.
 */
export function fastifyRoutes<Request extends NodeRequest>(options: FastifyOptions<Request>): (app: FastifyScope) => Promise<void> {
  const handle = handlerOf(options);
  const handler = async (request: Request, reply: Reply) => {
    const answer = await handle(webRequest(request), () => options.owner(request));
    for (const [name, value] of nodeHeaders(answer)) reply.header(name, value);
    return reply.code(answer.status).send(new Uint8Array(await answer.arrayBuffer()));
  };
  return async (app) => {
    app.removeAllContentTypeParsers();
    const parse = (_: unknown, body: Uint8Array, done: (error: null, body: Uint8Array) => void) => done(null, body);
    app.addContentTypeParser(...(["*", { parseAs: "buffer" }, parse] as never[]));
    const urls = handle.prefix === "" ? ["/*"] : [handle.prefix, `${handle.prefix}/*`];
    for (const url of urls) app.route({ method: METHODS, url, handler } as never);
  };
}
