// A person with a browser of their own: tabs that remember what went wrong, and everything that was shown in them.
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { PATIENCE_MS, watch } from "./browser.mjs";
import { approve } from "./stage.mjs";
import { secretsOf, traces } from "./secrets.mjs";
import { hasAddress, until } from "./until.mjs";

/** The cards of the backend's page, and the buttons on them. */
export const card = (page, venue) => page.locator(`#connection-${venue.name}`);
export const inState = (page, venue, state) => page.locator(`#connection-${venue.name}[data-state=${state}]`).waitFor();
export const button = (page, venue, name) => card(page, venue).getByRole("button", { name, exact: false });
/** How long the last bytes of a page are waited for, which may never come. */
const NEVER_MS = 60_000;
const consentForm = (page) => page.getByRole("button", { name: "Approve" });

/** Runs `body` with a person; afterwards nothing may have gone wrong in any of their tabs but what is `expected`. */
export async function useABrowser(house, body, { browser = house.browser, expected, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const tabs = [];
  const said = [];
  const shown = [];
  context.on("page", (page) => {
    tabs.push([page, watch(page)]);
    page.on("console", (message) => said.push(message.text()));
    page.on("response", (response) => {
      if (!response.url().startsWith(house.home) || response.status() >= 300) return;
      // A page that is left at once can't be read any more, or never; the test counts those that could.
      const text = response.text().catch(() => "");
      // An app's backend has to tell it where the exchange asks, and `state` is in there.
      const without = (html) => html.replace(/"authorize_url": ?"[^"]+"/, "");
      shown.push(text.then((html) => ({ path: new URL(response.url()).pathname, html: without(html) })));
    });
  });

  const person = {
    context,
    /** A new tab. */
    open: async (url = house.home) => {
      const page = await context.newPage();
      await page.goto(url);
      return page;
    },
    /** From the backend's page to the exchange's. */
    ask: async (page, venue, name = `Connect ${venue.title}`) => {
      await button(page, venue, name).click();
      await consentForm(page).waitFor();
    },
    connect: async (page, venue, name) => {
      await person.ask(page, venue, name);
      await approve(page);
      await person.connected(page, venue);
    },
    /** Back on the backend's page, which has come this far by itself. */
    connected: async (page, venue) => {
      await inState(page, venue, "connected");
      await hasAddress(page, house.home, "the callback has left the address bar");
    },
    /** Approves, and returns the callback's address instead of going there, as if the browser had stopped just then. */
    callbackOf: async (page) => {
      let caught;
      const url = new Promise((resolve) => (caught = resolve));
      const consent = (url) => url.pathname.endsWith("/consent");
      await page.route(consent, async (route) => {
        const reply = await route.fetch({ maxRedirects: 0 });
        caught(reply.headers().location);
        await route.fulfill({ status: 204 });
      });
      await approve(page);
      assert.ok((await url).startsWith(`${house.home}callback/`));
      await page.unroute(consent);
      return url;
    },
    /** Whether the key that is stored is the one the exchange knows. The values stay out of messages. */
    assertStoredKeyIsRight: async (venue) => {
      const session = (await context.cookies(house.home)).find(({ name }) => name === "session").value;
      const stored = house.stored(session, venue);
      const keys = (await house.sandbox.stateWithValues())[venue.name][venue.environment].keys;
      const [key, ...others] = keys.filter(({ exists }) => exists);
      assert.equal(others.length, 0, "one key at the exchange");
      assert.ok(stored?.api_secret?.length > 10, "a secret is stored");
      const same = venue.sameKey(stored, key);
      assert.ok(same, `${venue.name}: the stored key is the one that the exchange has`);
    },
    /** Looks through all the browser has had and has of the backend's. */
    assertNothingSecret: async () => {
      const places = { console: said.join("\n") };
      // By now whatever can be read has come, but for the last bytes of it.
      const never = delay(NEVER_MS, { path: "", html: "" }, { ref: false });
      const pages = await Promise.all(shown.map((page) => Promise.race([page, never])));
      const read = pages.filter(({ html }) => html.includes("Connected accounts"));
      assert.ok(read.length >= 2, "the pages could be read");
      const standing = () => tabs.map(([page]) => page.url()).filter((url) => url.startsWith(`${house.home}callback/`));
      await until(() => assert.deepEqual(standing(), [], "no page stands at a callback's address"));
      for (const { path, html } of pages) places[`page ${path}`] = `${places[`page ${path}`] ?? ""}${html}`;
      for (const [page] of tabs.filter(([tab]) => !tab.isClosed())) {
        places["page now"] = `${places["page now"] ?? ""}${await page.content()}`;
        places.history = `${places.history ?? ""}${await historyOf(page)}`;
        if (page.url().startsWith(house.home)) {
          places["script's reach"] = `${places["script's reach"] ?? ""}${await page.evaluate(inScriptsReach)}`;
        }
      }
      assert.ok(places.history.includes(house.home), "the history could be read");
      const secrets = await secretsOf(house.sandbox);
      assert.ok(secrets.size >= 6, "there are secrets to look for");
      assert.deepEqual(traces(secrets, places), []);
    },
  };

  try {
    await body(person);
    const wrong = tabs.flatMap(([, problems]) => problems).filter((problem) => !expected?.test(problem));
    assert.deepEqual(wrong, [], "nothing went wrong on the pages");
    assert.deepEqual(await house.sandbox.violations(), [], "the exchange was sent nothing undocumented");
  } finally {
    await context.close();
  }
}

/** In the page. By number, because an entry may be called like a method, which hides it. */
function inScriptsReach() {
  const entries = (kept) => Array.from({ length: kept.length }, (_, n) => [kept.key(n), kept.getItem(kept.key(n))]);
  return JSON.stringify([entries(localStorage), entries(sessionStorage), document.cookie, document.referrer]);
}

async function historyOf(page) {
  const session = await page.context().newCDPSession(page);
  const { entries } = await session.send("Page.getNavigationHistory");
  await session.detach();
  // Without what was typed into the address bar: some tests type a callback's address there.
  return JSON.stringify(entries.map(({ url, title }) => [url, title]));
}
