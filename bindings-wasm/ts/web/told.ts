// The pages' words as data, for what an app shows itself.
import type { Connections } from "../connections/connections.js";
import type { ConnectionView } from "../connections/view.js";
import type { VenuekeyError } from "../errors.js";
import { guardOf, mergedTexts, partsOf } from "./options.js";
import { Words } from "./words.js";

/** What to tell the user of a connection. */
export interface ConnectionText {
  /** Its state in a word or two, such as "Connected". */
  readonly title: string;
  /** Where it stands, in a sentence or two. */
  readonly text: string;
  /** What the user can do about it; may be empty. */
  readonly then: string;
  /** Changes whenever anything but `text` does: a page that compares it knows when to load anew. */
  readonly state: string;
  /** Whether it belongs on a list of connections: one that has ended does only while its key may still exist. */
  readonly shown: boolean;
}

/** What to tell the user of an error. */
export interface ErrorText {
  readonly happened: string;
  /** What helps. */
  readonly next: string;
}

/**
 * The texts of the pages, for what you show yourself: an app, an email, a message in a chat.
 *
 * ```js
 * const texts = new Texts(connections, { "kind.denied.happened": "You said no." });
 * texts.of(await connections.status(id)).text; // "Your account at Bybit is connected."
 * ```
 */
export class Texts {
  readonly #words: Words;

  /**
   * @param texts texts to replace ours, as of `WebOptions`.
   * @throws VenuekeyError `invalid_argument`.
   */
  constructor(connections: Connections, texts: { readonly [key: string]: string } = {}) {
    this.#words = new Words(mergedTexts(texts), partsOf(connections).clients);
  }

  /** What the page of this connection says. */
  of(view: ConnectionView): ConnectionText {
    const { label, text, then, state, shown } = this.#words.says(view);
    return { title: label, text, then, state, shown };
  }

  /**
   * What a page says of an error, such as one that `Account.call` has thrown.
   * @param client the client, by its name.
   */
  ofError(error: Pick<VenuekeyError, "code" | "kind">, client: string): ErrorText {
    return { happened: this.#words.ofError("happened", client, error), next: this.#words.ofError("next", client, error) };
  }

  /** Any text by its key, such as `"button.connect"`, of this client; the key itself if there is none. */
  text(key: string, client: string): string {
    return this.#words.text(key, client);
  }

  /** What the client's exchange is called. */
  venue(client: string): string {
    return this.#words.venue(client);
  }
}

/**
 * What every response of the routes tells the browser, for pages of your own: no caching, no referrer, and a content security
 * policy that allows no inline script or style, and forms that lead to you and to the clients' exchanges.
 */
export function securityHeaders(connections: Connections): Readonly<Record<string, string>> {
  return { ...guardOf([...partsOf(connections).clients.values()]).headers };
}
