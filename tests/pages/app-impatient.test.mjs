// examples/browser-app where things don't go as planned: a plain sentence, a way on, and one code exchange.
import assert from "node:assert/strict";
import { ask, assertNothingLeft, choose, isGone, WAYS, withEachBackend } from "./support/app.mjs";
import { inspect } from "./support/checks.mjs";
import { button, card, inState } from "./support/person.mjs";
import { approve } from "./support/stage.mjs";
import { hasAddress, until } from "./support/until.mjs";
import { BYBIT, VENUES, WHITEBIT } from "./support/venues.mjs";

// Of what is the same for both exchanges, one is enough.
const OF_WHITEBIT = WAYS.filter(({ venue }) => venue === WHITEBIT);
const IN_TABS = WAYS.filter(({ where }) => where === "tab");
const IN_WINDOWS = OF_WHITEBIT.filter(({ where }) => where === "window");
/** Fifteen minutes, after which a consent has timed out, pass in 2.7 s. */
const HASTE = 0.003;

const decline = (page) => page.getByRole("button", { name: "Decline" }).click();

async function reads(page, venue, state, words) {
  await card(page, venue).getByText(words).waitFor();
  await inState(page, venue, state);
}

/** `go` leads to a request to this address. The first one is held back, or its answer is, until the page is left. */
async function held(page, address, what, go) {
  let first = true;
  const asked = new Promise((resolve) =>
    page.route(address, async (route) => {
      if (!first) return route.continue();
      first = false;
      if (what === "answer") await route.fetch();
      resolve();
    }),
  );
  await go();
  await asked;
}

/** Whatever is on its way is given up. A window of ours may close meanwhile. */
async function reload(page) {
  await page.reload().catch((error) => assert.match(error.message, /ERR_ABORTED|been closed/));
}

/** These backends know a user by the session that the first answer brings, and here that answer may be the lost one. */
function logIn(page) {
  const [method, headers] = ["POST", { "content-type": "application/json" }];
  const body = JSON.stringify({ venue: "bybit", goal: "api_key" });
  return page.evaluate((init) => fetch("/api/connections", init).then(() => {}), { method, headers, body });
}

