// What the consent page does not accept, and how it says so.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "./support/checks.mjs";
import { assertReachable } from "./support/keyboard.mjs";
import { approve, approveInVain, otpField, useStage } from "./support/stage.mjs";
import { hasCount, hasFocus, hasText, isTicked, until } from "./support/until.mjs";
import { BYBIT, VENUES, WHITEBIT } from "./support/venues.mjs";

const stage = useStage();

const second = (page) => page.getByLabel("I understand, and I allow withdrawals");

/** As in a browser that does not know `:has`. */
async function withoutHas(page) {
  await page.route("**/consent.css", async (route) => {
    const response = await route.fetch();
    const style = await response.text();
    assert.ok(style.includes(":has("));
    await route.fulfill({ response, body: style.replaceAll(":has(", ":unknown(") });
  });
  await page.reload();
}

/** The control is marked and, as the first one wrong, has the focus; its message belongs to it, an alert links to it. */
async function assertMarked(page, control, text) {
  await hasFocus(control, "the focus is where the mistake is");
  assert.equal(await control.getAttribute("aria-invalid"), "true");
  const description = await control.evaluate((element) => {
    const ids = element.getAttribute("aria-describedby").split(" ");
    return ids.map((id) => document.getElementById(id).innerText).join(" ");
  });
  assert.ok(description.includes(text), description);
  const link = page.getByRole("alert").getByRole("link", { name: text });
  await hasCount(link, 1, "the alert names it");
  await link.click();
  await hasFocus(control, "the alert leads to it");
  await until(async () => assert.match(await page.title(), /^Error: /));
}

for (const venue of VENUES) {
  test(`${venue.name}: a wrong two-factor code is said at its field, then the right one is taken`, () =>
    stage.consent(venue, async (page) => {
      await approveInVain(page, "000000");
      await assertMarked(page, otpField(page), "This two-factor code is wrong. Try again.");
      await inspect(page, `${venue.name}-wrong-code`);
      await assertReachable(page);
      assert.equal(stage.partner.callbacks.length, 0);
      await approve(page);
      await stage.approved(page, venue);
    }));

  test(`${venue.name}: a missing code is said, not swallowed`, () =>
    stage.consent(venue, async (page) => {
      await approveInVain(page, "");
      await assertMarked(page, otpField(page), "Enter your two-factor code.");
    }));
}

test("whitebit: ticks outlive a mistake", () =>
  stage.consent(WHITEBIT, async (page) => {
    await page.getByLabel("Trading").uncheck();
    await approveInVain(page, "000000");
    await isTicked(page.getByLabel("Trading"), false);
    await isTicked(page.getByLabel("Account information"));
    await isTicked(page.getByLabel("Withdrawal", { exact: true }), false);
    await page.getByLabel("Withdrawal", { exact: true }).check();
    await second(page).check();
    await approveInVain(page, "000000");
    await isTicked(second(page));
    await approve(page);
    await stage.approved(page, WHITEBIT);
    const { keys } = await stage.venueState(WHITEBIT);
    assert.deepEqual(keys[0].permissions, ["info", "withdrawal"]);
  }));

test("whitebit: withdrawal carries a warning and needs a second tick", () =>
  stage.consent(WHITEBIT, async (page) => {
    const warning = page.locator("#withdrawal-warning");
    await warning.waitFor({ state: "hidden" });
    await page.getByLabel("Withdrawal", { exact: true }).check();
    await inspect(page, "whitebit-withdrawal-ticked");
    await hasText(warning, /^Warning:.*send your funds/);
    await isTicked(second(page), false);
    assert.match(await second(page).getAttribute("aria-describedby"), /withdrawal-warning/);
    await approveInVain(page);
    await assertMarked(page, second(page), "Confirm that the partner may withdraw your funds");
    await isTicked(page.getByLabel("Withdrawal", { exact: true }));
    await inspect(page, "whitebit-withdrawal-unconfirmed");
    await assertReachable(page);
    await second(page).check();
    await approve(page);
    await stage.approved(page, WHITEBIT);
    const { keys } = await stage.venueState(WHITEBIT);
    assert.ok(keys[0].permissions.includes("withdrawal"));
  }));

test("whitebit: where the warning can't come and go it is always there; the second tick alone grants nothing", () =>
  stage.consent(WHITEBIT, async (page) => {
    await withoutHas(page);
    await page.locator("#withdrawal-warning").waitFor();
    await assertReachable(page);
    await inspect(page, "whitebit-withdrawal-always-shown");
    await second(page).check();
    await approve(page);
    await stage.approved(page, WHITEBIT);
    const { keys } = await stage.venueState(WHITEBIT);
    assert.deepEqual(keys[0].permissions, ["info", "trading"]);
  }));

test("whitebit: a key without any permission may be approved", () =>
  stage.consent(WHITEBIT, async (page) => {
    for (const name of ["Account information", "Trading"]) await page.getByLabel(name).uncheck();
    await approve(page);
    await stage.approved(page, WHITEBIT);
    const { keys } = await stage.venueState(WHITEBIT);
    assert.deepEqual(keys[0].permissions, []);
  }));

test("bybit: approving nothing is a mistake, said at the permissions", () =>
  stage.consent(BYBIT, async (page) => {
    await page.getByLabel("API access").uncheck();
    await approveInVain(page);
    await assertMarked(page, page.getByLabel("API access"), "Tick a permission, or decline.");
    await inspect(page, "bybit-nothing-ticked");
    await page.getByLabel("API access").check();
    await approve(page);
    await stage.approved(page, BYBIT);
  }));

test("whitebit: two mistakes are said together", () =>
  stage.consent(WHITEBIT, async (page) => {
    await page.getByLabel("Withdrawal", { exact: true }).check();
    await approveInVain(page, "000000");
    await hasCount(page.getByRole("alert").getByRole("listitem"), 2);
    await hasFocus(second(page), "the first of them has the focus");
    assert.equal(await otpField(page).getAttribute("aria-invalid"), "true");
    await inspect(page, "whitebit-two-mistakes");
  }));
