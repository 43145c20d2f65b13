/**
 * What is kept: sessions, flows on their way, and connected accounts, in one SQLite file.
 *
 * Four rules live here. A snapshot, of a flow or of tokens, is replaced only where the stored revision is the one it
 * follows, and, where a worker holds the flow's lease, only by that worker. An account is stored with its tokens and its
 * flow deleted in one transaction. A flow is new once: its id is remembered when its row is gone. Whatever is secret or
 * personal is sealed, and bound to its user, before it gets here.
 *
 * @import { Flow, Snapshot } from "venuekey/parts"
 * @import { Vault } from "./vault.js"
 * @import { Stored, Summary } from "./accounts.js"
 */
import { createHash } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import Database from "libsql";
import { isBusy } from "./errors.js";
import { leaseUntilMs } from "./leases.js";

/**
 * One flow as it is stored.
 * @typedef {{
 *   flow_id: string, user_id: string, venue: string, operation: string, status: string, revision: number,
 *   snapshot: Buffer, expires_ms: number | null, progress: string, lease_owner: string | null, lease_until_ms: number,
 * }} FlowRow
 */

const SCHEMA = `
CREATE TABLE IF NOT EXISTS sessions (
    id_hash BYTEA PRIMARY KEY,
    user_id TEXT NOT NULL,
    expires_ms BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS flows (
    flow_id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    venue TEXT NOT NULL,
    operation TEXT NOT NULL,
    status TEXT NOT NULL,
    revision BIGINT NOT NULL,
    snapshot BYTEA NOT NULL,
    expires_ms BIGINT,
    progress TEXT NOT NULL,
    lease_owner TEXT,
    lease_until_ms BIGINT NOT NULL,
    UNIQUE (user_id, venue)
);
CREATE TABLE IF NOT EXISTS used_flows (
    flow_id TEXT PRIMARY KEY,
    until_ms BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS accounts (
    user_id TEXT NOT NULL,
    venue TEXT NOT NULL,
    summary BYTEA NOT NULL,
    credentials BYTEA NOT NULL,
    nonces BIGINT NOT NULL,
    PRIMARY KEY (user_id, venue)
);
CREATE TABLE IF NOT EXISTS tokens (
    tokens_id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    venue TEXT NOT NULL,
    status TEXT NOT NULL,
    revision BIGINT NOT NULL,
    snapshot BYTEA NOT NULL,
    look_at_ms BIGINT NOT NULL,
    UNIQUE (user_id, venue)
);
`;
// Nothing runs and nothing is to be taken over: a new flow may stand in its place.
const AT_REST = "status IN ('awaiting_callback', 'failed', 'broken')";
const REPLACED_BY_FLOW = "flow_id = ? AND revision = ? AND (lease_owner IS NULL OR lease_owner = ?)";
const OF_USER = "user_id = ? AND venue = ?";

export const SESSION_DAYS = 30;
/**
 * How long an id is remembered after its flow's row is gone: longer than a hand-off or a flow sealed into a cookie counts,
 * which could bring the same code again.
 */
const USED_MS = 2 * 86_400_000;
const NEVER_MS = Number.MAX_SAFE_INTEGER;
/** How long a statement waits for another program's transaction. */
const WAIT_MS = 10_000;

/** @param {string} sessionId */
const hash = (sessionId) => createHash("sha256").update(sessionId).digest();
/** @param {string} userId @param {string} venue @param {string} flowId @param {number} revision */
const flowPlace = (userId, venue, flowId, revision) => `flow:${userId}:${venue}:${flowId}:${revision}`;
/** @param {string} userId @param {string} venue @param {string} id @param {number} revision */
const tokensPlace = (userId, venue, id, revision) => `tokens:${userId}:${venue}:${id}:${revision}`;

/** Undoes a first save: the flow has been here, or another is in full swing. */
class NotNew extends Error {}

/** One connection. `onSave` is told before and after each durable change of a flow. */
export class Store {
  #db;
  #vault;
  #onSave;

