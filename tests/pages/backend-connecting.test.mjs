// Whole connections: from the backend's page to the exchange's and back, with the backend as it runs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { useBackend } from "./support/backend.mjs";
import { inspect } from "./support/checks.mjs";
import { assertReachable, tabTo } from "./support/keyboard.mjs";
import { button, card, inState } from "./support/person.mjs";
import { approve, approveInVain, otpField } from "./support/stage.mjs";
import { hasCount, hasText, leadsOn, until } from "./support/until.mjs";
import { BYBIT, CODE, VENUES, WHITEBIT } from "./support/venues.mjs";

const house = useBackend();

async function inspectPage(page, name) {
  await hasCount(page.getByRole("heading", { level: 1 }), 1);
  await inspect(page, `backend-${name}`);
  await assertReachable(page);
}

for (const venue of VENUES) {
  test(`${venue.name}: connected, the page says so by itself, the key is right, nothing secret is left anywhere`, () =>
    house.person(async (person) => {
      const page = await person.open();
      await inState(page, venue, "none");
      await person.ask(page, venue);
      for (const name of venue.permissions) await page.getByLabel(name, { exact: true }).waitFor();
      const before = page.url();
      await approve(page);
      await person.connected(page, venue);
      assert.ok(before.startsWith(house.sandbox.url));
      await hasText(card(page, venue), venue.shown);
      await house.assertOneExchange(venue);
      await person.assertStoredKeyIsRight(venue);
      await person.assertNothingSecret();
    }));

  test(`${venue.name}: connected by keyboard alone; every page on the way is accessible`, () =>
    house.person(async (person) => {
      const name = venue.name;
      const page = await person.open();
      await tabTo(page, button(page, venue, "Connect"));
      await page.keyboard.press("Enter");
      await otpField(page).waitFor();

      const elsewhere = await person.open();
      await inState(elsewhere, venue, "pending");
      await inspectPage(elsewhere, `${name}-pending`);
      await elsewhere.close();

      // The page must hold still while it is looked at; afterwards it goes on.
      const progress = (url) => url.pathname === "/";
      await page.route(progress, (route) => (route.request().resourceType() === "fetch" ? undefined : route.continue()));
      const goOn = await house.sandbox.keepsWaiting(venue.keyEndpoint);
      await tabTo(page, otpField(page));
      await page.keyboard.type(CODE);
      await page.keyboard.press("Enter");
      await inState(page, venue, "working");
      await inspectPage(page, `${name}-working`);
      await page.unroute(progress);
      await goOn();
      // It may go on by itself at this very moment.
      await page.reload().catch((error) => assert.match(error.message, /ERR_ABORTED/));
      await person.connected(page, venue);
      await inspectPage(page, `${name}-connected`);
    }));

  test(`${venue.name}: a wrong two-factor code stays at the exchange; with the right one the connection goes on`, () =>
    house.person(async (person) => {
      const page = await person.open();
      await person.ask(page, venue);
      await approveInVain(page, "000000");
      const elsewhere = await person.open();
      await inState(elsewhere, venue, "pending");
      assert.deepEqual(await house.exchangedCodes(), []);
      await approve(page);
      await person.connected(page, venue);
      await inState(elsewhere, venue, "connected");
      await house.assertOneExchange(venue);
      await person.assertStoredKeyIsRight(venue);
    }));
}

test("two tabs connect the two exchanges at once", () =>
  house.person(async (person) => {
    // Both pages are from before anything began.
    const first = await person.open();
    const second = await person.open();
    await inspectPage(first, "home");
    await person.ask(first, WHITEBIT);
    await person.ask(second, BYBIT);
    await Promise.all([approve(first), approve(second)]);
    for (const page of [first, second]) {
      for (const venue of VENUES) await person.connected(page, venue);
    }
    for (const venue of VENUES) {
      await house.assertOneExchange(venue);
      await person.assertStoredKeyIsRight(venue);
    }
    await person.assertNothingSecret();
    await inspectPage(first, "both-connected");
  }));

test("whitebit: a key that exists is told of; disconnecting says what it does first, and deletes the key", () =>
  house.person(async (person) => {
    const page = await person.open();
    await person.connect(page, WHITEBIT);
    await button(page, WHITEBIT, "Connect again").click();
    await inState(page, WHITEBIT, "notice");
    await inspectPage(page, "whitebit-key-exists");
    await leadsOn(page, () => button(page, WHITEBIT, "Dismiss").click());
    await inState(page, WHITEBIT, "connected");
    assert.equal(await button(page, WHITEBIT, "Disconnect").count(), 0, "not at one click");
    await card(page, WHITEBIT).getByText("Disconnect…").click();
    await inspectPage(page, "whitebit-disconnecting");
    await button(page, WHITEBIT, "Disconnect").click();
    await inState(page, WHITEBIT, "none");
    const { keys } = await house.sandbox.state().then((state) => state.whitebit.global);
    assert.deepEqual(keys.filter(({ exists }) => exists), []);
  }));

test("bybit: disconnecting says first that the key stays at the exchange", () =>
  house.person(async (person) => {
    const page = await person.open();
    await person.connect(page, BYBIT);
    await button(page, BYBIT, "Disconnect").click();
    await page.getByRole("heading", { name: "Disconnect Bybit?" }).waitFor();
    await inspectPage(page, "bybit-disconnecting");
    await page.getByRole("link", { name: "Keep it" }).click();
    await inState(page, BYBIT, "connected");
    await button(page, BYBIT, "Disconnect").click();
    await page.getByRole("button", { name: "Forget the key here" }).click();
    await inState(page, BYBIT, "none");
  }));

test("an address without a page leads back", () =>
  house.person(async (person) => {
    const page = await person.open(`${house.home}nowhere`);
    await inspectPage(page, "no-such-page");
    await page.getByRole("link", { name: "Back to your accounts" }).click();
    await inState(page, WHITEBIT, "none");
  }));

test("a trace that a secret leaves is found: in the address, what scripts keep, the console", () =>
  house.person(async (person) => {
    const page = await person.open();
    await person.connect(page, BYBIT);
    await person.assertNothingSecret();
    const { keys } = (await house.sandbox.stateWithValues()).bybit.mainnet;
    for (const [place, plant] of [
      ["history", (secret) => history.pushState(null, "", `?key=${encodeURIComponent(secret)}`)],
      ["script's reach", (secret) => sessionStorage.setItem("key", secret)],
      ["console", (secret) => console.log(secret)],
    ]) {
      await page.evaluate(plant, keys[0].api_secret);
      await until(() => assert.rejects(person.assertNothingSecret(), new RegExp(`${place} holds a secret`)));
    }
  }));
