// The web's own routes in Hono.
import { isBelow } from "./below.js";
import { handlerOf } from "./handler.js";
import type { Owner, WebOptions } from "./options.js";

export type { GoalOptions, Owner, WebOptions } from "./options.js";

/** Of a `Context` what is needed. */
export interface HonoContext {
  readonly req: { readonly raw: Request };
}

/** `WebOptions`, and who is logged in. */
export interface HonoOptions<Context extends HonoContext> extends WebOptions {
  /** Your own name for the user who is logged in; nothing if nobody is. */
  readonly owner: (context: Context) => Owner | Promise<Owner>;
}

/**
 * The routes as middleware: it answers what is below `prefix`.
 *
 * ```js
 * app.use(honoRoutes({ connections, owner: (context) => context.get("userId") }));
 * ```
 *
 * @throws VenuekeyError `invalid_argument`, with the option's name.
 */
export function honoRoutes<Context extends HonoContext>(
  options: HonoOptions<Context>,
): (context: Context, next: () => Promise<void>) => Promise<Response | void> {
  const handle = handlerOf(options);
  return async (context, next) => {
    const { raw } = context.req;
    if (!isBelow(handle.prefix, new URL(raw.url).pathname)) return next();
    return handle(raw, () => options.owner(context));
  };
}
