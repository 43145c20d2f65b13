// The mounted routes' own pages: whole connections, and how every page on the way looks and is used.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "./support/checks.mjs";
import { assertReachable, tabTo } from "./support/keyboard.mjs";
import { buttonOf, cardOf, press, useMounted } from "./support/mounted.mjs";
import { approve, otpField } from "./support/stage.mjs";
import { hasAddress, hasCount, hasText, until } from "./support/until.mjs";
import { BYBIT, CODE, VENUES, WHITEBIT } from "./support/venues.mjs";

const house = useMounted();

async function inspectPage(page, name) {
  await hasCount(page.getByRole("heading", { level: 1 }), 1);
  await page.waitForLoadState();
  assert.deepEqual(await tooSmall(page), [], `${name}: all targets are 44 px high at least`);
  await inspect(page, `web-${name}`);
  await assertReachable(page);
}

const tooSmall = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll("a, button, summary, label.choice, input:not([type])")]
      .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 44)
      .map((each) => each.outerHTML.slice(0, 80)),
  );

const status = (page) => hasAddressOf(page, /\/connections\/status\/[0-9a-f]{32}$/);
const hasAddressOf = (page, pattern) => until(() => assert.match(page.url(), pattern));
const connected = (page) => hasText(page.locator(".card"), /Connected/);

for (const venue of VENUES) {
  test(`${venue.name}: connected by keyboard alone; every page on the way is accessible`, () =>
    house.visit(async (page) => {
      const name = venue.name;
      await inspectPage(page, "nothing-yet");
      await tabTo(page, buttonOf(page, `Connect ${venue.title}`));
      await page.keyboard.press("Enter");
      await otpField(page).waitFor();
      const elsewhere = await page.context().newPage();
      await elsewhere.goto(house.connections);
      await hasText(cardOf(elsewhere, venue.title), /Waiting for you/);
      await elsewhere.route("**/connections/", (route) => (route.request().resourceType() === "fetch" ? undefined : route.continue()));
      await inspectPage(elsewhere, `${name}-pending`);
      await elsewhere.close();

      // The page must hold still while it is looked at; afterwards it goes on.
      await page.route("**/status/*", (route) => (route.request().resourceType() === "fetch" ? undefined : route.continue()));
      const goOn = await house.sandbox.keepsWaiting(venue.keyEndpoint);
      await tabTo(page, otpField(page));
      await page.keyboard.type(CODE);
      await page.keyboard.press("Enter");
      await status(page);
      await hasText(page.locator(".card"), /Working/);
      await inspectPage(page, `${name}-working`);
      await page.unroute("**/status/*");
      await goOn();
      await page.reload().catch((error) => assert.match(error.message, /ERR_ABORTED/));
      await connected(page);
      await status(page);
      await inspectPage(page, `${name}-connected`);
      await page.getByText("Disconnect", { exact: false }).first().click();
      await inspectPage(page, `${name}-disconnecting`);
      if (name === "whitebit") await page.getByLabel("Also delete the key at WhiteBIT").check();
      await press(page, "Yes, disconnect");
      await hasAddress(page, house.connections);
      await buttonOf(page, `Connect ${venue.title}`).waitFor();
      if (name === "bybit") await inspectPage(page, "bybit-key-left");
    }));

  test(`${venue.name}: the page says by itself what comes about`, () =>
    house.visit(async (page) => {
      const goOn = await house.sandbox.keepsWaiting(venue.keyEndpoint);
      await press(page, `Connect ${venue.title}`);
      await approve(page);
      await hasText(page.getByRole("status"), /is asking us to slow down/);
      await goOn();
      await connected(page);
      await status(page);
    }));

  test(`${venue.name}: declined, and connected after all`, () =>
    house.visit(async (page) => {
      await house.sandbox.knobs({ [venue.name]: { [venue.declineKnob]: "error" } });
      await press(page, `Connect ${venue.title}`);
      await press(page, "(Decline|Cancel)");
      await hasText(page.getByRole("status"), /Nothing was shared/);
      await inspectPage(page, `${venue.name}-declined`);
      await press(page, "Connect again");
      await approve(page);
      await connected(page);
    }));
}

