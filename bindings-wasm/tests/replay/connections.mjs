// The cases of tests/vectors/connections: what comes from the web, what workers do, and what a reply meets. `ConnectionDriver`
// is no part of the package's exports: a replayer takes it from its file.
import { bytes, fields, raised, renamed, text } from "./describe.mjs";
import { client, response, tokens } from "./given.mjs";

/** What each part of a case expects, and what has come of it. */
export function connections(venuekey, given) {
  const host = new Host(venuekey, given);
  const { events = [] } = given;
  const parts = [["start", host.begin(given.start), given.start.expect, events.length > 0]];
  events.forEach((event, index) => parts.push([`event ${index}`, host.take(event), event.expect, index + 1 < events.length]));
  return parts.map(([where, got, expected, goesOn]) => {
    // The text stands once, at the end: what led to it shows in it.
    if (goesOn) delete got.connection;
    return [where, got, expected];
  });
}

const CONSENT = ["callback_timeout_s", "on_secret_lost", "response_type", "expected_uid"];

/** Of these fields those that are there, as options. */
function options(given, ...names) {
  const there = Object.fromEntries(names.filter((name) => given[name] !== undefined).map((name) => [name, given[name]]));
  return { ...renamed(there), ...(given.entropy !== undefined && { entropy: bytes(given.entropy) }), nowMs: given.now_ms };
}

function begun(venuekey, app, start) {
  const named = ["owner", "client_name", "label", "keep_alive"];
  switch (start.call) {
    case "begin_connection": {
      const keyRequest = start.key_request && renamed(start.key_request);
      return app.beginConnection(start.goal, { ...options(start, ...named, ...CONSENT), keyRequest });
    }
    case "begin_connection_by_hand_off":
      return app.beginConnectionByHandOff(text(start.hand_off), options(start, ...named, "on_secret_lost"));
    case "import_tokens":
      return app.importTokens(tokens(venuekey, start.tokens), options(start, ...named, "uid"));
    case "import_key": {
      const { api_key: apiKey, api_secret: apiSecret, external_id: externalId, uid } = start;
      return app.importKey({ apiKey, apiSecret, externalId, uid }, options(start, ...named));
    }
    case "restore_connection":
      return app.restoreConnection(start.connection, options(start));
    default:
      throw new Error(`no such call: ${start.call}`);
  }
}

/** What a host sees of a connection. */
function shown(connection) {
  const { choices, error, wait } = connection;
  const seen = {
    authorize_url: connection.authorizeUrl?.expose(),
    expires_at_ms: connection.expiresAtMs,
    error: error?.code,
    recovery: connection.recovery,
    replaces_key: connection.replacesKey || undefined,
    uid: connection.uid,
    key_id: connection.keyId,
    key_left: connection.keyLeft,
    choices: choices && {
      subaccounts: choices.subaccounts.map(({ id }) => id),
      ...fields(choices, "may_create", "creation_in_doubt"),
    },
    wait: wait && fields(wait, "reason", "attempts", "until_ms", "gives_up_at_ms"),
  };
  return {
    ...fields(connection, "status", "due_at_ms"),
    ...Object.fromEntries(Object.entries(seen).filter(([, value]) => value !== undefined)),
    connection: connection.text.expose(),
  };
}

/** What a page shows of it besides. */
function viewed({ begunAtMs, scope, key, attempt }) {
  const permissions = key?.permissions?.map((group) => fields(group, "name", "title", "granted", "withheld")) ?? null;
  const known = key && fields(key, "id", "ending", "sub_member_id", "ips", "is_read_only", "ends_at_ms");
  return {
    begun_at_ms: begunAtMs,
    scope,
    key: known ? { ...known, permissions } : null,
    attempt: attempt ? fields(attempt, "number", "status", "expires_at_ms", "request") : null,
  };
}

function shownAccess(access) {
  const name = { access: access.name };
  switch (access.name) {
    case "key":
      return { ...name, api_key: access.key.apiKey.expose() };
    case "tokens":
      return { ...name, ...fields(access.tokens, "access_token"), generation: access.generation };
    case "later":
      return { ...name, until_ms: access.untilMs, error: access.error?.code ?? null };
    default:
      return { ...name, error: access.error.code, recovery: access.recovery ?? null };
  }
}

/** A store with one row, and the clock. */
class Host {
  constructor(venuekey, given) {
    this.venuekey = venuekey;
    this.client = client(venuekey, given);
    this.stored = undefined;
    this.nowMs = given.start.now_ms;
    this.handOff = undefined;
  }

  begin(start) {
    return this.seen(() => (this.stored = begun(this.venuekey, this.client, start)), shown);
  }

  /** What a call makes, or what it throws. */
  seen(call, made) {
    let brought;
    try {
      brought = call();
    } catch (error) {
      if (!(error instanceof this.venuekey.VenuekeyError)) throw error;
      return { raises: raised(error) };
    }
    return made(brought);
  }

  /** What the store has, as another process would find it. */
  load() {
    if (this.stored === undefined) return undefined;
    const kept = this.stored.text.expose();
    const restored = this.client.restoreConnection(kept, { nowMs: this.nowMs });
    if (restored.text.expose() !== kept) throw new Error("a restored connection writes another text");
    return restored;
  }

  save(next) {
    const wins = next.expectedRevision === (this.stored?.revision ?? 0);
    if (wins) this.stored = next;
    return wins;
  }

