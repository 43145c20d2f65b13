// examples/browser-app, whole connections: either side begins, in a window of its own or in the same tab.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, assertNothingLeft, choose, isGone, WAYS, withEachBackend } from "./support/app.mjs";
import { inspect } from "./support/checks.mjs";
import { assertReachable, tabTo } from "./support/keyboard.mjs";
import { button, card, inState } from "./support/person.mjs";
import { approve, otpField } from "./support/stage.mjs";
import { hasCount, hasText, isTicked, until } from "./support/until.mjs";
import { BYBIT, CODE, VENUES, WHITEBIT } from "./support/venues.mjs";

async function inspectPage(page, name) {
  await hasCount(page.getByRole("heading", { level: 1 }), 1);
  await inspect(page, `app-${name}`);
  await assertReachable(page);
}

withEachBackend((house, { name: backend }, testInTurn) => {
  const assertConnected = async (person, page, venue) => {
    await person.connected(page, venue);
    await house.assertOneExchange(venue);
    await person.assertStoredKeyIsRight(venue);
  };

  for (const way of WAYS) {
    const { venue, where } = way;
    test(`${way.name}: connected, the key is right, nothing secret is left anywhere`, () =>
      house.person(async (person) => {
        const page = await person.open();
        await inState(page, venue, "none");
        const exchange = await ask(page, way);
        if (where === "window") await inState(page, venue, "pending");
        await approve(exchange);
        await assertConnected(person, page, venue);
        if (where === "window") await isGone(exchange);
        await assertNothingLeft(person, page, venue);
      }));
  }

  testInTurn("by keyboard alone; every state on the way is accessible", () =>
    house.person(async (person) => {
      const page = await person.open();
      await inState(page, WHITEBIT, "none");
      await inspectPage(page, `${backend}-home`);
      await tabTo(page, page.locator("input[value=window]"));
      await page.keyboard.press("ArrowDown");
      await isTicked(page.locator("input[value=tab]"));
      await page.keyboard.press("ArrowUp");
      await page.locator("#trouble").evaluate(() => document.activeElement.blur());
      await tabTo(page, button(page, BYBIT, "Connect"));
      const opening = person.context.waitForEvent("page");
      await page.keyboard.press("Enter");
      const exchange = await opening;
      await inState(page, BYBIT, "pending");
      await inspectPage(page, `${backend}-pending`);

      const goOn = await house.sandbox.keepsWaiting(BYBIT.keyEndpoint);
      await tabTo(exchange, otpField(exchange));
      await exchange.keyboard.type(CODE);
      await exchange.keyboard.press("Enter");
      await inState(page, BYBIT, "working");
      await hasCount(card(page, BYBIT).getByRole("button"), 0);
      await goOn();
      await assertConnected(person, page, BYBIT);
      await inspectPage(page, `${backend}-connected`);

      await tabTo(page, button(page, BYBIT, "Disconnect"));
      await page.keyboard.press("Enter");
      await hasText(card(page, BYBIT), /stays until you delete it yourself/);
      const focused = () => page.evaluate(() => document.activeElement.textContent);
      await until(async () => assert.match(await focused(), /^Forget the key here/, "the focus stays here"));
      await inspectPage(page, `${backend}-disconnecting`);
      await tabTo(page, button(page, BYBIT, "Keep it"));
      await page.keyboard.press("Enter");
      await button(page, BYBIT, "Disconnect").click();
      await button(page, BYBIT, "Forget the key here").click();
      await inState(page, BYBIT, "none");
    }));

  testInTurn("progress is told in a live region, and the same words are not told twice", () =>
    house.person(async (person) => {
      const page = await person.open();
      const line = card(page, WHITEBIT).getByRole("status");
      await inState(page, WHITEBIT, "none");
      await line.evaluate((element) => {
        globalThis.told = [];
        const all = { childList: true, subtree: true, characterData: true };
        new MutationObserver(() => told.push(element.innerText)).observe(element, all);
      });
      const exchange = await ask(page, WAYS[0]);
      await inState(page, WHITEBIT, "pending");
      await approve(exchange);
      await assertConnected(person, page, WHITEBIT);
      const told = await page.evaluate(() => globalThis.told);
      assert.ok(told.some((text) => text.startsWith("Waiting for you at WhiteBIT")), told.join("\n"));
      told.forEach((text, n) => assert.notEqual(text, told[n - 1]));
    }));

  test("two windows connect the two exchanges at once", () =>
    house.person(async (person) => {
      const page = await person.open();
      const [first, second] = [await ask(page, WAYS[0]), await ask(page, WAYS[2])];
      await Promise.all([approve(first), approve(second)]);
      for (const venue of VENUES) await assertConnected(person, page, venue);
      await Promise.all([isGone(first), isGone(second)]);
      await assertNothingLeft(person, page, BYBIT);
    }));

  test("bybit: a page that begins by itself reads why it can't, and the server does it", () =>
    house.person(async (person) => {
      const page = await person.open();
      await choose(page, { where: "window", who: "page" });
      const opened = person.context.waitForEvent("page");
      await button(page, BYBIT, "Connect").click();
      await inState(page, BYBIT, "attention");
      await hasText(card(page, BYBIT), /does not send people back to a web page that asks by itself/);
      await isGone(await opened);
      await inspectPage(page, `${backend}-bybit-page`);
      const opening = person.context.waitForEvent("page");
      await button(page, BYBIT, "Connect Bybit through our server").click();
      await approve(await opening);
      await assertConnected(person, page, BYBIT);
    }));

  testInTurn("the policy lets in no script but the app's, and no address goes along with any request", () =>
    house.person(async (person) => {
      const asked = [];
      const note = async (request) => [request.url(), await request.allHeaders()];
      person.context.on("request", (request) => asked.push(note(request)));
      const page = await person.context.newPage();
      const response = await page.goto(house.home);
      const { "content-security-policy": policy, "referrer-policy": referrer } = response.headers();
      assert.match(policy, /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self';/);
      assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|\*|https?:/);
      assert.equal(referrer, "no-referrer");
      assert.equal(await page.locator("script:not([src]), style, [style], [onclick]").count(), 0);
      await approve(await ask(page, WAYS.at(-1)));
      await assertConnected(person, page, WHITEBIT);
      const referred = (await Promise.all(asked)).filter(([, headers]) => headers.referer);
      assert.deepEqual(referred.map(([url]) => new URL(url).pathname), []);
      assert.ok(asked.length > 8, "requests were seen");
      const loaded = (await Promise.all(asked)).map(([url]) => new URL(url).origin);
      assert.deepEqual([...new Set(loaded)].sort(), [house.home.slice(0, -1), house.sandbox.url].sort());
    }));
});
