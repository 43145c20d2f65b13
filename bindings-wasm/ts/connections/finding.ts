/** One thing that was looked at. It holds no secret. */
export interface Finding {
  /** Stable: of docs/doctor.md, or an error's own code. */
  readonly code: string;
  /** `warn`: it works, and somebody should look, such as the user of a connection. */
  readonly level: "ok" | "warn" | "fail";
  /** What it is about: `store`, `client bybit`, `connection 0123…`. */
  readonly about: string;
  /** One sentence, for a person. */
  readonly text: string;
  /** What helps; empty if nothing is wrong. */
  readonly todo: string;
  /** The page that says more. */
  readonly docUrl: string;
  /** The connection that it is about, if it is about one. */
  readonly connectionId: string | undefined;
}
