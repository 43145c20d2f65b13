export type Venue = "whitebit" | "bybit";
export type Environment = "global" | "eu" | "mainnet" | "testnet";

/** What the sandbox said about a call that it refused, or why it did not start. */
export class SandboxError extends Error {}

/** The exchange's page did not let the user through. The message is what the page says. */
export class ConsentRefused extends SandboxError {}

/** A header, or a field of a query or form. The value is `"***"` unless values were asked for. */
export interface Field {
  name: string;
  value: string;
}

/** What a request was answered. Masked, a body that is neither JSON nor a form nor HTML is null, as is one over 64 KiB. */
export interface RecordedResponse {
  status: number;
  headers: Field[];
  body_bytes: number;
  body: string | null;
}

/** A request that your code has sent. Venue and environment are null if the path lies under no exchange. */
export interface RecordedRequest {
  seq: number;
  at_ms: number;
  venue: Venue | null;
  environment: Environment | null;
  endpoint: string;
  method: string;
  path: string;
  headers: Field[];
  query: Field[];
  form: Field[];
  json: Field[];
  body_bytes: number;
  body: string | null;
  fault: string | null;
  notes: { rule: string; field: string; detail: string }[];
  status: number | null;
  response: RecordedResponse | null;
}

/** Something that your code has sent and that no documentation covers. */
export interface Violation {
  seq: number;
  at_ms: number;
  venue: Venue | null;
  environment: Environment | null;
  endpoint: string;
  rule: string;
  field: string;
  detail: string;
}

/** Faults that are queued and not yet spent. */
export interface Fault {
  endpoint: string;
  fault: string;
  count: number;
  venue?: Venue;
  ms?: number;
  status?: number;
  after_effect?: boolean;
  headers?: Record<string, string>;
  body?: unknown;
}

/** A consent by a user who is not the demo user, by id. */
export interface ByUser {
  user?: number;
}

/** The sandbox's clock. It runs with this machine's until it is moved, and stands still while held. Times are Unix milliseconds. */
export class Clock {
  private constructor();
  nowMs(): Promise<number>;
  /** Moves it ahead, held or not, and returns what it reads then. */
  advance(by: { days?: number; hours?: number; minutes?: number; seconds?: number; milliseconds?: number }): Promise<number>;
  /** Stops it, where it stands or at `nowMs`. */
  hold(nowMs?: number): Promise<number>;
  /** Makes it read `nowMs`; whether it is held stays as it is. */
  set(nowMs: number): Promise<number>;
  /** Lets it run on from where it stands. */
  release(): Promise<number>;
  isHeld(): Promise<boolean>;
}

/** A running sandbox, at the address that it printed as it started. */
export class Sandbox {
  constructor(url: string);
  url: string;
  readonly clock: Clock;
  /** The address of its page for people. */
  readonly adminPage: string;
  /** What stands for the exchange's own address, authorize page and API alike; its first environment if none is named. */
  baseUrl(venue: Venue, environment?: Environment): string;
  /** What the sandbox's clock reads: the clock to give to the code under test. */
  nowMs(): Promise<number>;
  /** Changes the knobs named, and returns all of them. */
  knobs(changes?: Partial<Record<Venue, Record<string, unknown>>>): Promise<Record<Venue, Record<string, unknown>>>;
  /** Queues a fault for the next requests to an endpoint, such as `"token"`, or `"any"`. */
  fault(
    endpoint: string,
    fault: string,
    more?: {
      count?: number;
      venue?: Venue;
      ms?: number;
      status?: number;
      afterEffect?: boolean;
      headers?: Record<string, string>;
      body?: unknown;
    },
  ): Promise<Fault[]>;
  faults(): Promise<Fault[]>;
  clearFaults(): Promise<void>;
  /** What was sent to the exchanges, oldest first, browsers included. */
  requests(which?: { endpoint?: string; sinceMs?: number; values?: boolean }): Promise<RecordedRequest[]>;
  /** What was sent and no documentation covers, oldest first. */
  violations(): Promise<Violation[]>;
  /** The requests with their answers, as an HTTP Archive (HAR 1.2). */
  har(which?: { values?: boolean }): Promise<{ log: { version: "1.2"; entries: unknown[] } }>;
  /** Users, keys and tokens; with secrets if `values` is true. */
  state(which?: { values?: boolean }): Promise<any>;
  /** Lets a user act outside the flow, such as `"delete_key"`, and returns what that met. */
  userAction(venue: Venue, action: string, where?: { environment?: Environment } & ByUser): Promise<any>;
  /** Lets new rows arrive in a user's histories. */
  addHistory(rows: {
    venue: Venue;
    environment?: Environment;
    user?: number;
    transactions?: number;
    converts?: number;
    orders?: number;
    deals?: number;
  }): Promise<Record<string, number>>;
  /** The user opens `authorizeUrl` and approves. Returns the callback's URL; nobody has opened it yet. */
  approve(authorizeUrl: string, answer?: { permissions?: string[]; otp?: string } & ByUser): Promise<string>;
  /** The user declines. Returns the callback's URL, or null if the exchange sends none, as by default. */
  decline(authorizeUrl: string, answer?: ByUser): Promise<string | null>;
  /** The user closes the window. No callback ever comes. */
  closeWindow(authorizeUrl: string, answer?: ByUser): Promise<void>;
  /** Starts over from the options it was started with: keys, tokens, knobs, faults, clock, records. */
  reset(): Promise<void>;
  /** Fails if anything was sent that no documentation covers. */
  assertNoViolations(): Promise<void>;
}

/** A sandbox that this process has started. */
export interface RunningSandbox extends Sandbox {
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Of the command line, such as `"--seed=7"`; `venuekey-sandbox --help` lists them. */
  options?: readonly string[];
  /** The program's path; `findProgram()` if left out. */
  program?: string;
}

/** The program's path: the variable VENUEKEY_SANDBOX, else this machine's package, else the first one on PATH. */
export function findProgram(): string;

/** Runs a sandbox on a free port of this machine. */
export function start(options?: StartOptions): Promise<RunningSandbox>;