withEachBackend((house, { name: backend }, test) => {
  const assertConnected = async (person, page, venue) => {
    await person.connected(page, venue);
    await house.assertOneExchange(venue);
    await person.assertStoredKeyIsRight(venue);
  };
  const again = async (person, page, way, name = "Start again") => {
    await approve(await ask(page, way, name));
    await assertConnected(person, page, way.venue);
  };

  for (const way of WAYS) {
    const { venue, where, who } = way;
    test(`${way.name}: declined, the person reads so and connects after all`, () =>
      house.person(async (person) => {
        await house.sandbox.knobs({ [venue.name]: { [venue.declineKnob]: "error" } });
        const page = await person.open();
        const exchange = await ask(page, way);
        await decline(exchange);
        await reads(page, venue, "attention", /You said no at .*Nothing was shared/);
        if (where === "window") await isGone(exchange);
        await hasAddress(page, house.home);
        assert.deepEqual(await house.exchangedCodes(), []);
        if (who === "page" && where === "tab") await inspect(page, `app-${backend}-declined`);
        await again(person, page, way);
        await assertNothingLeft(person, page, venue);
      }));

  }

  for (const way of OF_WHITEBIT) {
    const { venue, where, who } = way;
    test(`${way.name}: a double click connects once`, () =>
      house.person(async (person) => {
        const page = await person.open();
        await choose(page, way);
        const begun = [];
        page.on("request", (request) => {
          if (request.method() === "POST" && request.url().endsWith("/api/connections")) begun.push(request);
        });
        const opened = where === "window" ? person.context.waitForEvent("page") : page;
        // What the first click asks for comes after the second one, however late that is.
        let over;
        const twice = new Promise((resolve) => (over = resolve));
        const asked = who === "backend" ? "**/api/connections" : /page-begins/;
        await page.route(asked, (route) => twice.then(() => route.fallback()));
        await button(page, venue, "Connect").dblclick({ delay: 20, noWaitAfter: true });
        over();
        await approve(await opened);
        await assertConnected(person, page, venue);
        if (where === "window") await isGone(await opened);
        await until(() => assert.equal(person.context.pages().length, 1, "windows"));
        assert.equal(begun.length, who === "backend" ? 1 : 0);
      }));

    const delivery = who === "backend" ? "**/api/callbacks" : "**/api/hand-offs";
    const lost = [[delivery, "request"], [delivery, "answer"]];
    if (who === "page") lost.push(["**/*.wasm", "request"]);
    for (const [address, what] of lost) {
      test(`${way.name}: reloaded while the answer is delivered (${address}, no ${what}), all is done, once`, () =>
        house.person(
          async (person) => {
            const page = await person.open();
            if (what === "answer") await logIn(page);
            const exchange = await ask(page, way);
            await held(exchange, address, what, () => approve(exchange));
            // Who is held back does nothing more: what is so now was so before.
            await hasAddress(exchange, house.home, "the code has left the address bar before anything else");
            await reload(exchange);
            await assertConnected(person, page, venue);
            if (where === "window") await isGone(exchange);
            await assertNothingLeft(person, page, venue);
          },
          // A hand-off that is here already.
          { expected: /status of 409/ },
        ));
    }
  }

  for (const way of IN_WINDOWS) {
    const { venue } = way;
    test(`${way.name}: the window is closed, the page says what then; opened again, it goes on`, () =>
      house.person(async (person) => {
        const page = await person.open();
        await (await ask(page, way)).close();
        await reads(page, venue, "pending", /closed its page.*(open it again|start again) or stop waiting/);
        await inspect(page, `app-${backend}-window-closed`);
        await (await ask(page, way, `Open ${venue.title} again`)).close();
        await reads(page, venue, "pending", /closed its page/);
        await button(page, venue, "Stop waiting").click();
        await inState(page, venue, "none");
        await again(person, page, way, `Connect ${venue.title}`);
      }));

    test(`${way.name}: the browser opens no window, and this tab will do`, () =>
      house.person(
        async (person) => {
          const page = await person.context.newPage();
          await page.route(house.home, async (route) => {
            const response = await route.fetch();
            const policy = response.headers()["content-security-policy"];
            // A frame's rule that keeps windows closed; a browser that blocks them answers the page alike.
            const closed = `${policy}; sandbox allow-scripts allow-same-origin allow-forms`;
            await route.fulfill({ response, headers: { ...response.headers(), "content-security-policy": closed } });
          });
          await page.goto(house.home);
          await choose(page, way);
          await button(page, venue, "Connect").click();
          await reads(page, venue, "attention", /did not open a window/);
          await button(page, venue, `Open ${venue.title} in this tab`).click();
          await approve(page);
          await assertConnected(person, page, venue);
        },
        { expected: /Blocked opening 'about:blank'|An iframe which has both/ },
      ));

    test(`${way.name}: the page that opened the window is gone, and the window goes on in its place`, () =>
      house.person(async (person) => {
        const page = await person.open();
        const exchange = await ask(page, way);
        await page.close();
        await approve(exchange);
        await assertConnected(person, exchange, venue);
      }));
  }

  for (const way of IN_TABS) {
    const { venue, who } = way;
    test(`${way.name}: back from the exchange, the page waits; forward again, it goes on`, () =>
      house.person(async (person) => {
        const page = await person.open();
        await ask(page, way);
        await page.goBack();
        await reads(page, venue, "pending", `Waiting for you at ${venue.title}`);
        await page.goForward();
        await approve(page);
        await assertConnected(person, page, venue);
        await page.goBack();
        await page.getByRole("heading", { name: "This request is no longer open" }).waitFor();
        await page.goForward();
        await assertConnected(person, page, venue);
      }));

    test(`${way.name}: back from the exchange, stopped, the late answer is told of and changes nothing`, () =>
      house.person(async (person) => {
        const page = await person.open();
        const exchange = await ask(page, way);
        const late = exchange.url();
        await page.goBack();
        await button(page, venue, "Stop waiting").click();
        await inState(page, venue, "none");
        await page.goto(late);
        await approve(page);
        await reads(page, venue, "attention", /Nothing here waits for/);
        assert.deepEqual(await house.exchangedCodes(), []);
        await button(page, venue, "Dismiss").click();
        await inState(page, venue, "none");
      }, { expected: /status of 404/ }));

    test(`${way.name}: begun a second time, the older consent is refused and the newer one counts`, () =>
      house.person(async (person) => {
        const page = await person.open();
        await ask(page, way);
        const older = page.url();
        await page.goBack();
        await ask(page, way, `Open ${venue.title} again`);
        await page.goto(older);
        await approve(page);
        await reads(page, venue, "attention", /not the answer from .* that we wait for/);
        assert.deepEqual(await house.exchangedCodes(), []);
        await page.reload();
        await reads(page, venue, "pending", `Waiting for you at ${venue.title}`);
      }, { expected: /status of 400/ }));

    test(`${way.name}: too late, the person reads so and connects after all`, () =>
      house.person(async (person) => {
        const page = await person.open();
        await ask(page, way);
        if (who === "page") await person.context.clock.setFixedTime(Date.now() + 16 * 60_000);
        else await house.restart(HASTE);
        if (who === "page") await approve(page);
        else await page.goBack();
        await reads(page, venue, "attention", /c[ao]me back .*(too late|in time)/);
        if (who === "page") await person.context.clock.setFixedTime(Date.now());
        else await house.restart();
        await house.sandbox.reset(); // where this consent has made a key, which would be in the way
        await again(person, page, way);
      }));

    test(`${way.name}: our server is away when the answer comes; it is delivered later`, () =>
      house.person(async (person) => {
        const page = await person.open();
        await ask(page, way);
        await house.without(async () => {
          await approve(page);
          await reads(page, venue, "attention", /Our server did not answer. Nothing is lost/);
          await page.getByText("Our server does not answer just now").waitFor();
          await inspect(page, `app-${backend}-unreachable`);
          await button(page, venue, "Try again").click();
          await reads(page, venue, "attention", /Our server did not answer/);
        });
        await button(page, venue, "Try again").click();
        await assertConnected(person, page, venue);
        await assertNothingLeft(person, page, venue);
      }, { expected: /status of 50[0-9]/ }));
  }

  for (const venue of VENUES) {
    test(`${venue.name}: the callback opened in two tabs at once is exchanged once, and every tab gets there`, () =>
      house.person(async (person) => {
        const page = await person.open();
        const bystander = await person.open();
        await ask(page, { venue, where: "tab", who: "backend" });
        const callback = await person.callbackOf(page);
        const tabs = await Promise.all([person.open(callback), person.open(callback)]);
        for (const tab of [...tabs, bystander]) await assertConnected(person, tab, venue);
      }));

    test(`${venue.name}: another browser gets nowhere with someone's callback, and the rightful one does`, () =>
      house.person(async (person) => {
        const page = await person.open();
        await ask(page, { venue, where: "tab", who: "backend" });
        const callback = await person.callbackOf(page);
        await house.person(
          async (stranger) => {
            const foreign = await stranger.open(callback);
            await reads(foreign, venue, "attention", /Nothing here waits for .*you began in another browser/);
            await inspect(foreign, `app-${backend}-nothing-waits`);
          },
          { expected: /status of 404/ },
        );
        assert.deepEqual(await house.exchangedCodes(), []);
        await page.goto(callback);
        await assertConnected(person, page, venue);
      }));
  }

  test("who stops connecting anew keeps the account there is", () =>
    house.person(async (person) => {
      const page = await person.open();
      const way = { venue: BYBIT, where: "tab", who: "backend" };
      await approve(await ask(page, way));
      await assertConnected(person, page, BYBIT);
      await ask(page, way, "Connect again");
      await page.goBack();
      await inState(page, BYBIT, "pending");
      await button(page, BYBIT, "Stop waiting").click();
      await assertConnected(person, page, BYBIT);
    }));

  test("a callback of what a page has begun does nothing in another tab, which does not have it", () =>
    house.person(
      async (person) => {
        const page = await person.open();
        await ask(page, { venue: WHITEBIT, where: "tab", who: "page" });
        const callback = await person.callbackOf(page);
        const other = await person.open(callback);
        await reads(other, WHITEBIT, "attention", /Nothing here waits for/);
        await page.goto(callback);
        await assertConnected(person, page, WHITEBIT);
      },
      { expected: /status of 404/ },
    ));
});
