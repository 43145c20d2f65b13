// Checked by tsc, never run: the types of Connections.
import { type Account, AmbiguousAccount, ConnectionNotFound, Connections, type ConnectionsOptions, type ConnectionView, type Logger } from "venuekey/connections";
import { StoreBusy, type Event, type TokenAccess } from "venuekey/connections";
import { Client, fetchSender, type SealingKeys, type SignedReply } from "venuekey/server";
import { records, Tokens } from "venuekey/parts";
import { PostgresStore } from "venuekey/stores/postgres";
import { SQLiteStore } from "venuekey/stores/sqlite";

declare const keys: SealingKeys;
declare const client: Client;
const logger: Logger = console;

export const all: ConnectionsOptions = {
  clients: { bybit: client, other: client },
  store: new PostgresStore("postgresql://127.0.0.1/app"),
  keys,
  send: fetchSender(),
  onEvent: async ({ connectionId, owner, kind, number }: Event) => `${connectionId} ${owner} ${kind} ${number}`,
  clock: Date.now,
  sleep: (ms: number) => new Promise((wake) => setTimeout(wake, ms)),
  concurrency: 4,
  shareOf: 2,
  logger,
};
export const connections = new Connections({ clients: { bybit: client }, store: new SQLiteStore("c.db"), keys });

export async function connect(url: string): Promise<ConnectionView> {
  const begun = await connections.begin("bybit", { owner: "user-1", goal: "api_key", label: "Robot", callbackTimeoutS: 900 });
  begun.authorizeUrl satisfies string | undefined;
  await connections.receivePastedCode(begun.id, "code");
  await connections.choose(begun.id, "7", { owner: "user-1" });
  await connections.recover(begun.id);
  await connections.reconnect(begun.id, { owner: "user-1", expectedUid: "7" });
  await connections.disconnect(begun.id, { deleteKey: true });
  await connections.beginByHandOff("bybit", "text", { owner: "user-1", onSecretLost: "report" });
  await connections.importTokens("bybit", new Tokens({ accessToken: "a", expiresAtMs: 1 }), { owner: "user-1", uid: "7" });
  await connections.importKey("bybit", { apiKey: "k", apiSecret: "s" }, { owner: "user-1", keepAlive: "on_use" });
  for (const view of [...(await connections.find("user-1")), ...(await connections.forget("user-1"))]) view.keyLeft satisfies string | undefined;
  return connections.receiveCallback(begun.id, url, { owner: "user-1" });
}

export async function use(id: string, signal: AbortSignal): Promise<SignedReply> {
  try {
    const account: Account = await connections.account(id, { owner: "user-1" });
    const access: TokenAccess = await account.tokens({ patienceMs: 1000, signal });
    await account.tokenRefused(access.generation);
    const tokens = ({ refusedGeneration }: { readonly refusedGeneration?: number }) =>
      refusedGeneration === undefined ? account.tokens() : account.tokenRefused(refusedGeneration);
    for await (const deal of records(client.readDeals(), { send: fetchSender(), tokens })) deal.amount satisfies string;
    for await (const { total, venueRecord } of account.balances({ signal, progress: ({ records: count }) => count satisfies number })) {
      total satisfies string | undefined;
      if (venueRecord.name === "spot_balance") venueRecord.freeze satisfies string;
    }
    const trades = account.trades({ fromMs: 1 });
    for await (const { atMs, role } of trades) [atMs satisfies number, role satisfies string | undefined];
    trades.cursor satisfies string | undefined;
    // @ts-expect-error: orders have no kind to ask for
    account.orders({ kind: "deposit" });
    return await account.call("POST", "/api/v4/main-account/balance", { ticker: "BTC" }, { patienceMs: 1000, signal });
  } catch (error) {
    if (error instanceof StoreBusy || error instanceof AmbiguousAccount || error instanceof ConnectionNotFound) error.message satisfies string;
    throw error;
  }
}

export async function work(signal: AbortSignal): Promise<number | undefined> {
  await connections.run({ holder: "worker-1", signal });
  connections.stop();
  (await connections.reseal(100)) satisfies number;
  await connections.account({ owner: "user-1", venue: "bybit" });
  return connections.runOnce({ deadlineMs: 1000, holder: "worker-1" });
}

// @ts-expect-error: whose it is must be said.
await connections.begin("bybit", { goal: "api_key" });
declare const session: { readonly user?: string };
// @ts-expect-error: a session that has lost its user opens nothing.
await connections.status("id", { owner: session.user });
// @ts-expect-error: by an owner, or by an id.
await connections.account({ venue: "bybit" });
// @ts-expect-error: a view is what it was.
(await connections.status("id")).status = "connected";
