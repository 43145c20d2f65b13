import * as check from "../check.js";
import type { Access, Connection } from "../connection.js";
import { ConnectionDriver } from "../connection-driver.js";
import { unlessAborted } from "../drive.js";
import { VenuekeyError } from "../errors.js";
import type { Parameters } from "../json.js";
import type { SignedReply } from "../model.js";
import type { HttpMethod } from "../names.js";
import { pageOf } from "../pages.js";
import { sendOptions } from "../send.js";
import { ConnectionNotFound } from "./errors.js";
import { driverHolder, newHolder } from "./holder.js";
import { Job } from "./job.js";
import type { Signing } from "./signing.js";
import type { ConnectionView } from "./view.js";

/** The venue refused the request for its number or its time: it has had no effect, and another number helps. */
const SIGN_AGAIN = ["nonce_rejected", "clock_rejected"];
const TRIES = 3;
/** So often is a request sent that the venue's limits refuse, where each wait is short. */
const LIMITED_TRIES = 10;
const PATIENCE_MS = 30_000;

/** Tokens that work, and which pair they are. */
export type TokenAccess = Extract<Access, { readonly name: "tokens" }>;

export interface AccountOptions {
  /** How long to wait for the venue's limits, or while nothing works, in milliseconds; 30000 where left out. */
  readonly patienceMs?: number | undefined;
  /**
   * Aborted, the call throws the signal's reason as soon as nothing is cut by it that must not be: a request that may have
   * taken effect is waited for, and its reply stored.
   */
  readonly signal?: AbortSignal | undefined;
}

/** What can be done with one connection; see `Connections.account`. */
export class Account {
  readonly id: string;
  readonly #owner: string | undefined;
  readonly #signing: Signing;
  readonly #holder = newHolder();

  /** @internal */
  constructor(id: string, owner: string | undefined, signing: Signing) {
    this.id = id;
    this.#owner = owner;
    this.#signing = signing;
  }

  /** Where the connection stands. */
  async view(): Promise<ConnectionView> {
    const { rows } = this.#signing.runner;
    return rows.look(await rows.stored(this.id, this.#owner));
  }

  /**
   * Tokens that work now: refreshed first where that is due, by this call or by a worker.
   * @throws VenuekeyError what the user must do, or what stood in the way for longer than `patienceMs`; `not_supported`
   *   where the connection has a key.
   */
  async tokens(options: AccountOptions = {}): Promise<TokenAccess> {
    return this.#tokens(undefined, options);
  }

  /** Other tokens, after the venue has refused those of this generation (401, 403). */
  async tokenRefused(generation: number, options: AccountOptions = {}): Promise<TokenAccess> {
    return this.#tokens(check.number(generation, "generation"), options);
  }

  /**
   * A signed request and its reply. Nonces, the venue's clock and its limits are taken care of.
   *
   * It is sent once. Where the venue refuses it for its nonce, its time or its limits, it has had no effect, and is signed
   * and sent anew: after the wait that the venue asks for, where `patienceMs` is enough for it.
   *
   * @param method as for `Signer.sign`, and so are `path` and `parameters`.
   * @param options aborted, a request that is not `safe` is not cut: its reply comes all the same.
   * @throws NoResponse no whole reply came. A request that changes something may have done so: ask the venue before it is
   *   signed again.
   * @throws VenuekeyError what the venue said, or what the user must do; `rate_limited` where the limits let nothing
   *   through for longer than `patienceMs`; `not_supported` where the connection has tokens and no key.
   */
  async call(method: HttpMethod, path: string, parameters?: Parameters, options: AccountOptions = {}): Promise<SignedReply> {
    const { patienceMs, signal } = checked(options);
    const { budget, runner } = this.#signing;
    const connection = await this.#driven(undefined, { patienceMs, signal }, (driver) => driver.connection);
    const signer = connection.signer();
    if (signer === undefined) throw notSupported("this connection has tokens and no key: use tokens()");
    const signed = async (isAnew: boolean) => {
      const nonceMs = await this.#signing.number(connection, signer, isAnew, patienceMs, signal);
      return signer.sign(method, path, parameters, { nonceMs });
    };
    let [tries, limited, isAnew, leftMs] = [1, 1, false, patienceMs];
    for (;;) {
      let request = await signed(isAnew);
      // A number that has waited for its turn may be too old.
      if (await budget.wait(request, leftMs, signal)) request = await signed(false);
      signal?.throwIfAborted();
      const pending = runner.hands.send(request, sendOptions(request, signal));
      const response = await (request.replay === "safe" ? unlessAborted(pending, signal) : pending);
      try {
        const reply = signer.receiveResponse(response);
        this.#signing.touch(this.id);
        return reply;
      } catch (error) {
        if (!(error instanceof VenuekeyError)) throw error;
        isAnew = SIGN_AGAIN.includes(error.code);
        if (isAnew && tries++ < TRIES) continue;
        const { retryAfterMs } = error;
        if (error.code === "rate_limited" && retryAfterMs !== undefined && retryAfterMs <= leftMs && limited++ < LIMITED_TRIES) {
          leftMs -= retryAfterMs;
          await unlessAborted(runner.hands.sleep(retryAfterMs, signal), signal);
          continue;
        }
        await this.#signing.learn(connection, error);
        throw error;
      }
    }
  }

  async #tokens(refused: number | undefined, options: AccountOptions): Promise<TokenAccess> {
    const access = await this.#driven(refused, checked(options), (driver) => driver.access);
    if (access?.name !== "tokens") throw notSupported("this connection has a key: use call()");
    return access;
  }

  /** What is wanted of the driver once a request may go out. */
  async #driven<T>(refusedGeneration: number | undefined, { patienceMs, signal }: Checked, wanted: (driver: ConnectionDriver) => T): Promise<T> {
    const { runner } = this.#signing;
    const { rows } = runner;
    signal?.throwIfAborted();
    const connection = await rows.loaded(this.id, this.#owner);
    const wants = { refusedGeneration, patienceMs };
    const driver = new ConnectionDriver(connection, driverHolder(this.#holder), await rows.time.nowMs(), wants);
    try {
      await runner.runSession(new Job(driver, signal));
      if (driver.action === "stop") throw signal!.reason;
      if (driver.action === "fail") throw driver.error;
      if (driver.isGone) throw new ConnectionNotFound("there is no such connection");
      return wanted(driver);
    } finally {
      driver.free();
    }
  }
}

interface Checked {
  readonly patienceMs: number;
  readonly signal: AbortSignal | undefined;
}

function checked(options: AccountOptions): Checked {
  const { patienceMs = PATIENCE_MS, signal } = check.record(options, "options");
  check.optionalSignal(signal);
  return { patienceMs: Math.max(0, check.number(patienceMs, "patienceMs")), signal };
}

function notSupported(hint: string): VenuekeyError {
  return new VenuekeyError(`not_supported: ${hint}; see ${pageOf("not_supported")}`, "misuse", "not_supported", { hint });
}
