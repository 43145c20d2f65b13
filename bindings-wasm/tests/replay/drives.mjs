// The cases of tests/vectors/drives: what the package's loops call and in which order, in each of a case's ways.
import { client, happen, response } from "./given.mjs";

const [STOP, THROWN] = [new Error("asked to stop"), new Error("the host's function fails")];

/** What each way expects, and what has come of it. */
export async function ways(venuekey, given) {
  const run = given.stored === undefined ? driveFlow : driveTokens;
  const runs = [];
  for (const way of given.ways) runs.push([await run(venuekey, given, way), way.expect]);
  return runs;
}

/** The functions of a host that follows one way. */
function hostOf(venuekey, given, way) {
  const [replies, answers] = [[...(given.replies ?? [])], [...(given.answers ?? [])]];
  const [trace, controller] = [[], new AbortController()];
  let nowMs = given.now_ms;
  /** Writes down what is done, and says at which place of the trace. */
  const does = (line) => {
    const place = trace.push(line) - 1;
    if (place === way.stop) controller.abort(STOP);
    if (place === way.throw) throw THROWN;
    return place;
  };
  /** The same of what is given up where it is asked to stop: then only the signal ends it. */
  const doesUnlessStopped = async (line, signal) => {
    if (trace.length !== way.stop) return does(line);
    trace.push(line);
    setTimeout(() => controller.abort(STOP));
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  const send = async (request, { signal }) => {
    const line = `send ${request.purpose}`;
    if (request.replay === "safe") await doesUnlessStopped(line, signal);
    else if (signal !== undefined) throw new Error("what may not be cut is given no signal");
    else does(line);
    const reply = replies.shift();
    if (reply.status !== undefined) return response(venuekey, reply);
    throw new venuekey.NoResponse("lost", { notSent: reply.not_sent });
  };
  const sleep = async (ms, signal) => {
    await doesUnlessStopped(`sleep ${ms}`, signal);
    nowMs += ms;
  };
  const ask = (line) => () => {
    does(line);
    return answers.shift();
  };
  const asking = answers.length === 0 ? {} : { choose: ask("choose"), authorize: ask("authorize") };
  const options = { send, sleep, clock: () => nowMs, signal: controller.signal, ...asking };
  return { does, trace, options };
}

/** How it ends; `unsaved` says so of what the host's function has failed to store. */
async function endOf(venuekey, running, way, thrown, unsaved) {
  try {
    return { returns: await running };
  } catch (error) {
    if (error === STOP && way.stop !== undefined) return "stopped";
    if (error === THROWN && way.throw !== undefined) return thrown;
    if (error instanceof venuekey.VenuekeyError) return { raises: error.code };
    if (error.cause === THROWN) return unsaved(error);
    throw error;
  }
}

async function driveFlow(venuekey, given, way) {
  const { does, trace, options } = hostOf(venuekey, given, way);
  const step = happen(venuekey, client(venuekey, given).restore(given.snapshot), given.event);
  const save = (snapshot) => does(`save ${snapshot.revision} ${snapshot.status}`) !== way.superseded;
  const onStep = ({ name }) => does(`step ${name}`);
  const running = venuekey.drive(step, { ...options, save, onStep }).then(({ outcome }) => outcome.name);
  const end = await endOf(venuekey, running, way, "stopped", ({ step }) => ({ save_fails: step.name }));
  // Where nobody is there to ask, no function tells of the question.
  const unheard = { choice_required: "choose", authorization_required: "authorize" }[end.raises];
  return { trace: unheard === undefined ? trace : [...trace, unheard], end };
}

async function driveTokens(venuekey, given, way) {
  const { does, trace, options } = hostOf(venuekey, given, way);
  const app = client(venuekey, given);
  let stored = given.stored;
  const load = async () => {
    does("load");
    return stored;
  };
  const save = async (snapshot) => {
    const isSuperseded = does(`save ${snapshot.revision}`) === way.superseded;
    if (isSuperseded) stored = given.moved_on;
    if (isSuperseded || snapshot.expectedRevision !== app.restoreTokens(stored).revision) return false;
    stored = snapshot.expose();
    return true;
  };
  const asked = { refusedGeneration: given.refused_generation, patienceMs: given.patience_ms };
  const running = given.brought === undefined
    ? venuekey.freshTokens(app, { ...options, ...asked, load, save }).then(({ generation }) => generation)
    : venuekey.keepTokens(app, app.restoreTokens(given.brought), { load, save });
  const end = await endOf(venuekey, running, way, "thrown", ({ shared }) => ({ unsaved: shared.generation }));
  return { trace, end };
}
