// The web's own routes in Next's app router.
import { handlerOf } from "./handler.js";
import type { Owner, WebOptions } from "./options.js";

export type { GoalOptions, Owner, WebOptions } from "./options.js";

/** `WebOptions`, and who is logged in. */
export interface NextOptions<NextRequest extends Request> extends WebOptions {
  /** Your own name for the user who is logged in; nothing where nobody is. `cookies()` and the like work in here. */
  readonly owner: (request: NextRequest) => Owner | Promise<Owner>;
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
 * export const { GET, POST } = nextRoutes({ connections, owner: async () => (await cookies()).get("user")?.value });
 * ```
 *
 * @throws VenuekeyError `invalid_argument`, with the option's name.
 */
export function nextRoutes<NextRequest extends Request>(options: NextOptions<NextRequest>): NextRoutes<NextRequest> {
  const handle = handlerOf(options);
  const answer = (request: NextRequest) => handle(request, () => options.owner(request));
  return { GET: answer, POST: answer };
}
