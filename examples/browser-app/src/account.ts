// One account: what its owner can do, and what is said of it. What the backend says counts, until something happens in
// this page that the backend can't know.
import * as api from "./api";
import { type Action, Card } from "./card";
import { type Callback, begun, keep, NOTHING_UNDER_WAY } from "./session";
import { TITLE, type Venue } from "./venues";
import { type Problem, RECOVER, say, whatHappened } from "./words";

/** How to connect: where the exchange opens, and who begins. */
export interface Manner {
  readonly where: "window" | "tab";
  readonly who: "backend" | "page";
}

interface Note {
  readonly state: api.State | "busy";
  readonly text: string;
  readonly actions?: readonly Action[];
}

/** What an account needs of the page around it. */
export interface Surroundings {
  readonly manner: () => Manner;
  /** Look at the backend's word soon. */
  readonly lookAgain: () => void;
  /** Tell the other windows that the exchange's answer is here, and what came of it where that is a problem. */
  readonly tellOthers: (venue: Venue, problem?: string) => void;
}

export class Account {
  readonly #card: Card;
  #standing: api.Standing | undefined;
  #note: Note | undefined;
  /** The exchange's. Whether it is still open can't be asked: a browser may cut it off, and then calls it closed. */
  #window: Window | undefined;
  #busy = false;

  constructor(
    readonly venue: Venue,
    place: HTMLElement,
    readonly around: Surroundings,
  ) {
    this.#card = new Card(venue, place);
    this.#draw();
  }

  /** Whether something may happen without a click. */
  get moves(): boolean {
    return ["pending", "working"].includes(this.#standing?.state ?? "");
  }

  /** The backend's word; none where it is not set up for this exchange. */
  stands(standing: api.Standing | undefined): void {
    this.#card.hide(standing === undefined);
    if (standing === undefined) return;
    // Where it has got further, what was said before is out of date.
    const changed = this.#standing && this.#standing.state !== standing.state;
    if (!this.#busy && (changed || this.#note?.state === "busy")) this.#note = undefined;
    this.#standing = standing;
    this.#draw();
  }

  /** Another window has delivered the exchange's answer, or could not. Returns whether it can leave the rest to us. */
  isBack(problem: string | undefined): boolean {
    if (problem && !this.#window) return false; // we have not opened it: it says so itself
    this.#window = undefined;
    this.#note = problem ? { state: "attention", text: problem } : undefined;
    this.#draw();
    return true;
  }

  /** This page is here (again) without an answer. */
  hasReturned(): void {
    // For the exchange's answer to what this page has begun.
    if ((begun(this.venue)?.expiresAtMs ?? 0) > Date.now()) this.#note = { state: "pending", text: say("waiting", this.venue) };
    this.#draw();
  }

  /** To whoever has begun: this page, or the backend. Asked again, after a reload, it does no harm. */
  deliver(callback: Callback): Promise<void> {
    return this.#once("delivering", async () => {
      try {
        if (begun(this.venue)) {
          const page = await import("./page-begins");
          await api.handOff(this.venue, await page.finish(this.venue, callback.url));
        } else {
          await api.deliverCallback(this.venue, callback.url);
        }
        keep(NOTHING_UNDER_WAY);
        this.around.tellOthers(this.venue);
      } catch (error) {
        const { kind, code } = error as Problem;
        const text = whatHappened(error, this.venue);
        if (kind === undefined || kind === "" || kind === "unavailable") {
          // Nobody has said no: the backend was away or busy, something else answered, or a part of this page did not load.
          const again = { label: "Try again", style: "primary", run: () => this.deliver(callback) } as const;
          return { state: "attention", text, actions: [again] };
        }
        const isKnown = code === "superseded"; // the backend has had it already
        // A callback that was not ours: what this page has begun still waits.
        keep(kind === "rejected" && !isKnown ? { callback: undefined } : NOTHING_UNDER_WAY);
        this.around.tellOthers(this.venue, isKnown ? undefined : text);
        if (!isKnown) return { state: "attention", text };
      }
    });
  }

  async #connect(manner: Manner): Promise<void> {
    if (this.#busy) return;
    // At once, while the browser knows that this is a click: later it would refuse.
    const target = manner.where === "tab" ? window : this.#openWindow();
    await this.#once("opening", async () => {
      if (target === null) {
        const label = `Open ${TITLE[this.venue]} in this tab`;
        const here: Action = { label, style: "primary", run: () => this.#connect({ ...manner, where: "tab" }) };
        return { state: "attention", text: say("blocked", this.venue), actions: [here, this.#dismiss()] };
      }
      try {
        keep({ ...NOTHING_UNDER_WAY, ...(target !== window && { isPopup: true }) }, target.sessionStorage);
        const url = manner.who === "backend" ? await api.connect(this.venue) : await this.#begin(target.sessionStorage);
        target.location.assign(url);
        return manner.who === "page" ? { state: "pending", text: say("waiting", this.venue) } : undefined;
      } catch (error) {
        this.#closeWindow();
        return this.#refused(error, manner);
      }
    });
  }

  async #begin(storage: Storage): Promise<string> {
    return (await import("./page-begins")).begin(this.venue, storage);
  }

  #refused(error: unknown, manner: Manner): Note | undefined {
    const { code } = error as Problem;
    if (code === "superseded") return undefined; // another window connects, and the backend says so
    const text = whatHappened(error, this.venue);
    if (code !== "redirect_not_supported") return { state: "attention", text };
    const label = `Connect ${TITLE[this.venue]} through our server`;
    const other: Action = { label, style: "primary", run: () => this.#connect({ ...manner, who: "backend" }) };
    return { state: "attention", text, actions: [other, this.#dismiss()] };
  }

  #openWindow(): Window | null {
    this.#closeWindow();
    const opened = window.open("about:blank", "_blank", "popup,width=560,height=780");
    if (opened === null) return null;
    // The exchange's page has no business with ours.
    opened.opener = null;
    opened.document.title = TITLE[this.venue];
    opened.document.body.textContent = say("opening", this.venue);
    this.#window = opened;
    return opened;
  }

  #closeWindow(): void {
    this.#window?.close();
    this.#window = undefined;
  }

  #stopWaiting(): Promise<void> {
    this.#closeWindow();
    keep(NOTHING_UNDER_WAY);
    return this.#callOff();
  }

