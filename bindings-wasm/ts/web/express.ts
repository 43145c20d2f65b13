// The web's own routes in Express.
import { isBelow } from "./below.js";
import { handlerOf } from "./handler.js";
import { type NodeRequest, type NodeResponse, respond, webRequest } from "./node.js";
import type { Owner, WebOptions } from "./options.js";

export type { GoalOptions, Owner, WebOptions } from "./options.js";
export type { NodeRequest, NodeResponse } from "./node.js";

/** `WebOptions`, and who is logged in. */
export interface ExpressOptions<Request extends NodeRequest> extends WebOptions {
  /** Your own name for the user who is logged in; nothing if nobody is. */
  readonly owner: (request: Request) => Owner | Promise<Owner>;
}

/**
 * The routes as middleware: it answers what is below `prefix`, whatever it is mounted at.
 *
 * ```js
 * app.use(expressRoutes({ connections, owner: (request) => request.session.userId }));
 * ```
 *
 * @throws VenuekeyError `invalid_argument`, with the option's name.
 */
export function expressRoutes<Request extends NodeRequest>(
  options: ExpressOptions<Request>,
): (request: Request, response: NodeResponse, next: (error?: unknown) => void) => void {
  const handle = handlerOf(options);
  return (request, response, next) => {
    if (!isBelow(handle.prefix, request.originalUrl ?? request.url ?? "")) return next();
    handle(webRequest(request), () => options.owner(request)).then((answer) => respond(response, answer)).catch(next);
  };
}
