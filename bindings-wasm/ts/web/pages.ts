// From views to HTML, by code alone: the same views give the same bytes in every language.
import { isBeside, isUnderWay, type Says, short, type Shown, type Words } from "./words.js";

/** Of one page: every link and form on it is made of these. */
export interface PagePlace {
  readonly mount: string;
  readonly csrf: string;
  readonly styleUrl: string;
  readonly scriptUrl: string;
  readonly popup: boolean;
  readonly layout: ((title: string, body: string) => string) | undefined;
}

interface Marks {
  readonly watches?: boolean;
  readonly closes?: boolean;
}

export class Page {
  readonly #words: Words;
  readonly #place: PagePlace;

  constructor(words: Words, place: PagePlace) {
    [this.#words, this.#place] = [words, place];
  }

  /** All of a user's, and what else can be connected. */
  connections(views: readonly Shown[], offered: readonly string[]): string {
    const told = views.map((view): [Shown, Says] => [view, this.#words.says(view)]);
    const body = told.filter(([, says]) => says.shown).map(([view, says]) => this.#card(view, says, true));
    if (body.length === 0) body.push(line("p", "soft", this.#words.text("page.connections.text")));
    body.push(...offered.map((client) => this.#offer(client)));
    return this.#whole(this.#words.text("page.connections.title"), body, { watches: told.some(([, says]) => says.moves) });
  }

  /** One of them. A pop-up that has done what it was for closes itself. */
  connection(view: Shown, closes: boolean): string {
    const says = this.#words.says(view);
    const body = [this.#card(view, says, false), this.#back()];
    if (closes) body.unshift(line("p", "soft", this.#words.text("page.pop_up.text")));
    return this.#whole(this.#words.text("page.connection.title", view.client), body, { watches: says.moves, closes });
  }

  /** A page for what is not a connection. */
  message(name: string, text = "", then = "", back = ""): string {
    const body = [line("p", "", text || this.#words.text(`page.${name}.text`))];
    if (then !== "") body.push(line("p", "then", then));
    return this.#whole(this.#words.text(`page.${name}.title`), [...body, this.#back(back)]);
  }

  #whole(title: string, body: readonly string[], { watches = false, closes = false }: Marks = {}): string {
    const { styleUrl, scriptUrl, layout } = this.#place;
    const assets =
      `<link rel="stylesheet" href="${escaped(styleUrl)}">\n<script src="${escaped(scriptUrl)}" defer></script>\n` +
      (watches ? '<noscript><meta http-equiv="refresh" content="3"></noscript>\n' : "");
    const marks = (watches ? " data-watch" : "") + (closes ? " data-close" : "");
    const main = `<h1>${escaped(title)}</h1>\n${body.join("")}`;
    if (layout !== undefined) return layout(title, `${assets}<div class="venuekey"${marks}>\n${main}</div>\n`);
    return (
      `<!doctype html>\n<html lang="${escaped(this.#words.texts["lang"] ?? "en")}">\n<head>\n<meta charset="utf-8">\n` +
      '<meta name="viewport" content="width=device-width, initial-scale=1">\n' +
      `<title>${escaped(title)}</title>\n${assets}</head>\n` +
      `<body class="venuekey-page">\n<main class="venuekey"${marks}>\n${main}</main>\n</body>\n</html>\n`
    );
  }

  #card(view: Shown, says: Says, hasHeading: boolean): string {
    const [venue, environment] = [this.#words.venue(view.client), this.#words.environment(view)];
    const place = environment === "" ? venue : `${venue} ${environment}`;
    const title = view.label === undefined ? place : `${place}: ${view.label}`;
    const named = hasHeading ? `aria-labelledby="title-${view.id}"` : `aria-label="${escaped(title)}"`;
    const head = hasHeading ? `<h2 id="title-${view.id}">${escaped(title)}</h2>` : "";
    const badge = ["badge", says.style].filter(Boolean).join(" ");
    const then = says.then === "" ? "" : line("p", "then", says.then);
    const [facts, asked] = [this.#facts(view), this.#choices(view) + this.#paste(view)];
    return [
      `<article class="card" id="connection-${view.id}" data-state="${escaped(says.state)}" ${named}>\n`,
      `<div class="head">${head}<span class="${badge}">${escaped(says.label)}</span></div>\n`,
      `<div role="status"><p data-text>${escaped(says.text)}</p></div>\n`,
      isBeside(view)
        ? `${facts}<div class="attempt">\n${then}${asked}${buttons(this.#attemptActions(view))}</div>\n`
        : then + facts + asked,
      buttons(this.#actions(view)),
      "</article>\n",
    ].join("");
  }

  #facts({ status, uid, keyId }: Shown): string {
    if (status === "ended") return "";
    const facts = Object.entries({ uid, key: keyId && short(keyId) }).flatMap(([name, value]) => {
      if (value === undefined) return [];
      return [`<dt>${escaped(this.#words.text(`label.${name}`))}</dt><dd><code>${escaped(value)}</code></dd>\n`];
    });
    return facts.length === 0 ? "" : `<dl>\n${facts.join("")}</dl>\n`;
  }

  #choices({ id, client, choices }: Shown): string {
    if (choices === undefined) return "";
    const options = choices.subaccounts.map((each): [string, string] => [each.id, each.nickname || each.id]);
    if (choices.mayCreate) options.push(["create", this.#words.text("button.create_account", client)]);
    const boxes = options.map(
      ([value, name]) =>
        `<label class="choice"><input type="radio" name="account_id" value="${escaped(value)}" required><span>${escaped(name)}</span></label>\n`,
    );
    const legend = `<legend class="unseen">${escaped(this.#words.text("label.account"))}</legend>\n`;
    const button = this.#button("choose", client, "primary");
    return this.#form(`/choose/${id}`, `<fieldset>\n${legend}${boxes.join("")}</fieldset>\n${button}`);
  }

  #paste(view: Shown): string {
    if (!this.#words.pastes(view)) return "";
    const field =
      `<label class="field">${escaped(this.#words.text("label.code", view.client))}\n` +
      `<input id="code-${view.id}" name="code" required autocomplete="off" autocapitalize="off" spellcheck="false"></label>\n`;
    return this.#form(`/paste/${view.id}`, field + this.#button("paste", view.client));
  }

  #actions(view: Shown): string[] {
    const { id, client, status } = view;
    if (status === "ended" || view.intent !== undefined) return [];
    // Without an id there is nothing that a button could name.
    if (status === "quarantined" && id === "") return [];
    if (status === "quarantined") return [this.#form(`/disconnect/${id}`, this.#button("remove", client))];
    if (status === "awaiting_user") return this.#waiting(view);
    const isFailed = view.attempt?.status === "failed";
    const actions = isBeside(view) ? [] : this.#recover(view);
    const isFirst = status === "needs_user" && actions.length === 0 && !this.#words.isOurs(view);
    if (status !== "working" && (isFailed || !isBeside(view))) actions.push(this.#reconnect(view, isFirst ? "primary" : ""));
    // Nothing is lost with an attempt that has brought nothing and can't go on.
    const isNothing = status === "needs_user" && isFailed && view.keyId === undefined && view.recovery === undefined;
    return [...actions, isNothing ? this.#cancel(view, "dismiss") : this.#disconnect(view)];
  }

  /** Of an attempt in front of an account that works. */
  #attemptActions(view: Shown): string[] {
    if (view.attempt?.status === "failed") return [...this.#recover(view), this.#cancel(view, "dismiss")];
    return isUnderWay(view) ? [] : this.#waiting(view);
  }

  #waiting(view: Shown): string[] {
    const { id, client } = view;
    const goOn = () => this.#leave(`/reconnect/${id}`, client, this.#button("continue", client, "primary"));
    return [...(view.authorizeUrl === undefined ? [] : [goOn()]), this.#cancel(view, "stop")];
  }

  #recover({ id, client, recovery }: Shown): string[] {
    const name = `recovery.${recovery}.button`;
    if (recovery === undefined || !this.#words.has(name)) return [];
    return [this.#form(`/recover/${id}`, this.#button(name, client, "primary"))];
  }

  /** Calls the attempt off, and nothing that works. */
  #cancel({ id, client }: Shown, button: string): string {
    return this.#form(`/cancel/${id}`, this.#button(button, client));
  }

  #reconnect({ id, client, replacesKey }: Shown, style: string): string {
    const path = `/reconnect/${id}`;
    if (!replacesKey) return this.#leave(path, client, this.#button("reconnect", client, style));
    const form = this.#leave(path, client, this.#button("confirm_reconnect", client, "danger"));
    return this.#details("reconnect", client, this.#words.text("about.replaces_key", client), form);
  }

  #disconnect({ id, client, keyId }: Shown): string {
    let [explain, inside] = [this.#words.text("disconnect.explain", client), ""];
    if (keyId !== undefined && this.#words.clients.get(client)?.supports("delete_key") === true) {
      explain += ` ${this.#words.text("disconnect.delete_key", client)}`;
      inside =
        '<label class="choice"><input type="checkbox" name="delete_key" value="1">' +
        `<span>${escaped(this.#words.text("label.delete_key", client))}</span></label>\n`;
    } else if (keyId !== undefined) {
      explain += ` ${this.#words.text("disconnect.keep_key", client)}`;
    }
    const button = this.#button("confirm_disconnect", client, "danger");
    return this.#details("disconnect", client, explain, this.#form(`/disconnect/${id}`, inside + button));
  }

  #offer(client: string): string {
    const [venue, environment] = [this.#words.venue(client), this.#words.environment(this.#words.clients.get(client)!)];
    const title = environment === "" ? venue : `${venue} ${environment}`;
    const form = this.#leave(`/connect/${encodeURIComponent(client)}`, client, this.#button("connect", client, "primary"));
    return (
      `<article class="card" aria-label="${escaped(title)}">\n` +
      `<div class="head"><h2>${escaped(title)}</h2></div>\n` +
      line("p", "soft", this.#words.text("about.unapproved", client)) +
      `<div class="actions">\n${form}</div>\n</article>\n`
    );
  }

  #form(path: string, inside: string, more = ""): string {
    const { mount, csrf } = this.#place;
    const token = `<input type="hidden" name="csrf" value="${escaped(csrf)}">`;
    return `<form method="post" action="${escaped(mount + path)}"${more}>${token}\n${inside}</form>\n`;
  }

  /** A form whose answer leads to the exchange: in another tab where the user comes back with a code by hand. */
  #leave(path: string, client: string, button: string): string {
    if (this.#words.showsCode(client)) return this.#form(path, button, ' target="_blank"');
    if (!this.#place.popup) return this.#form(path, button);
    return this.#form(path, `<input type="hidden" name="popup" value="">\n${button}`, " data-popup");
  }

  #button(name: string, client: string, style = ""): string {
    return `<button${style === "" ? "" : ` class="${style}"`}>${this.#label(name, client)}</button>\n`;
  }

  #details(name: string, client: string, text: string, form: string): string {
    return `<details>\n<summary>${this.#label(name, client)}</summary>\n${line("p", "", text)}${form}</details>\n`;
  }

  /** A button's words; those who hear only these hear which exchange it is about. */
  #label(name: string, client: string): string {
    const label = this.#words.text(name.includes(".") ? name : `button.${name}`, client);
    const venue = this.#words.venue(client);
    return escaped(label) + (label.includes(venue) ? "" : `<span class="unseen">: ${escaped(venue)}</span>`);
  }

  #back(to = ""): string {
    const href = escaped(this.#place.mount + (to || "/"));
    return `<p class="actions"><a class="button" href="${href}">${escaped(this.#words.text("button.back"))}</a></p>\n`;
  }
}

function buttons(actions: readonly string[]): string {
  return actions.length === 0 ? "" : `<div class="actions">\n${actions.join("")}</div>\n`;
}

function line(tag: string, style: string, text: string): string {
  return `<${tag}${style === "" ? "" : ` class="${style}"`}>${escaped(text)}</${tag}>\n`;
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** As text and inside of an attribute's double quotes. */
function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => ESCAPES[letter]!);
}
