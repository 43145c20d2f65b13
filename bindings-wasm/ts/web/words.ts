// What a card says of a connection, as plain text.
import type { ConnectionView } from "../connections/view.js";
import type { WebClient } from "./options.js";

/** Of a view what the pages show. */
export type Shown = Pick<
  ConnectionView,
  | "id" | "client" | "label" | "environment" | "status" | "authorizeUrl" | "choices" | "recovery" | "replacesKey" | "uid" | "keyId"
  | "keyLeft" | "intent" | "noWorker"
> & {
  readonly error: { readonly code: string; readonly kind: string } | undefined;
  readonly wait: { readonly reason: string } | undefined;
};

export type PageClient = Pick<WebClient, "venue" | "environment" | "takesPastedCode" | "supports">;

/** What a card says of a connection. */
export interface Says {
  /** Changes whenever the card has more news than its text: then a page loads itself again. */
  readonly state: string;
  readonly style: string;
  readonly label: string;
  readonly text: string;
  readonly then: string;
  /** Whether the list of connections has a card of it. */
  readonly shown: boolean;
  /** Whether it is to change without a click on this page. */
  readonly moves: boolean;
}

export class Words {
  constructor(readonly texts: Readonly<Record<string, string>>, readonly clients: ReadonlyMap<string, PageClient>) {}

  has(key: string): boolean {
    return Object.hasOwn(this.texts, key);
  }

  /** The text of that key, its places filled in. */
  text(key: string, client = "", more: Readonly<Record<string, string>> = {}): string {
    let text = this.texts[key] ?? key;
    const places = client === "" ? more : { venue: this.venue(client), ...more };
    for (const [name, value] of Object.entries(places)) text = text.replaceAll(`{${name}}`, () => value);
    return text;
  }

  /** What the client's exchange is called: `client.<name>` where the app has given that. */
  venue(client: string): string {
    const of = this.clients.get(client);
    return this.texts[`client.${client}`] ?? (of === undefined ? client : (this.texts[`venue.${of.venue}`] ?? of.venue));
  }

  environment(of: { readonly environment: string }): string {
    return this.texts[`environment.${of.environment}`] ?? "";
  }

  ofError(part: "happened" | "next", client: string, { code, kind }: { readonly code: string; readonly kind: string }): string {
    const key = `error.${code}.${part}`;
    return this.text(this.has(key) ? key : `kind.${kind}.${part}`, client);
  }

  next(view: Shown, error: NonNullable<Shown["error"]>): string {
    const key = `recovery.${view.recovery}.next`;
    return view.recovery !== undefined && this.has(key) ? this.text(key, view.client) : this.ofError("next", view.client, error);
  }

  /** Whether the user has a code to paste. */
  pastes({ client, authorizeUrl }: Shown): boolean {
    return this.clients.get(client)?.takesPastedCode === true && authorizeUrl !== undefined;
  }

  /** The whole of what is told of a connection. */
  says(view: Shown): Says {
    const { client, status, error, intent, choices, wait } = view;
    const state: (string | undefined)[] = [status];
    let [about, style, text, then, moves]: [string, string, string, string, boolean] = [status, "", "", "", status === "working"];
    if (intent !== undefined && status !== "ended") {
      [about, style, moves] = ["disconnecting", "busy", true];
    } else if (status === "working") {
      style = "busy";
      if (view.noWorker) about = "no_worker";
      else if (wait !== undefined && this.has(`wait.${wait.reason}`)) text = this.text(`wait.${wait.reason}`, client);
    } else if (choices !== undefined) {
      [about, style] = ["awaiting_choice", "wants"];
      if (choices.creationInDoubt) then = this.text("about.creation_in_doubt", client);
    } else if (status === "awaiting_user") {
      [style, moves] = ["wants", true];
      then = this.text(this.pastes(view) ? "about.awaiting_code" : "about.awaiting_user_declined", client);
    } else if (status === "connected") {
      style = "good";
      if (error !== undefined) {
        text = this.text("about.still_connected", client);
        then = `${this.ofError("happened", client, error)} ${this.next(view, error)}`;
      }
    } else if (status === "needs_user" && error !== undefined) {
      style = "wants";
      [text, then] = [this.ofError("happened", client, error), this.next(view, error)];
    } else if (status === "ended" && view.keyLeft !== undefined) {
      text = this.text("about.key_left", client, { key: view.keyLeft });
    } else if (status === "quarantined") {
      style = "wants";
    }
    if (error !== undefined && (status === "connected" || status === "needs_user")) state.push(error.code, view.recovery);
    state.push(intent, choices && "choose", view.authorizeUrl && "visit");
    return {
      state: state.filter(Boolean).join(" "),
      style,
      label: this.text(`status.${status}`),
      text: text || this.text(`about.${about}`, client),
      then,
      shown: status !== "ended" || view.keyLeft !== undefined,
      moves,
    };
  }
}
