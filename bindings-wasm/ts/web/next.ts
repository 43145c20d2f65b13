// The web's own routes in Next's app router.
import type { Connections } from "../connections/connections.js";
import { type Handle, handlerOf } from "./handler.js";
import type { Owner, WebOptions } from "./options.js";

export type { GoalOptions, Owner, WebOptions } from "./options.js";

type Made<T> = T | Promise<T>;

/** `WebOptions`, and who is logged in. */
export interface NextOptions<NextRequest extends Request> extends Omit<WebOptions, "connections"> {
  /** Or what gives them, which is called with the first request: `next build` loads routes without secrets. */
  readonly connections: Connections | (() => Made<Connections>);
  /** Your own name for the user who is logged in; nothing if nobody is. `cookies()` and the like work in here. */
  readonly owner: (request: NextRequest) => Made<Owner>;
}

/** What a `route.ts` exports. */
export interface NextRoutes<NextRequest extends Request> {
  readonly GET: (request: NextRequest) => Promise<Response>;
  readonly POST: (request: NextRequest) => Promise<Response>;
}

/**
 * The routes for `app/connections/[[...path]]/route.ts`, where the folder is the `prefix`.
 *
 * ```js
 * const connections = async () => (await import("../../../connections.js")).connections;
 * export const { GET, POST } = nextRoutes({ connections, owner: async () => (await cookies()).get("user")?.value });
 * ```
 *
 * @throws VenuekeyError `invalid_argument`, with the option's name; with the first request where `connections` is a function.
 */
export function nextRoutes<NextRequest extends Request>(options: NextOptions<NextRequest>): NextRoutes<NextRequest> {
  const { connections } = options;
  const given = async () => (typeof connections === "function" ? connections() : connections);
  const made = (connections: Connections) => handlerOf({ ...options, connections });
  let handle: Made<Handle> | undefined = typeof connections === "function" ? undefined : made(connections);
  const answer = async (request: NextRequest) => {
    // What fails is tried again with the next request.
    handle ??= given().then(made).catch((error: unknown) => ((handle = undefined), Promise.reject(error)));
    return (await handle)(request, () => options.owner(request));
  };
  return { GET: answer, POST: answer };
}
