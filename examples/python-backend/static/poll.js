"use strict";
// Keeps the status lines current; reloads the page once a connection has got somewhere.
const shown = () =>
  Object.fromEntries([...document.querySelectorAll("section[data-state]")].map((card) => [card.id, card.dataset.state]));

// A click that leads away has a reply to wait for, and a reload would throw that away: the exchange's page would not come.
let leaving = false;
document.addEventListener("submit", () => (leaving = true));
window.addEventListener("pageshow", () => (leaving = false));

// Soon at first, since most connections take no longer.
let pause = 200;
const lookAgain = () => setTimeout(look, (pause = Math.min(pause * 1.5, 1500)));

async function look() {
  try {
    const reply = await fetch("/api/connections", { headers: { accept: "application/json" } });
    const progress = await reply.json();
    const states = shown();
    for (const [venue, { state, text }] of leaving ? [] : Object.entries(progress)) {
      if (states[venue] !== state) return location.reload();
      const line = document.querySelector(`[data-progress="${venue}"]`);
      // Only what goes on has news. The same words again would be read aloud again.
      if (line && state === "working" && line.textContent !== text) line.textContent = text;
    }
  } catch {
    // The server restarts, perhaps. What had begun goes on; so does this.
  }
  lookAgain();
}
lookAgain();