  #callOff(): Promise<void> {
    return this.#ask(async () => {
      if (this.#standing?.state !== "none") await api.callOff(this.venue);
    });
  }

  /** Something that the backend does at once; its word then says what came of it. */
  #ask(what: () => Promise<unknown>): Promise<void> {
    return this.#once("loading", async () => {
      try {
        await what();
      } catch (error) {
        if ((error as Problem).code === "superseded") return; // it has gone on meanwhile
        return { state: "attention", text: whatHappened(error, this.venue) };
      }
    });
  }

  #askBeforeForgetting(): void {
    const forget: Action = { label: "Forget the key here", style: "danger", run: () => this.#ask(() => api.forget(this.venue)) };
    const actions = [forget, this.#dismiss("Keep it")];
    this.#note = { state: "notice", text: say("forgetting", this.venue), actions };
    this.#draw();
  }

  #dismiss(label = "Dismiss"): Action {
    const run = () => {
      this.#note = undefined;
      this.#draw();
    };
    return { label, run };
  }

  /** One thing at a time: a second click changes nothing. Then what `act` returns is said, else the backend's word. */
  async #once(doing: "loading" | "opening" | "delivering", act: () => Promise<Note | undefined | void>): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    this.#note = { state: "busy", text: say(doing, this.venue) };
    this.#draw();
    const note = await act();
    if (note) this.#note = note;
    this.#busy = false;
    this.#draw();
    this.around.lookAgain();
  }

  #draw(): void {
    const { state, text } = this.#note ?? this.#standing ?? { state: "busy", text: say("loading", this.venue) };
    const words = state === "none" || state === "connected" ? text || say(state, this.venue) : text;
    this.#card.show(state, words, this.#note?.actions ?? this.#actionsFor(state));
  }

  #actionsFor(state: Note["state"]): Action[] {
    const connect = (label: string, style?: "primary"): Action => {
      return { label, ...(style && { style }), run: () => this.#connect(this.around.manner()) };
    };
    const title = TITLE[this.venue];
    switch (state) {
      case "none":
        return [connect(`Connect ${title}`, "primary")];
      case "pending":
        return [connect(`Open ${title} again`), { label: "Stop waiting", run: () => this.#stopWaiting() }];
      case "connected":
        return [connect("Connect again"), { label: "Disconnect …", run: () => this.#askBeforeForgetting() }];
      case "attention":
      case "notice": {
        if (this.#note) return [connect("Start again", "primary"), this.#dismiss()];
        const label = RECOVER[this.#standing?.recovery ?? ""];
        const recover = { label, style: "primary", run: () => this.#ask(() => api.recover(this.venue)) } as const;
        const dismiss = { label: "Dismiss", run: () => this.#callOff() };
        if (label === undefined) return [connect("Start again", "primary"), dismiss];
        return [{ ...recover, label }, connect("Start again"), dismiss];
      }
      default:
        return [];
    }
  }
}
