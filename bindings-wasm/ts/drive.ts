import { Secret } from "./base.js";
import * as check from "./check.js";
import { steady } from "./clock.js";
import { NoResponse, VenuekeyError } from "./errors.js";
import { type AuthorizeStep, type ChooseStep, type DoneStep, Flow, type SendStep, type Step, type WaitStep } from "./flow.js";
import { type Outcome, Snapshot } from "./model.js";
import { unwrap, wrap } from "./opaque.js";
import { received } from "./received.js";
import type { Send } from "./send.js";
import { step as stepFrom } from "./steps.js";
import { SaveFailed } from "./unsaved.js";
import * as wasm from "./wasm.js";
import { HttpRequest, HttpResponse } from "./wire.js";

/**
 * Stores the snapshot durably if the stored revision is its `expectedRevision`: `true` if it did, `false` if another
 * worker won. Nothing weaker is accepted.
 */
export type Save = (snapshot: Snapshot) => boolean | PromiseLike<boolean>;
/** Sleeps for a number of milliseconds, and throws the signal's reason where it is aborted meanwhile. */
export type Sleep = (ms: number, signal?: AbortSignal) => unknown;
/** Unix milliseconds. */
export type Clock = () => number;

export interface DriveOptions {
  readonly send: Send;
  readonly save: Save;
  /**
   * Asks the user at a `choose`, which Bybit's AI agent comes to, and returns the id of one of its accounts or
   * `CREATE_SUBACCOUNT`. Leave it out if the answer comes in another web request; to stop without an answer, throw:
   * the flow is saved and waits.
   */
  readonly choose?: ((step: ChooseStep) => string | PromiseLike<string>) | undefined;
  /**
   * Sends the user's browser to the `authorizeUrl` of an `authorize`, which `Client.reissueKey` comes to, and returns the
   * URL it came back with. Leave it out if the callback is another web request; to stop without one, throw.
   */
  readonly authorize?: ((step: AuthorizeStep) => string | PromiseLike<string>) | undefined;
  readonly sleep?: Sleep | undefined;
  readonly clock?: Clock | undefined;
  /**
   * Aborted, `drive` first finishes a `save` that has begun, a request that may not be sent twice (up to its sender's own
   * deadline, 30 seconds), and stores a reply, a choice or a callback that has arrived; then it throws the signal's reason.
   * The flow is in the store and goes on by `Client.restore` and `resume`.
   */
  readonly signal?: AbortSignal | undefined;
  /** Called with each step before it is acted on, to show progress. */
  readonly onStep?: ((step: Step) => void) | undefined;
}

/**
 * Runs a flow from `step` to its end. What a step says is stored before it is done, and only the worker whose `save` won
 * does it; so two workers, or a callback that arrives twice, never send one code twice.
 *
 * @param step the first step: what `receiveCallback`, `resume`, `choose`, `recover` or a call of the client returned.
 * @returns the last step, with the outcome. The flow stays in the store until the host deletes it.
 * @throws VenuekeyError if the operation failed, with `flow` and `recovery`; with code `superseded` if another
 *   worker won; with `choice_required` or `authorization_required` at a step that nobody is there to answer: show what
 *   its flow's `resume` gives, now or after `Client.restore`, and drive what the answer returns.
 * @throws SaveFailed if `save` threw: its `step` can be driven again.
 */
