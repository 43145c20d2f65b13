import * as check from "./check.js";
import { NoResponse, SaveFailed, VenuekeyError } from "./errors.js";
import type { AuthorizeStep, ChooseStep, DoneStep, Flow, Snapshot, Step } from "./flow.js";
import type { HttpRequest, HttpResponse } from "./http.js";
import type { Send } from "./send.js";
import { authorization_required, choice_required, superseded } from "./wasm.js";

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
   * Aborted, `drive` first finishes a `save` that has begun and stores a reply, a choice or a callback that has arrived;
   * then it throws the signal's reason. The flow is in the store and goes on by `Client.restore` and `resume`.
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
export async function drive(step: Step, options: DriveOptions): Promise<DoneStep> {
  const { send, save, choose, authorize, onStep, signal, sleep = sleepFor, clock = Date.now } = check.record(
    options,
    "options",
  );
  // Whether the step holds what can't be had again: then nothing may come between it and its save.
  let precious = step.name === "save";
  for (;;) {
    try {
      if (!precious) signal?.throwIfAborted();
      onStep?.(step);
    } catch (error) {
      if (precious) await store(step, save);
      throw error;
    }
    switch (step.name) {
      case "done":
        return step;
      case "failed":
        throw step.error;
      case "choose": {
        // Nothing to store: the save before it has, or it was restored. The answer is not asked for twice.
        if (choose === undefined) throw VenuekeyError.ended(choice_required() as VenuekeyError, step.flow);
        step = step.flow.choose(await choose(step), { nowMs: clock() });
        precious = true;
        break;
      }
      case "authorize": {
        if (authorize === undefined) throw VenuekeyError.ended(authorization_required() as VenuekeyError, step.flow);
        step = step.flow.receiveCallback(await authorize(step), { nowMs: clock() });
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
        await sleep(Math.max(0, step.untilMs - clock()), signal);
        step = step.next.resume({ nowMs: clock() });
        precious = false;
        break;
      case "send": {
        await store(step, save);
        signal?.throwIfAborted();
        const reply = await replyTo(send, step.request, signal);
        const now = { nowMs: clock() };
        step = reply === null ? step.next.receiveNoResponse(now) : step.next.receiveResponse(reply, now);
        precious = reply !== null;
        break;
      }
      default:
        throw step satisfies never;
    }
  }
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
    throw new SaveFailed(step, error);
  }
  if (!stored) throw VenuekeyError.ended(superseded() as VenuekeyError, flow);
}

/** @internal The reply; null where the sender says that none came. */
export async function replyTo(
  send: Send,
  request: HttpRequest,
  signal: AbortSignal | undefined,
): Promise<HttpResponse | null> {
  try {
    return await send(request, { signal });
  } catch (error) {
    if (error instanceof NoResponse) return null;
    throw error;
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