test("both connected, on one page", () =>
  house.visit(async (page) => {
    for (const venue of VENUES) {
      await press(page, `Connect ${venue.title}`);
      await approve(page);
      await connected(page);
      await page.getByRole("link", { name: "Back to your connections" }).click();
    }
    await inspectPage(page, "both-connected");
    await cardOf(page, "WhiteBIT").getByText("Connect again", { exact: false }).first().click();
    await inspectPage(page, "whitebit-replaces-key");
  }));

test("connecting again: beside the account that works, which stays when it is stopped or dismissed", () =>
  house.visit(async (page) => {
    await press(page, "Connect Bybit");
    await approve(page);
    await connected(page);
    await press(page, "Connect again");
    await otpField(page).waitFor();
    await page.goto(house.connections);
    await hasText(cardOf(page, "Bybit"), /Connected.*You are connecting again\. Waiting for you at Bybit/s);
    await page.route("**/connections/", (route) => (route.request().resourceType() === "fetch" ? undefined : route.continue()));
    await inspectPage(page, "bybit-connecting-again");
    await page.unroute("**/connections/");
    await press(page, "Stop");
    await status(page);
    await hasText(page.getByRole("status"), /^Your account at Bybit is connected\.$/);
    await hasCount(page.getByText("connecting again"), 0);
    await inspectPage(page, "bybit-stopped");

    await house.sandbox.knobs({ bybit: { [BYBIT.declineKnob]: "error" } });
    await press(page, "Connect again");
    await press(page, "(Decline|Cancel)");
    await hasText(page.getByRole("status"), /Your connection still works/);
    await inspectPage(page, "bybit-declined-again");
    await press(page, "Dismiss");
    await hasText(page.getByRole("status"), /^Your account at Bybit is connected\.$/);
  }));

test("a code that is copied and pasted, and an account to choose", () =>
  house.visit(async (page, context) => {
    await house.sandbox.knobs({ bybit: { user_sub_accounts: 2 } });
    const opened = context.waitForEvent("page");
    await press(page, "Connect Bybit AI");
    const consent = await opened;
    await approve(consent);
    const code = await consent.getByLabel("Authorization code").inputValue();
    await page.getByLabel("Code from Bybit AI").waitFor();
    await page.route("**/connections/", (route) => (route.request().resourceType() === "fetch" ? undefined : route.continue()));
    await inspectPage(page, "agent-code");
    await page.unroute("**/connections/");
    await page.getByLabel("Code from Bybit AI").fill("nothing of that kind");
    await press(page, "Use this code");
    await hasText(page.getByRole("main"), /copy it again in full/);
    await inspectPage(page, "agent-wrong-code");
    await page.getByRole("link", { name: "Back to your connections" }).click();
    await page.getByLabel("Code from Bybit AI").fill(code);
    await page.keyboard.press("Enter");
    await page.getByRole("radio").first().check();
    await inspectPage(page, "agent-choice");
    await press(page, "Connect this account");
    await connected(page);
    await inspectPage(page, "agent-connected");
  }));

test("without scripts the page loads itself again", () =>
  house.visit(
    async (page) => {
      await press(page, "Connect Bybit");
      await approve(page);
      await status(page);
      await connected(page);
    },
    { javaScriptEnabled: false },
  ));

test("pages for what is no connection", () =>
  house.visit(async (page, context) => {
    for (const [path, name] of [
      ["nowhere", "not-found"],
      ["callback/bybit?code=1&state=2", "not-accepted"],
    ]) {
      await page.goto(house.connections + path);
      assert.equal(new URL(page.url()).search, "", "no code and no state stay in the address");
      await inspectPage(page, name);
    }
    await context.clearCookies();
    await page.goto(house.connections);
    await inspectPage(page, "nobody");
  }));
