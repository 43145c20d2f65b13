// The consent page without a mouse.
import assert from "node:assert/strict";
import { test } from "node:test";
import { picture } from "./support/checks.mjs";
import { assertReachable, tabStops, tabTo } from "./support/keyboard.mjs";
import { otpField, useStage } from "./support/stage.mjs";
import { hasFocus, isTicked, until } from "./support/until.mjs";
import { BYBIT, CODE, VENUES, WHITEBIT } from "./support/venues.mjs";

const stage = useStage();
const PHONE = { width: 360, height: 740 };

for (const venue of VENUES) {
  test(`${venue.name}: Tab follows the page, and every stop shows its focus`, () =>
    stage.consent(venue, async (page) => {
      const expected = [...venue.tabStops, "approve", "decline", "close"];
      assert.deepEqual(await tabStops(page), expected);
      await page.emulateMedia({ colorScheme: "dark" });
      assert.deepEqual(await tabStops(page), expected);
      await page.setViewportSize(PHONE);
      await assertReachable(page);
      await tabTo(page, otpField(page));
      await picture(page, `${venue.name}-focus-field`);
      await page.keyboard.press("Tab");
      await picture(page, `${venue.name}-focus-button`);
    }));

  test(`${venue.name}: Shift and Tab lead back`, () =>
    stage.consent(venue, async (page) => {
      await tabTo(page, otpField(page));
      await page.keyboard.press("Shift+Tab");
      const focused = () => page.evaluate(() => document.activeElement.id);
      await until(async () => assert.equal(await focused(), venue.tabStops.at(-2)));
    }));
}

test("whitebit: ticks by Space, the code typed, Enter approves", () =>
  stage.consent(WHITEBIT, async (page) => {
    const box = (name) => page.getByRole("checkbox", { name, exact: true });
    await tabTo(page, box("Account information"));
    await page.keyboard.press("Space");
    await isTicked(box("Account information"), false);
    await tabTo(page, box("Withdrawal"));
    await page.keyboard.press("Space");
    await isTicked(box("Withdrawal"));
    await page.keyboard.press("Tab");
    const second = box("I understand, and I allow withdrawals");
    await hasFocus(second, "the next stop");
    await page.keyboard.press("Space");
    await isTicked(second);
    await tabTo(page, otpField(page));
    await page.keyboard.type(CODE);
    await page.keyboard.press("Enter");
    await stage.approved(page, WHITEBIT);
    const { keys } = await stage.venueState(WHITEBIT);
    assert.deepEqual(keys.map((key) => key.permissions), [["trading", "withdrawal"]]);
  }));

test("bybit: the code typed, Enter approves", () =>
  stage.consent(BYBIT, async (page) => {
    await tabTo(page, otpField(page));
    await page.keyboard.type(CODE);
    await page.keyboard.press("Enter");
    await stage.approved(page, BYBIT);
  }));

for (const venue of VENUES) {
  for (const action of ["Decline", "Close window"]) {
    test(`${venue.name}: ${action} by Space`, () =>
      stage.consent(venue, async (page) => {
        await tabTo(page, page.getByRole("button", { name: action }));
        await page.keyboard.press("Space");
        await page.getByText("Nothing was shared.").waitFor();
        assert.equal(stage.partner.callbacks.length, 0);
      }));
  }
}
