// A running sandbox, as JavaScript.
"use strict";

const ENVIRONMENTS = { whitebit: ["global", "eu"], bybit: ["mainnet", "testnet"] };

class SandboxError extends Error {
  name = "SandboxError";
}

class ConsentRefused extends SandboxError {
  name = "ConsentRefused";
}

class Clock {
  #ask;

  constructor(ask) {
    this.#ask = ask;
  }

  async nowMs() {
    return (await this.#ask("GET", "clock")).now_ms;
  }

  async advance({ days = 0, hours = 0, minutes = 0, seconds = 0, milliseconds = 0 }) {
    const ms = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000 + milliseconds;
    if (!(ms >= 0)) throw new RangeError("advance moves the clock ahead; set can move it back");
    // Whoever waits for a moment never stops short of it.
    return (await this.#ask("POST", "clock/advance", { ms: Math.ceil(Number(ms.toFixed(6))) })).now_ms;
  }

  async hold(nowMs) {
    return (await this.#ask("POST", "clock", { held: true, now_ms: nowMs })).now_ms;
  }

  async set(nowMs) {
    return (await this.#ask("POST", "clock", { now_ms: nowMs })).now_ms;
  }

  async release() {
    return (await this.#ask("POST", "clock", { held: false })).now_ms;
  }

  async isHeld() {
    return (await this.#ask("GET", "clock")).held;
  }
}

class Sandbox {
  constructor(url) {
    this.url = url.replace(/\/+$/, "");
    this.clock = new Clock((...call) => this.#ask(...call));
  }

  get adminPage() {
    return `${this.url}/_sandbox/`;
  }

  baseUrl(venue, environment) {
    const known = ENVIRONMENTS[venue];
    if (!known) throw new RangeError(`There is no venue ${venue}.`);
    if (environment !== undefined && !known.includes(environment)) {
      throw new RangeError(`${venue} has the environments ${known.join(", ")}, not ${environment}.`);
    }
    return `${this.url}/${venue}/${environment ?? known[0]}`;
  }

  nowMs() {
    return this.clock.nowMs();
  }

  knobs(changes) {
    return changes ? this.#ask("PATCH", "knobs", changes) : this.#ask("GET", "knobs");
  }

  fault(endpoint, fault, more = {}) {
    const { afterEffect: after_effect, ...rest } = more;
    return this.#ask("POST", "faults", { endpoint, fault, ...rest, after_effect });
  }

  faults() {
    return this.#ask("GET", "faults");
  }

  async clearFaults() {
    await this.#ask("DELETE", "faults");
  }

  async requests({ endpoint, sinceMs = 0, values = false } = {}) {
    const found = [];
    for (let more = true; more; ) {
      const after = found.at(-1)?.seq ?? 0;
      const page = await this.#ask("GET", `requests?after=${after}&since=${sinceMs}&values=${values}`);
      found.push(...page.requests);
      more = page.more;
    }
    return found.filter((request) => endpoint === undefined || request.endpoint === endpoint);
  }

  async violations() {
    return (await this.#ask("GET", "violations")).violations;
  }

  har({ values = false } = {}) {
    return this.#ask("GET", `har?values=${values}`);
  }

  state({ values = false } = {}) {
    return this.#ask("GET", `state?values=${values}`);
  }

  userAction(venue, action, { environment, user } = {}) {
    const place = this.baseUrl(venue, environment).slice(this.url.length);
    return this.#ask("POST", `user${place}/action`, { action, user });
  }

  addHistory(rows) {
    return this.#ask("POST", "history", rows);
  }

  async approve(authorizeUrl, { permissions, otp, user } = {}) {
    const url = await this.#consent(authorizeUrl, { decision: "approve", permissions, otp, user });
    if (url === null) throw new ConsentRefused("The exchange sent the browser nowhere.");
    return url;
  }

  decline(authorizeUrl, { user } = {}) {
    return this.#consent(authorizeUrl, { decision: "decline", user });
  }

  async closeWindow(authorizeUrl, { user } = {}) {
    await this.#consent(authorizeUrl, { decision: "close", user });
  }

  async reset() {
    await this.#ask("POST", "reset");
  }

  /** Fails if anything was sent that no documentation covers. The details name fields, never values. */
  async assertNoViolations() {
    const violations = await this.violations();
    if (violations.length === 0) return;
    const lines = violations.map((v) => `  ${v.rule} ${v.field}: ${v.detail} (request ${v.seq}: ${v.endpoint})`);
    throw new SandboxError(["The test sent what no documentation covers:", ...lines].join("\n"));
  }

  async #consent(authorizeUrl, answer) {
    const reply = await this.#send("POST", "consent", { url: authorizeUrl, ...answer });
    if (reply.status === 422) throw new ConsentRefused(reply.body.error);
    return this.#taken(reply).redirect_url;
  }

  async #ask(method, path, body) {
    return this.#taken(await this.#send(method, path, body));
  }

  #taken({ status, body }) {
    if (status !== 200) throw new SandboxError(body.error);
    return body;
  }

  async #send(method, path, body) {
    const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    const reply = await fetch(`${this.url}/_sandbox/${path}`, { method, ...sent });
    return { status: reply.status, body: await reply.json() };
  }
}

module.exports = { Clock, ConsentRefused, Sandbox, SandboxError };
