// The web's own routes: connect, callback, status and the rest, on whatever speaks `Request` and `Response`.
import { handlerOf } from "./handler.js";
import type { Owner, WebOptions } from "./options.js";

export type { GoalOptions, Owner, WebOptions } from "./options.js";
export { type ConnectionText, type ErrorText, securityHeaders, Texts } from "./told.js";

/** `WebOptions`, and who is logged in. */
export interface WebHandlerOptions<Context = undefined> extends WebOptions {
  /** Your own name for the user who is logged in; nothing if nobody is. `context` is what the handler was given. */
  readonly owner: (request: Request, context: Context) => Owner | Promise<Owner>;
}

/**
 * The routes as one function. Give it every request below `prefix`.
 *
 * ```js
 * const handler = webHandler({ connections, owner: (request) => userOf(request) });
 * export default { fetch: handler };
 * ```
 *
 * @throws VenuekeyError `invalid_argument`, with the option's name.
 */
export function webHandler<Context = undefined>(
  options: WebHandlerOptions<Context>,
): (request: Request, ...context: undefined extends Context ? [context?: Context] : [context: Context]) => Promise<Response> {
  const handle = handlerOf(options);
  return (request, ...[context]) => handle(request, () => options.owner(request, context as Context));
}
