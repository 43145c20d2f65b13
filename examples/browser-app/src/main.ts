import { Account, type Manner } from "./account";
import * as api from "./api";
import { kept, takeCallback } from "./session";
import { VENUES, type Venue } from "./venues";
import { UNREACHABLE } from "./words";

// First of all: from here on no address, history entry or reload has the code.
const callback = takeCallback();

interface Message {
  /** The exchange's answer is here; or: another window goes on from there. */
  readonly kind: "back" | "noted";
  readonly venue: Venue;
  readonly problem?: string;
}

// By the browser, not by `opener`: an exchange's page may cut its window off from the one that opened it.
const windows = new BroadcastChannel("accounts");

const form = document.querySelector<HTMLFormElement>("#manner")!;
const trouble = document.querySelector<HTMLElement>("#trouble")!;
const place = document.querySelector<HTMLElement>("#accounts")!;

const around = {
  manner: () => Object.fromEntries(new FormData(form)) as unknown as Manner,
  lookAgain: () => {
    pause = SHORTEST_MS;
    void look();
  },
  tellOthers: (venue: Venue, problem?: string) => {
    windows.postMessage({ kind: "back", venue, ...(problem && { problem }) } satisfies Message);
  },
};

const SHORTEST_MS = 200;
const LONGEST_MS = 1500;
let pause = SHORTEST_MS;
let timer: ReturnType<typeof setTimeout> | undefined;
let looks = 0;

/** Asks the backend where things stand, and asks again as long as something may change by itself. */
async function look(): Promise<void> {
  clearTimeout(timer);
  const mine = ++looks;
  let reached = true;
  try {
    const standings = await api.standings();
    if (mine !== looks) return; // a newer question is on its way
    for (const account of accounts) account.stands(standings[account.venue]);
  } catch {
    reached = false;
  }
  if (mine !== looks) return;
  trouble.textContent = reached ? "" : UNREACHABLE;
  // Soon at first, since most connections take no longer.
  pause = Math.min(pause * 1.5, LONGEST_MS);
  if (!reached || accounts.some((account) => account.moves)) timer = setTimeout(look, pause);
}

const accounts = VENUES.map((venue) => new Account(venue, place, around));
const accountOf = (venue: Venue) => accounts.find((account) => account.venue === venue)!;

windows.addEventListener("message", ({ data }: MessageEvent<Message>) => {
  if (data.kind === "noted") {
    // The window that the exchange was in has done its work, and its opener shows what came of it.
    if (kept().isPopup && callback?.venue === data.venue) window.close();
    return;
  }
  const noted = accountOf(data.venue).isBack(data.problem);
  if (noted) windows.postMessage({ kind: "noted", venue: data.venue } satisfies Message);
  around.lookAgain();
});

// Back from the exchange by the browser's own button, perhaps to a page that was kept as it was; or from another tab.
addEventListener("pageshow", () => {
  for (const account of accounts) if (account.venue !== callback?.venue) account.hasReturned();
  around.lookAgain();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) around.lookAgain();
});

if (callback) void accountOf(callback.venue).deliver(callback);
