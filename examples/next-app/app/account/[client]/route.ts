import { connections, user } from "../../../user";

/** What the exchange says to a request that is signed with the user's key. */
export async function GET(_: Request, { params }: { params: Promise<{ client: string }> }): Promise<Response> {
  const [all, owner, { client }] = [await connections(), (await user()) ?? "", await params];
  const view = (await all.find(owner)).find((each) => each.client === client && each.status === "connected");
  if (view === undefined) return new Response(null, { status: 404 });
  const account = await all.account(view.id, { owner });
  const reply =
    client === "whitebit" ? await account.call("POST", "/api/v4/trade-account/balance") : await account.call("GET", "/v5/user/query-api");
  return Response.json(reply.json());
}