  take(event) {
    this.nowMs = event.now_ms;
    if (this.stored === undefined) return "gone";
    if (event.event === "drive") {
      const [trace, end] = this.drive(event);
      return { trace, end, ...(this.stored !== undefined && shown(this.stored)) };
    }
    if (event.event === "gone") {
      this.stored = undefined;
      return "gone";
    }
    const stored = this.load();
    if (event.event === "take_hand_off") {
      this.handOff = stored.handOff;
      return { hand_off: this.handOff?.expose() ?? null };
    }
    if (event.event === "view") return viewed(stored);
    if (event.event === "access") return this.seen(() => stored.access({ nowMs: this.nowMs }), shownAccess);
    return this.seen(() => this.wanted(stored, event), (next) => {
      if (next.revision === stored.revision) return "unchanged";
      if (!this.save(next)) throw new Error("nobody else saves here");
      return shown(next);
    });
  }

  /** The connection after an event from the web, or of a session. */
  wanted(stored, event) {
    const now = { nowMs: event.now_ms };
    switch (event.event) {
      case "callback":
        return stored.receiveCallback(event.url, now);
      case "pasted_code":
        return stored.receivePastedCode(event.pasted, now);
      case "choose":
        return stored.choose(event.id, now);
      case "recover":
        return stored.recover(now);
      case "reconnect":
        return stored.reconnect(options(event, ...CONSENT));
      case "cancel_attempt":
        return stored.cancelAttempt(now);
      case "disconnect":
        return stored.disconnect(event.intent, now);
      case "token_refused":
        return stored.tokenRefused(event.generation, now);
      case "delivered":
        return stored.delivered(event.number, now);
      case "handed_off":
        return stored.handedOff(this.handOff, now);
      case "key_refused":
        return stored.keyRefused(this.refusal(stored, event), now);
      default:
        throw new Error(`no such event: ${event.event}`);
    }
  }

  refusal(stored, event) {
    try {
      stored.signer().receiveResponse(response(this.venuekey, event));
    } catch (error) {
      return error;
    }
    throw new Error("the reply refuses nothing");
  }

  /** One worker, from what the store has to its end; what happens `meanwhile` does so before the numbered line is done. */
  drive(event) {
    const { refused_generation: refusedGeneration, patience_ms: patienceMs = 30_000 } = event.wants ?? {};
    const wants = event.wants && { refusedGeneration, patienceMs };
    const driver = new this.venuekey.ConnectionDriver(this.load(), event.holder, this.nowMs, wants);
    const [trace, sent] = [[], []];
    try {
      for (;;) {
        const end = ended(driver);
        if (end !== undefined) return [trace, end];
        const place = trace.push(this.line(driver)) - 1;
        if (trace.length >= 60) throw new Error(`it does not come to its end: ${trace}`);
        for (const other of event.meanwhile ?? []) if (other.at === place) this.meanwhile(other, trace);
        if (event.stop === place && this.stops(driver, trace)) continue;
        this.step(driver, event, sent, event.lies?.includes(place) === true);
      }
    } finally {
      driver.free();
    }
  }

  line(driver) {
    const { action } = driver;
    switch (action) {
      case "save":
        return `save ${driver.connection.revision} ${driver.connection.status}`;
      case "send":
        return `send ${driver.request.purpose}`;
      case "sleep":
        return `sleep ${Math.max(0, driver.untilMs - this.nowMs)}`;
      case "deliver":
        return `deliver ${driver.events.map(({ kind }) => kind).join(" ")}`;
      default:
        return action;
    }
  }

  meanwhile(other, trace) {
    const clockMs = this.nowMs;
    const got = this.take(other);
    trace.push(...(got.trace ?? []).map((line) => `  ${line}`));
    this.nowMs = Math.max(this.nowMs, clockMs);
  }

  /** Whether what was to be done is not done then. */
  stops(driver, trace) {
    driver.stop(this.nowMs);
    if (driver.action !== "save" && driver.action !== "send") return true;
    // A request that may be sent again was given up; what is to be saved now is another line.
    return driver.action === "save" && trace.at(-1).startsWith("send");
  }

  step(driver, event, sent, lies) {
    const { nowMs } = this;
    switch (driver.action) {
      case "load":
        return driver.loaded(this.load(), nowMs);
      case "save":
        // Where it lies, it was stored, and the store says that it was not.
        return this.save(driver.connection) && !lies ? driver.saved(nowMs) : driver.superseded();
      case "send": {
        const { purpose } = driver.request;
        const replies = event.replies[purpose];
        const reply = replies[sent.filter((name) => name === purpose).length] ?? replies.at(-1);
        sent.push(purpose);
        if (reply.status === undefined) return driver.noResponse(reply.not_sent === true, nowMs);
        return driver.response(response(this.venuekey, reply), nowMs);
      }
      case "nonce":
        return driver.nonce(nowMs, nowMs);
      case "find":
        return driver.found(event.others === true, nowMs);
      case "deliver":
        return driver.delivered(event.deaf !== true, nowMs);
      case "delete":
        this.stored = undefined;
        return driver.deleted();
      case "sleep":
        this.nowMs = driver.untilMs;
        return driver.awake();
      default:
        throw new Error(`no action of a connection: ${driver.action}`);
    }
  }
}

function ended(driver) {
  switch (driver.action) {
    case "return":
      if (driver.isGone) return "gone";
      return driver.access === undefined ? "rest" : shownAccess(driver.access);
    case "fail":
      return { raises: driver.error.code };
    case "stop":
      return "stopped";
    default:
      return undefined;
  }
}