export async function drive<Brings extends Outcome = Outcome>(
  step: Step<Brings>,
  options: DriveOptions,
): Promise<DoneStep<Brings>> {
  const { send, save, choose, authorize, onStep, signal, sleep = sleepFor, clock: given = Date.now } = checked(options);
  const clock = steady(given);
  const driver = driverFrom(step, clock());
  // Why it ends early: the signal's reason, or what `onStep` threw.
  let stop: { readonly reason: unknown } | undefined;
  const heed = () => {
    if (signal?.aborted) stop ??= { reason: signal.reason };
    if (stop !== undefined) driver.stop();
  };
  try {
    for (;;) {
      heed();
      if (driver.is_new_step) {
        try {
          onStep?.(step);
        } catch (reason) {
          stop ??= { reason };
        }
        // An end that is told of is the caller's, whoever aborts now.
        if (stop !== undefined || (step.name !== "done" && step.name !== "failed")) heed();
      }
      switch (driver.action) {
        case "save": {
          const won = await stores(save, driver.snapshot()).catch((error: unknown) => {
            throw new SaveFailed(step, error);
          });
          if (won) driver.saved(clock());
          else driver.superseded();
          break;
        }
        case "send":
          await exchange(driver, (step as SendStep).request, send, clock, signal);
          break;
        case "sleep":
          await unlessAborted(sleep(Math.max(0, (step as WaitStep).untilMs - clock()), signal), signal);
          driver.awake(clock());
          break;
        case "choose":
          if (choose === undefined) driver.unanswered();
          else {
            const id = await unlessAborted(choose(step as ChooseStep), signal);
            driver.chosen(check.text(id, "id"), clock());
          }
          break;
        case "authorize":
          if (authorize === undefined) driver.unanswered();
          else {
            const url = await unlessAborted(authorize(step as AuthorizeStep), signal);
            driver.called_back(check.text(url, "url"), clock());
          }
          break;
        case "return":
          return step as DoneStep<Brings>;
        case "stop":
          throw stop!.reason;
        default:
          throw step.name === "failed" ? step.error : VenuekeyError.ended(driver.error() as VenuekeyError, flowOf(step));
      }
      if (driver.is_new_step) step = stepFrom<Step<Brings>>(driver.step());
    }
  } finally {
    driver.free();
  }
}

function checked(options: DriveOptions): DriveOptions {
  const { send, save, choose, authorize, sleep, clock, onStep, signal } = check.options(
    options,
    ["send", "save", "choose", "authorize", "sleep", "clock", "onStep", "signal"],
  );
  check.callable(send, "send");
  check.callable(save, "save");
  for (const [name, value] of Object.entries({ choose, authorize, sleep, clock, onStep })) {
    check.optionalCallable(value, name);
  }
  check.optionalSignal(signal);
  return options;
}

function driverFrom(step: Step, nowMs: number): wasm.FlowDriver {
  const fields = step as { readonly next?: unknown; readonly flow?: unknown } | null | undefined;
  if (!(fields?.next instanceof Flow || fields?.flow instanceof Flow)) {
    throw wasm.invalid_argument(`step must be a step, such as receiveCallback and resume return; ${received(step)}`);
  }
  const flow = unwrap<wasm.Flow>(flowOf(step), Flow);
  switch (step.name) {
    case "send":
      return wasm.FlowDriver.sending(unwrap(step.request, HttpRequest), flow);
    case "save":
      return wasm.FlowDriver.saving(flow);
    case "wait":
      return wasm.FlowDriver.waiting(step.untilMs, step.reason, flow);
    case "authorize":
      return wasm.FlowDriver.authorizing(unwrap(step.authorizeUrl, Secret), flow);
    default:
      return wasm.FlowDriver.resuming(flow, nowMs);
  }
}

function flowOf(step: Step): Flow {
  return "next" in step ? step.next : step.flow;
}

/** @internal Whether `save` has stored it; another worker won if not. */
export async function stores(save: Save, snapshot: unknown): Promise<boolean> {
  const stored: unknown = await save(wrap(Snapshot, snapshot));
  if (typeof stored === "boolean") return stored;
  throw new TypeError(`save must return true (stored) or false (another worker won), not ${typeof stored}`);
}

/** @internal Sends the driver's request, and tells it the reply, or what the sender says where none came. */
export async function exchange(
  driver: wasm.FlowDriver | wasm.TokenDriver,
  request: HttpRequest,
  send: Send,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<void> {
  let reply: HttpResponse;
  try {
    reply = await send(request, driver.must_go_on ? {} : { signal });
  } catch (error) {
    if (!(error instanceof NoResponse)) throw error;
    return driver.no_response(error.notSent, clock());
  }
  driver.response(unwrap(reply, HttpResponse), clock());
}

/** @internal What comes of it, or the signal's reason where it is aborted first; what comes later is not waited for. */
export async function unlessAborted<T>(pending: T | PromiseLike<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return pending;
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([pending, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** @internal What `sleep` is if the caller gives none. */
export function sleepFor(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}
