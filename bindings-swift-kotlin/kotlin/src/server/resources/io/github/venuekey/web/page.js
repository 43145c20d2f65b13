"use strict";
// Keeps the page current while something is under way, and opens the exchange in a pop-up where the page asks for that.
(() => {
  const root = document.querySelector(".venuekey");
  const cards = () => [...root.querySelectorAll("[data-state]")];

  // A click that leads away has a reply to wait for, and a reload would throw that away.
  let leaving = false;
  addEventListener("pageshow", () => (leaving = false));
  addEventListener("submit", ({ target: form }) => {
    if ("popup" in form.dataset) {
      const opened = open("", "venuekey", "popup,width=520,height=760");
      // Where the browser has blocked it, the exchange's page comes here.
      form.target = opened ? "venuekey" : "";
      form.elements.popup.value = opened ? "1" : "";
      opened?.focus();
    }
    if (form.target) watch();
    else leaving = true;
  });

  let timer;
  let pause;
  function watch() {
    clearTimeout(timer);
    pause = 200;
    timer = setTimeout(look, pause);
  }

  async function look() {
    try {
      const reply = await fetch(location.href, { headers: { accept: "application/json" } });
      const told = await reply.json();
      if (!leaving && reply.ok) show(told.connections ?? [told]);
    } catch {
      // The network or the server is away for a moment. What has begun goes on without this page; so does this.
    }
    pause = Math.min(pause * 1.5, 3000);
    timer = setTimeout(look, pause);
  }

  function show(connections) {
    const shown = connections.filter((each) => each.shown);
    const now = cards();
    const same = shown.length === now.length && shown.every((each, at) => now[at].id === `connection-${each.id}` && now[at].dataset.state === each.state);
    if (!same) {
      // Somebody who is typing or choosing goes on; the next look comes.
      if (!document.activeElement?.matches("input")) location.reload();
      return;
    }
    shown.forEach(({ text }, at) => {
      const line = now[at].querySelector("[data-text]");
      // The same words again would be read aloud again.
      if (line.textContent !== text) line.textContent = text;
    });
  }

  if (root.dataset.close !== undefined) window.close();
  if (root.dataset.watch !== undefined) watch();
})();
