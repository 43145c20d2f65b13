import { type Access, Connection, type ConnectionEvent, type Pace } from "./connection.js";
import type { VenuekeyError } from "./errors.js";
import { shown, unwrap } from "./opaque.js";
import * as wasm from "./wasm.js";
import { HttpRequest, HttpResponse } from "./wire.js";

/** What a request waits for. */
export interface Wants {
  readonly refusedGeneration?: number | undefined;
  readonly patienceMs: number;
}

/**
 * Core's loop around one connection, without I/O; no part of the package's exports. It says what to do (`action`), and is
 * told what came of it by the call of that name.
 */
export class ConnectionDriver {
  readonly #driver: wasm.ConnectionDriver;
  /** Its own name in leases. */
  readonly holder: string;

  /** A worker's; with `wants` that of a request that waits for access. */
  constructor(connection: Connection, holder: string, nowMs: number, wants?: Wants) {
    this.holder = holder;
    const core = unwrap<wasm.Connection>(connection, Connection);
    this.#driver = wants === undefined
      ? wasm.ConnectionDriver.new(core, holder, nowMs)
      : wasm.ConnectionDriver.for_access(core, holder, wants.refusedGeneration, wants.patienceMs, nowMs);
  }

  get action(): "load" | "save" | "send" | "nonce" | "find" | "deliver" | "delete" | "sleep" | "return" | "fail" | "stop" {
    return this.#driver.action;
  }

  /** Whether nothing may come between this action and the next. */
  get mustGoOn(): boolean {
    return this.#driver.must_go_on;
  }

  get isGone(): boolean {
    return this.#driver.is_gone;
  }

  /** What to store at a `save`; else the connection as the store last had it. */
  get connection(): Connection {
    return shown(this.#driver.connection());
  }

  get request(): HttpRequest | undefined {
    return shown(this.#driver.request());
  }

  get events(): readonly ConnectionEvent[] {
    return shown(this.#driver.events());
  }

  get untilMs(): number | undefined {
    return this.#driver.until_ms() as number | undefined;
  }

  get access(): Access | undefined {
    return shown(this.#driver.access());
  }

  get error(): VenuekeyError | undefined {
    return shown(this.#driver.error());
  }

  stop(nowMs: number): void {
    this.#driver.stop(nowMs);
  }

  /** What the store has now; nothing if the row is gone. */
  loaded(stored: Connection | undefined, nowMs: number): void {
    if (stored === undefined) this.#driver.loaded(nowMs);
    else this.#driver.loaded_with(unwrap(stored, Connection), nowMs);
  }

  saved(nowMs: number): void {
    this.#driver.saved(nowMs);
  }

  superseded(): void {
    this.#driver.superseded();
  }

  response(response: HttpResponse, nowMs: number): void {
    this.#driver.response(unwrap(response, HttpResponse), nowMs);
  }

  noResponse(notSent: boolean, nowMs: number): void {
    this.#driver.no_response(notSent, nowMs);
  }

  nonce(nonceMs: number, nowMs: number): void {
    this.#driver.nonce(nonceMs, nowMs);
  }

  found(others: boolean, nowMs: number): void {
    this.#driver.found(others, nowMs);
  }

  delivered(all: boolean, nowMs: number): void {
    this.#driver.delivered(all, nowMs);
  }

  deleted(): void {
    this.#driver.deleted();
  }

  awake(): void {
    this.#driver.awake();
  }

  /** How to keep the pace, at a `send` that has to; see core. */
  pace(nowMs: number): Pace | undefined {
    return shown(this.#driver.pace(nowMs));
  }

  free(): void {
    this.#driver.free();
  }
}
