/**
 * A connection as a row: sealed, beside the columns that a store looks for rows by. They are hints; what is decided, the
 * sealed value decides.
 */
export interface ConnectionRow {
  /** The primary key. */
  readonly id: string;
  /** The host's own name for the user. */
  readonly owner: string;
  /** The host's own name for the client's configuration. */
  readonly client: string;
  /** The user's own name for the connection. */
  readonly label?: string;
  /** The exchange. */
  readonly venue: string;
  /** Which of its environments. */
  readonly environment: string;
  /** Where it stands. */
  readonly status: string;
  /** What is wanted and not done yet. */
  readonly intent?: string;
  /** When a worker next has something to do, in Unix milliseconds. */
  readonly dueAtMs?: number;
  /** Who has a request out. */
  readonly leaseHolder?: string;
  /** When that lease ends, by its holder's clock. */
  readonly leaseUntilMs?: number;
  /** The revision in the store must be one less for this row to replace it. */
  readonly revision: number;
  /** The sealing key that opens it. */
  readonly sealingKeyId: string;
  /** A keyed hash of the account at the venue, if it is known: to find rows that may hold the same account. */
  readonly accountHash?: string;
  /** Everything else. */
  readonly sealed: string;
}
