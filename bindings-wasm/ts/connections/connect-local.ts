import { join } from "node:path";
import type { SealingKeys } from "../base.js";
import * as check from "../check.js";
import type { AnyClient } from "../client.js";
import type { Account } from "./account.js";
import { Connections } from "./connections.js";
import type { Logger } from "./log.js";
import type { ConsentOptions } from "./options.js";
import type { Goal, KeepAlive } from "../names.js";
import type { Send } from "../send.js";
import type { Store } from "../stores/store.js";
import { invalid_argument } from "../wasm.js";
import { Desk } from "../desk/connecting.js";
import { dataFolder, openStore, sealingKeys } from "../desk/home.js";
import { ask as askHere, askNoMore, say as sayHere } from "../desk/person.js";

/** How `connectLocal` connects. */
export interface ConnectLocalOptions extends ConsentOptions {
  /** `api_key` if left out. */
  readonly goal?: Goal | undefined;
  /** The client's name in the store; its venue if left out. */
  readonly name?: string | undefined;
  /** Your own name for the user; `local` if left out. */
  readonly owner?: string | undefined;
  /** The user's own name for the connection: one account for each label. */
  readonly label?: string | undefined;
  /** A store, or the path of an SQLite file; a file below the user's own data folder if left out. */
  readonly store?: Store | string | undefined;
  /** Seal the rows; those of a key in a file beside the store's if left out. */
  readonly keys?: SealingKeys | undefined;
  /** Asks for consent though the account is connected. */
  readonly again?: boolean | undefined;
  /** Asks for the code where `true`, never where `false`. */
  readonly paste?: boolean | undefined;
  /** `false` shows the address alone. */
  readonly openBrowser?: boolean | undefined;
  /** Tells the person a line; on standard error if left out. */
  readonly say?: ((text: string) => unknown) | undefined;
  /** Asks the person a question; on the terminal if left out. One that the browser has answered first is left open. */
  readonly ask?: ((question: string) => string | PromiseLike<string>) | undefined;
  /** As of `Connections`, like `logger`. */
  readonly send?: Send | undefined;
  readonly logger?: Logger | undefined;
  /** As of `Connections.begin`, like `callbackTimeoutS`, `onSecretLost`, `expectedUid` and `keyRequest`. */
  readonly keepAlive?: KeepAlive | undefined;
}

const KNOWN = [
  ...["again", "ask", "goal", "keys", "label", "logger", "openBrowser", "owner", "paste", "callbackTimeoutS", "expectedUid"],
  ...["keepAlive", "keyRequest", "name", "onSecretLost", "say", "send", "store"],
];

/**
 * Connects an account of the person at this machine, and resolves to it; one that is connected already comes back at once.
 * Stopped at any moment, by Ctrl-C or a crash, it has lost nothing: call it again, and it goes on.
 *
 * It opens the system's browser and waits at the client's redirect URI where that is a loopback address, such as
 * `http://127.0.0.1:9876/callback`. Anywhere else, and if there is no browser, it shows the address and asks for the
 * code, or for the address that the browser was sent to.
 *
 * ```js
 * const account = await connectLocal(client);
 * const reply = await account.call("POST", "/api/v4/trade-account/balance");
 * ```
 * @throws Trouble the redirect's port is in use, or the sealing key is missing or wrong.
 * @throws VenuekeyError why it did not work; call it again once that is fixed.
 * @throws StoreError the store failed.
 * @throws DOMException `AbortError`: SIGINT or SIGTERM has stopped it.
 */
export async function connectLocal(client: AnyClient, options: ConnectLocalOptions = {}): Promise<Account> {
  const given = check.options(options, KNOWN);
  const { again = false, ask, goal = "api_key", keys, label, logger, openBrowser = true, owner = "local", paste } = given;
  const { callbackTimeoutS, expectedUid, keepAlive, keyRequest, name = client.venue, onSecretLost, say = sayHere, send } = given;
  const { store: place = join(dataFolder(), "connections.db") } = given;
  const store = typeof place === "string" ? await openStore(place) : place;
  if (keys === undefined && typeof place !== "string") throw invalid_argument("connectLocal needs keys for a store of your own");
  const own = keys ?? (await sealingKeys(place as string, store));
  const connections = new Connections({ clients: { [name]: client }, store, keys: own, send, logger });
  const desk = new Desk({
    connections,
    client: name,
    redirectUri: client.redirectUri,
    owner,
    label,
    opensBrowser: openBrowser,
    pastes: paste,
    say,
    ask: ask ?? askHere,
    isAsked: ask !== undefined || process.stdin.isTTY === true,
    options: { keepAlive, callbackTimeoutS, onSecretLost, expectedUid, keyRequest },
  });
  try {
    return await desk.connect(goal, again);
  } finally {
    if (ask === undefined) askNoMore();
  }
}
