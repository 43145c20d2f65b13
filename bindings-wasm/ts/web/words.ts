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
  readonly attempt: { readonly status: string } | undefined;
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

/** Whether there is an attempt to connect again in front of an account that works. */
export function isBeside({ attempt, status }: Shown): boolean {
  return status === "connected" && attempt !== undefined;
}

/** Whether a worker is at that attempt, or will be: nobody can call it off. */
export function isUnderWay(view: Shown): boolean {
  return isBeside(view) && ["working", "handing_off"].includes(view.attempt!.status);
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

  /** What the client's exchange is called: `client.<name>` if the app has given that. */
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

  #next(view: Shown, error: NonNullable<Shown["error"]>): string {
    const key = `recovery.${view.recovery}.next`;
    return view.recovery !== undefined && this.has(key) ? this.text(key, view.client) : this.ofError("next", view.client, error);
  }

  /** What a worker is at: the key of the text that says so. */
  #doing({ noWorker, wait }: Shown): string {
    if (noWorker) return "about.no_worker";
    const key = `wait.${wait?.reason}`;
    return this.has(key) ? key : "about.working";
  }

  /** Whether the user has a code to paste. */
  pastes({ client, authorizeUrl }: Shown): boolean {
    return authorizeUrl !== undefined && this.showsCode(client);
  }

  showsCode(client: string): boolean {
    return this.clients.get(client)?.takesPastedCode === true;
  }

  /** The whole of what is told of a connection. */
  says(view: Shown): Says {
    const { status, error, choices } = view;
    const [style, text, then] = this.#told(view);
    const news = status === "connected" || status === "needs_user" ? [error?.code, error && view.recovery] : [];
    // What is said of an attempt that is under way is not in the text.
    const again = isUnderWay(view) ? ["again", this.#doing(view)] : [];
    const state = [status, view.intent, ...news, choices && "choose", view.authorizeUrl !== undefined && "visit", ...again];
    const isOver = status === "ended";
    const waits = status === "awaiting_user" || view.authorizeUrl !== undefined;
    return {
      state: state.filter(Boolean).join(" "),
      style,
      label: this.text(this.isOurs(view) ? "status.not_working" : `status.${status}`),
      text,
      then,
      shown: !isOver || view.keyLeft !== undefined,
      moves: !isOver && (style === "busy" || isUnderWay(view) || (waits && choices === undefined)),
    };
  }

  /** Whether nothing that the user does helps. */
  isOurs({ error, status }: Shown): boolean {
    return status === "needs_user" && error?.kind === "misuse";
  }

  #told(view: Shown): [style: string, text: string, then: string] {
    const { client, status, error, choices, keyLeft } = view;
    const about = (name: string, more?: Readonly<Record<string, string>>) => this.text(`about.${name}`, client, more);
    if (status === "ended") {
      if (keyLeft === undefined) return ["", about("ended"), ""];
      // Core's word for a key of which nothing is known.
      return ["", keyLeft === "unknown" ? about("key_unknown") : about("key_left", { key: short(keyLeft) }), ""];
    }
    if (status === "quarantined") return ["wants", about("quarantined"), ""];
    if (view.intent !== undefined) return ["busy", about("disconnecting"), ""];
    if (status === "working") return ["busy", this.text(this.#doing(view), client), ""];
    const doubt = choices?.creationInDoubt ? about("creation_in_doubt") : "";
    if (status === "awaiting_user") {
      if (choices !== undefined) return ["wants", about("awaiting_choice"), doubt];
      return ["wants", about("awaiting_user"), about(this.pastes(view) ? "awaiting_code" : "awaiting_user_declined")];
    }
    if (isUnderWay(view)) return ["good", about("connected"), `${about("connecting_again")} ${this.text(this.#doing(view), client)}`];
    if (isBeside(view) && error === undefined) {
      const waits = about(choices === undefined ? "awaiting_user" : "awaiting_choice");
      const parts = [about("connecting_again"), waits, this.pastes(view) ? about("awaiting_code") : "", doubt, about("stop_keeps")];
      return ["good", about("connected"), parts.filter(Boolean).join(" ")];
    }
    if (error === undefined) return [status === "connected" ? "good" : "wants", about("connected"), ""];
    const [happened, next] = [this.ofError("happened", client, error), this.#next(view, error)];
    return status === "connected" ? ["good", about("still_connected"), `${happened} ${next}`] : ["wants", happened, next];
  }
}

/** Enough to know a key by: at some exchanges its id is its public half. */
export function short(key: string): string {
  return key.length <= 12 ? key : `…${key.slice(-8)}`;
}
