import * as check from "./check.js";
import { NoResponse, VenuekeyError } from "./errors.js";
import { type AuthorizeStep, type ChooseStep, type DoneStep, Flow, type Outcome, type Snapshot, type Step } from "./flow.js";
import type { HttpRequest, HttpResponse } from "./http.js";
import { received } from "./received.js";
import { type Send, sendOptions, type SendOptions } from "./send.js";
import { SaveFailed } from "./unsaved.js";
import { authorization_required, choice_required, invalid_argument, superseded } from "./wasm.js";

/**
 * Stores the snapshot durably where the stored revision is its `expectedRevision`: `true` if it did, `false` if another
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
   * `CREATE_SUBACCOUNT`. Leave it out where the answer comes in another web request; to stop without an answer, throw:
   * the flow is saved and waits.
   */
  readonly choose?: ((step: ChooseStep) => string | PromiseLike<string>) | undefined;
  /**
   * Sends the user's browser to the `authorizeUrl` of an `authorize`, which `Client.reissueKey` comes to, and returns the
   * URL it came back with. Leave it out where the callback is another web request; to stop without one, throw.
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
 * @throws VenuekeyError where the operation failed, with `flow` and `recovery`; with code `superseded` where another
 *   worker won; with `choice_required` or `authorization_required` at a step that nobody is there to answer: show what
 *   its flow's `resume` gives, now or after `Client.restore`, and drive what the answer returns.
 * @throws SaveFailed where `save` threw: its `step` can be driven again.
 */
export async function drive<Brings extends Outcome = Outcome>(
  step: Step<Brings>,
  options: DriveOptions,
): Promise<DoneStep<Brings>> {
  const { send, save, choose, authorize, onStep, signal, sleep = sleepFor, clock = Date.now } = checked(options);
  check.moment(clock(), "what clock returns");
  mustBeStep(step);
  // Whether the step holds what can't be had again: then nothing may come between it and its save.
  let precious = step.name === "save" || unsaved.has(step);
  // Why it ends early: the signal's reason, or what `onStep` threw.
  let stop: { readonly reason: unknown } | undefined;
  for (;;) {
    if (signal?.aborted) stop ??= { reason: signal.reason };
    try {
      onStep?.(step);
    } catch (reason) {
      stop ??= { reason };
    }
    // Once it is saved that something is asked for which may not be asked twice, it must be: nobody can ask later.
    const mustGoOn = precious && step.name === "send" && step.request.replay !== "safe";
    if (stop !== undefined && !mustGoOn) {
      if (precious) await store(step, save);
      throw stop.reason;
    }
    switch (step.name) {
      case "done":
        return step;
      case "failed":
        throw step.error;
      case "choose": {
        // Nothing to store: the save before it has, or it was restored. The answer is not asked for twice.
        if (choose === undefined) throw VenuekeyError.ended(choice_required() as VenuekeyError, step.flow);
        const id = await unlessAborted(choose(step), signal);
        step = step.flow.choose(id, { nowMs: clock() });
        precious = true;
        break;
      }
      case "authorize": {
        if (authorize === undefined) throw VenuekeyError.ended(authorization_required() as VenuekeyError, step.flow);
        const url = await unlessAborted(authorize(step), signal);
        step = step.flow.receiveCallback(url, { nowMs: clock() });
        precious = true;
        break;
      }
      case "save":
        await store(step, save);
        signal?.throwIfAborted();
        step = step.next.resume({ nowMs: clock() });
        precious = false;
        break;
      case "wait":
        await store(step, save);
        signal?.throwIfAborted();
        await unlessAborted(sleep(Math.max(0, step.untilMs - clock()), signal), signal);
        step = step.next.resume({ nowMs: clock() });
        precious = false;
        break;
      case "send": {
        await store(step, save);
        const options = sendOptions(step.request, signal);
        options.signal?.throwIfAborted();
        const reply = await replyTo(send, step.request, options);
        const now = { nowMs: clock() };
        precious = !(reply instanceof NoResponse);
        step = reply instanceof NoResponse
          ? step.next.receiveNoResponse({ ...now, notSent: reply.notSent })
          : step.next.receiveResponse(reply, now);
        break;
      }
      default:
        throw step satisfies never;
    }
  }
}

/** Steps that `drive` could not store: nothing may come between them and their save the next time either. */
const unsaved = new WeakSet<Step>();

function checked(options: DriveOptions): DriveOptions {
  const { send, save, choose, authorize, sleep, clock, onStep, signal } = check.record(options, "options");
  check.callable(send, "send");
  check.callable(save, "save");
  for (const [name, value] of Object.entries({ choose, authorize, sleep, clock, onStep })) {
    check.optionalCallable(value, name);
  }
  check.optionalSignal(signal);
  return options;
}

function mustBeStep(step: Step): void {
  const fields = step as { readonly next?: unknown; readonly flow?: unknown } | null | undefined;
  if (fields?.next instanceof Flow || fields?.flow instanceof Flow) return;
  throw invalid_argument(`step must be a step, such as receiveCallback and resume return; ${received(step)}`);
}

async function store(step: Step, save: Save): Promise<void> {
  const flow: Flow = "next" in step ? step.next : step.flow;
  let stored: unknown;
  try {
    stored = await save(flow.snapshot());
    if (typeof stored !== "boolean") {
      throw new TypeError(`save must return true (stored) or false (another worker won), not ${typeof stored}`);
    }
  } catch (error) {
    unsaved.add(step);
    throw new SaveFailed(step, error);
  }
  if (!stored) throw VenuekeyError.ended(superseded() as VenuekeyError, flow);
}

/** @internal The reply, or what the sender says where none came. */
export async function replyTo(
  send: Send,
  request: HttpRequest,
  options: SendOptions,
): Promise<HttpResponse | NoResponse> {
  try {
    return await send(request, options);
  } catch (error) {
    if (error instanceof NoResponse) return error;
    throw error;
  }
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

/** @internal What `sleep` is where the caller gives none. */
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
