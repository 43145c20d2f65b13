import { VenuekeyError } from "../errors.js";
import { ConnectionNotFound } from "./errors.js";
import { type Log, named, pageFor } from "./log.js";
import type { Rows } from "./rows.js";

/** As `Connections.reseal`. */
export async function reseal(rows: Rows, limit: number, log: Log): Promise<number> {
  const { store, keys } = rows;
  let [sealed, after, left] = [0, "", ""];
  while (sealed < limit) {
    const ids = await store.rowsSealedByOthers(keys.newestId, limit - sealed, after);
    if (ids.length === 0) break;
    for (const id of ids) {
      try {
        // A revision of its own, since the seal is bound to it.
        await rows.apply(id, undefined, (connection, now) => connection.touched(now));
        sealed += 1;
      } catch (error) {
        // Gone meanwhile.
        if (error instanceof ConnectionNotFound) continue;
        if (!(error instanceof VenuekeyError)) throw error;
        left ||= id;
        log.warn(`connection ${id}: it can't be sealed anew (${named(error)})${pageFor(error)}`);
      }
    }
    after = ids.at(-1)!;
  }
  if (left === "" || sealed > 0) return sealed;
  const hint = `rows are left that can't be opened here, the first is ${left}: give the key that sealed it`;
  throw new VenuekeyError(`invalid_configuration: ${hint}`, "misuse", "invalid_configuration", { hint });
}
