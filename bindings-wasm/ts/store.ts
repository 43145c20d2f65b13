import { Snapshot } from "./model.js";
import { unwrap } from "./opaque.js";

/** Snapshots in memory, by compare-and-set; for tests, scripts, a server of one process. Gone with the process. */
export class MemoryStore {
  readonly #kept = new Map<string, Snapshot>();

  /** Stores it if the stored revision is the one it follows; `false` if another one won. Give it to `drive`. */
  readonly save = (snapshot: Snapshot): boolean => {
    unwrap(snapshot, Snapshot);
    const stored = this.#kept.get(snapshot.flowId);
    if ((stored?.revision ?? 0) !== snapshot.expectedRevision) return false;
    this.#kept.set(snapshot.flowId, snapshot);
    return true;
  };

  /** The newest snapshot's text, for `Client.restore`; absent if there is none. */
  load(flowId: string): string | undefined {
    return this.#kept.get(flowId)?.expose();
  }

  /** Forgets the flow; nothing happens if there is none. */
  delete(flowId: string): void {
    this.#kept.delete(flowId);
  }

  /** Every flow there is, oldest first. */
  flowIds(): string[] {
    return [...this.#kept.keys()];
  }
}