  /** @param {string} data @param {Vault} vault @param {(moment: "before" | "after") => void} [onSave] */
  constructor(data, vault, onSave = () => {}) {
    const path = `${data}/backend.db`;
    closeSync(openSync(path, "a", 0o600)); // SQLite's other files get the same mode
    this.#vault = vault;
    this.#onSave = onSave;
    this.#db = new Database(path);
    this.#db.exec(`PRAGMA busy_timeout = ${WAIT_MS}`);
    patiently(() => this.#db.exec("PRAGMA journal_mode = WAL"));
    this.#db.exec("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON");
    patiently(() => this.#db.exec(SCHEMA));
    this.#run("DELETE FROM sessions WHERE expires_ms < ?", Date.now());
  }

  close() {
    this.#db.close();
  }

  // Sessions. The table holds hashes: who reads it can't take a session over.

  /** @param {string} sessionId @returns {string | undefined} */
  userOf(sessionId) {
    const query = "SELECT user_id FROM sessions WHERE id_hash = ? AND expires_ms > ?";
    return this.#one(query, hash(sessionId), Date.now())?.user_id;
  }

  /** @param {string} sessionId @param {string} userId */
  openSession(sessionId, userId) {
    const expiresMs = Date.now() + SESSION_DAYS * 86_400_000;
    this.#run("INSERT INTO sessions VALUES (?, ?, ?)", hash(sessionId), userId, expiresMs);
  }

  // Flows.

  /** @param {string} userId @param {string} venue @returns {FlowRow | undefined} */
  flow(userId, venue) {
    return this.#one(`SELECT * FROM flows WHERE ${OF_USER}`, userId, venue);
  }

  /**
   * What a worker has to go on with, or another one does: callbacks that have come in, flows on their way, outcomes not yet
   * stored as accounts, and pending flows past their deadline.
   * @param {number} nowMs @returns {FlowRow[]}
   */
  unfinished(nowMs) {
    const query = `SELECT * FROM flows WHERE NOT (${AT_REST}) OR (status = 'awaiting_callback' AND expires_ms <= ?)`;
    return /** @type {FlowRow[]} */ (this.#db.prepare(query).all(nowMs));
  }

  /** @param {FlowRow} row */
  snapshotOf(row) {
    // What `all` has read is an ArrayBuffer, whatever its type says.
    const sealed = row.snapshot instanceof ArrayBuffer ? Buffer.from(row.snapshot) : row.snapshot;
    return this.#vault.open(sealed, flowPlace(row.user_id, row.venue, row.flow_id, row.revision));
  }

  /**
   * The compare-and-set that `drive` asks for. A worker's comes with its name, and takes or keeps the lease.
   *
   * Not idempotent, on purpose: two callbacks of one flow lead to the same snapshot, and only one may win.
   *
   * @param {Snapshot} snapshot @param {string} userId @param {string} venue
   * @param {string | null} [owner] @param {string} [progress]
   */
  save(snapshot, userId, venue, owner = null, progress = "") {
    const { flowId, revision, status } = snapshot;
    const lease = owner === null || ["awaiting_callback", "failed"].includes(status) ? [null, 0] : [owner, leaseUntilMs()];
    // Exposed to be sealed.
    const sealed = this.#vault.seal(snapshot.expose(), flowPlace(userId, venue, flowId, revision));
    const news = [status, revision, sealed, snapshot.expiresAtMs ?? null, progress, ...lease];
    if (snapshot.expectedRevision !== 0) {
      const query = `UPDATE flows SET status = ?, revision = ?, snapshot = ?, expires_ms = ?, progress = ?,
        lease_owner = ?, lease_until_ms = ? WHERE ${REPLACED_BY_FLOW}`;
      return this.#saving(() => this.#run(query, ...news, flowId, snapshot.expectedRevision, owner) === 1);
    }
    try {
      return this.#saving(() => {
        this.#run(`DELETE FROM flows WHERE ${OF_USER} AND ${AT_REST}`, userId, venue);
        const query = `flows (status, revision, snapshot, expires_ms, progress, lease_owner, lease_until_ms,
          flow_id, user_id, venue, operation) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
        this.#insertNew(query, ...news, flowId, userId, venue, snapshot.operation);
        this.#run("DELETE FROM used_flows WHERE until_ms < ?", Date.now());
        this.#insertNew("used_flows VALUES (?, ?)", flowId, Date.now() + USED_MS);
        return true;
      });
    } catch (error) {
      if (error instanceof NotNew) return false;
      throw error;
    }
  }

  /** @param {string} into @param {unknown[]} values */
  #insertNew(into, ...values) {
    if (this.#run(`INSERT INTO ${into} ON CONFLICT DO NOTHING`, ...values) !== 1) throw new NotNew();
  }

  /** Whether a flow of this id has been here, though its row may be gone. @param {string} flowId */
  isUsed(flowId) {
    return this.#one("SELECT 1 FROM used_flows WHERE flow_id = ?", flowId) !== undefined;
  }

  /** @param {FlowRow} row */
  markBroken(row) {
    const query = "UPDATE flows SET status = 'broken', lease_owner = NULL WHERE flow_id = ? AND revision = ?";
    this.#run(query, row.flow_id, row.revision);
  }

  // Leases.

  /** From the holder that `row` names, or from nobody. @param {FlowRow} row @param {string} owner */
  takeLease(row, owner) {
    const query = `UPDATE flows SET lease_owner = ?, lease_until_ms = ?
      WHERE flow_id = ? AND revision = ? AND COALESCE(lease_owner, '') = ? AND lease_until_ms = ?`;
    const held = [row.flow_id, row.revision, row.lease_owner ?? "", row.lease_until_ms];
    return this.#run(query, owner, leaseUntilMs(), ...held) === 1;
  }

  /** @param {string} owner */
  renewLeases(owner) {
    this.#run("UPDATE flows SET lease_until_ms = ? WHERE lease_owner = ?", leaseUntilMs(), owner);
  }

  // Accounts.

  /**
   * Stores the account, with the tokens it may live by, and deletes the flow that brought it: all or nothing.
   * @param {Flow} flow @param {string} userId @param {Summary} summary @param {Stored | {}} credentials
   * @param {Snapshot} [tokens]
   */
  connect(flow, userId, summary, credentials, tokens) {
    return this.#saving(() => {
      if (this.#run("DELETE FROM flows WHERE flow_id = ? AND status = 'done'", flow.flowId) !== 1) return false;
      const sealed = Object.entries({ summary, credentials }).map(([name, value]) =>
        this.#vault.seal(JSON.stringify(value), `${name}:${userId}:${flow.venue}`),
      );
      this.#forget(userId, flow.venue);
      this.#run("INSERT INTO accounts VALUES (?, ?, ?, ?, 0)", userId, flow.venue, ...sealed);
      if (tokens !== undefined) this.#insertTokens(tokens, userId, flow.venue);
      return true;
    });
  }

  /** Forgets the account and what lies beside it, but no flow in full swing. @param {string} userId @param {string} venue */
  disconnect(userId, venue) {
    this.#saving(() => {
      this.#forget(userId, venue);
      this.#run(`DELETE FROM flows WHERE ${OF_USER} AND ${AT_REST}`, userId, venue);
    });
  }

  /** Forgets a flow that is not in full swing. @param {string} userId @param {string} venue */
  dropFlow(userId, venue) {
    this.#saving(() => this.#run(`DELETE FROM flows WHERE ${OF_USER} AND ${AT_REST}`, userId, venue));
  }

  /** @param {string} userId @param {string} venue */
  #forget(userId, venue) {
    this.#run(`DELETE FROM accounts WHERE ${OF_USER}`, userId, venue);
    this.#run(`DELETE FROM tokens WHERE ${OF_USER}`, userId, venue);
  }

  /** @param {string} userId @param {string} venue */
  isConnected(userId, venue) {
    return this.#one(`SELECT 1 FROM accounts WHERE ${OF_USER}`, userId, venue) !== undefined;
  }

  /** What may be shown of the account. @param {string} userId @param {string} venue @returns {Summary | undefined} */
  summary(userId, venue) {
    const row = this.#one(`SELECT summary FROM accounts WHERE ${OF_USER}`, userId, venue);
    return row && JSON.parse(this.#vault.open(row.summary, `summary:${userId}:${venue}`));
  }

  // Tokens that all workers share.

  /** @param {Snapshot} snapshot @param {string} userId @param {string} venue */
  #sealedTokens(snapshot, userId, venue) {
    // Exposed to be sealed.
    return this.#vault.seal(snapshot.expose(), tokensPlace(userId, venue, snapshot.flowId, snapshot.revision));
  }

  /** @param {Snapshot} snapshot @param {string} userId @param {string} venue */
  #insertTokens(snapshot, userId, venue) {
    const { flowId, status, revision } = snapshot;
    const sealed = this.#sealedTokens(snapshot, userId, venue);
    this.#run("INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, 0)", flowId, userId, venue, status, revision, sealed);
  }

  /** @param {string} userId @param {string} venue @returns {string | undefined} */
  tokens(userId, venue) {
    const row = this.#one(`SELECT * FROM tokens WHERE ${OF_USER}`, userId, venue);
    return row && this.#vault.open(row.snapshot, tokensPlace(userId, venue, row.tokens_id, row.revision));
  }

  /** The compare-and-set that `freshTokens` asks for. @param {Snapshot} snapshot @param {string} userId @param {string} venue */
  saveTokens(snapshot, userId, venue) {
    const { flowId, status, revision, expectedRevision } = snapshot;
    const sealed = this.#sealedTokens(snapshot, userId, venue);
    const query = `UPDATE tokens SET status = ?, revision = ?, snapshot = ? WHERE tokens_id = ? AND ${OF_USER} AND revision = ?`;
    return this.#saving(() => this.#run(query, status, revision, sealed, flowId, userId, venue, expectedRevision) === 1);
  }

  /** @param {string} userId @param {string} venue */
  tokensHaveEnded(userId, venue) {
    return this.#one(`SELECT status FROM tokens WHERE ${OF_USER}`, userId, venue)?.status === "failed";
  }

  /** The pairs that a worker should look at now. @param {number} nowMs @returns {{ user_id: string, venue: string }[]} */
  dueTokens(nowMs) {
    const query = "SELECT user_id, venue FROM tokens WHERE look_at_ms <= ?";
    return /** @type {{ user_id: string, venue: string }[]} */ (this.#db.prepare(query).all(nowMs));
  }

  /** @param {string} userId @param {string} venue @param {number} atMs */
  lookAtTokens(userId, venue, atMs) {
    this.#run(`UPDATE tokens SET look_at_ms = ? WHERE ${OF_USER}`, atMs, userId, venue);
  }

  /** Nobody looks at them any more; the user has to connect again. @param {string} userId @param {string} venue */
  endTokens(userId, venue) {
    this.#run(`UPDATE tokens SET status = 'failed', look_at_ms = ? WHERE ${OF_USER}`, NEVER_MS, userId, venue);
  }

  // The database.

  /** @param {string} query @param {unknown[]} values @returns {any} */
  #one(query, ...values) {
    return this.#db.prepare(query).get(...values);
  }

  /** How many rows it has changed. @param {string} query @param {unknown[]} values */
  #run(query, ...values) {
    return this.#db.prepare(query).run(...values).changes;
  }

  /** One transaction: durable, or undone. @template T @param {() => T} change @returns {T} */
  #saving(change) {
    this.#onSave("before");
    this.#db.exec("BEGIN IMMEDIATE");
    let result;
    try {
      result = change();
      this.#db.exec("COMMIT");
    } catch (error) {
      if (this.#db.inTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
    this.#onSave("after");
    return result;
  }
}

/** Of programs that start at once, one changes the new file; SQLite doesn't let the others wait here. @param {() => void} change */
function patiently(change) {
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    try {
      return change();
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}
