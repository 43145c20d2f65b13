// Which of a user's connections a callback is for: the callback itself decides.
import { VenuekeyError } from "../errors.js";
import { ConnectionNotFound } from "./errors.js";
import type { ConnectionView } from "./view.js";

/** The connection has had this event, or is further. */
const MOVED_ON: readonly string[] = ["wrong_state", "callback_already_received", "superseded"];

export async function clientCallback(views: readonly ConnectionView[], receive: (id: string) => Promise<ConnectionView>): Promise<ConnectionView> {
  let refused: VenuekeyError | undefined;
  for (const { id } of views.filter(({ authorizeUrl, intent }) => authorizeUrl !== undefined && intent === undefined)) {
    try {
      return await receive(id);
    } catch (error) {
      if (error instanceof ConnectionNotFound) continue;
      if (!(error instanceof VenuekeyError)) throw error;
      if (!MOVED_ON.includes(error.code)) refused = error;
    }
  }
  if (refused !== undefined) throw refused;
  const living = views.filter(({ status, intent }) => status !== "ended" && intent === undefined);
  const view = newest(living) ?? newest(views);
  if (view === undefined) throw new ConnectionNotFound("this owner has no connection of this client");
  return view;
}

/** The one to which something has happened last. */
function newest(views: readonly ConnectionView[]): ConnectionView | undefined {
  const lastMs = ({ trail }: ConnectionView) => trail.at(-1)?.atMs ?? 0;
  return views.reduce<ConnectionView | undefined>((first, view) => (first === undefined || lastMs(view) > lastMs(first) ? view : first), undefined);
}
