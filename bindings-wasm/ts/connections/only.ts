// An owner's only connection.
import * as check from "../check.js";
import type { Venue } from "../names.js";
import { invalid_argument } from "../wasm.js";
import { AmbiguousAccount, ConnectionNotFound } from "./errors.js";
import type { Rows } from "./rows.js";

/** The id of the owner's only connection (at the venue). */
export async function onlyId(rows: Rows, which: { readonly owner: string; readonly venue?: Venue | undefined }): Promise<string> {
  const { owner, venue } = check.options(which, ["owner", "venue"], "the account's id, or its owner and venue,");
  const venues = [...new Set([...rows.clients.values()].map((client) => client.venue))];
  if (check.optionalText(venue, "venue") !== undefined && !venues.includes(venue!)) {
    throw invalid_argument(`there is no client for venue ${JSON.stringify(venue)}; there are clients for: ${venues.join(", ")}`);
  }
  const found = await rows.find(check.text(owner, "owner"));
  const told = await Promise.all(found.map(async (stored) => ({ row: stored.row, ...(await rows.told(stored)) })));
  const living = told.filter((one) => one.status !== "ended" && (venue === undefined || one.venue === venue));
  // One that can't be opened must not hide one that can. Alone, its calls say what is wrong with it.
  const opens = living.filter((one) => one.opens);
  const left = opens.length > 0 ? opens : living;
  if (left.length > 1) throw new AmbiguousAccount(`this owner has ${left.length} connections there: name one by its id`);
  if (left[0] === undefined) throw new ConnectionNotFound("this owner has no connection there");
  rows.named(left[0].row);
  return left[0].row.id;
}
