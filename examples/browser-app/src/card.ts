// One account on the page. It changes as little as it can: the same words again would be read aloud again, and a button
// that is replaced loses the focus.
import { TITLE, type Venue } from "./venues";

export interface Action {
  readonly label: string;
  readonly style?: "primary" | "danger";
  readonly run: () => unknown;
}

export class Card {
  readonly #section: HTMLElement;
  readonly #title: string;
  #actions: readonly Action[] = [];

  constructor(venue: Venue, place: HTMLElement) {
    const template = document.querySelector<HTMLTemplateElement>("#account")!;
    this.#section = template.content.querySelector("section")!.cloneNode(true) as HTMLElement;
    this.#title = TITLE[venue];
    this.#section.id = `connection-${venue}`;
    this.#part("h2").id = `${venue}-title`;
    this.#part("h2").textContent = this.#title;
    this.#section.setAttribute("aria-labelledby", `${venue}-title`);
    place.append(this.#section);
  }

  show(state: string, text: string, actions: readonly Action[]): void {
    this.#section.dataset["state"] = state;
    const line = this.#part(".text");
    if (line.textContent !== text) line.textContent = text;
    const same = actions.length === this.#actions.length && actions.every((a, n) => a.label === this.#actions[n]?.label);
    this.#actions = actions;
    if (!same) this.#drawButtons();
  }

  hide(hidden: boolean): void {
    this.#section.hidden = hidden;
  }

  #drawButtons(): void {
    const place = this.#part(".actions");
    const hadFocus = place.contains(document.activeElement);
    place.replaceChildren(...this.#actions.map((action, n) => this.#button(action, n)));
    if (hadFocus) (place.querySelector("button") ?? this.#part("h2")).focus();
  }

  #button({ label, style }: Action, n: number): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = style ?? "";
    button.textContent = label;
    if (!label.includes(this.#title)) {
      const whose = button.appendChild(document.createElement("span"));
      whose.className = "unseen";
      whose.textContent = `: ${this.#title}`;
    }
    button.addEventListener("click", () => this.#actions[n]?.run());
    return button;
  }

  #part(selector: string): HTMLElement {
    return this.#section.querySelector<HTMLElement>(selector)!;
  }
}
