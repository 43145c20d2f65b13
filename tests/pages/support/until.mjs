// Waiting for what comes about in a moment, however long the machine takes for it.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { PATIENCE_MS } from "./browser.mjs";

/** Looks again until `look` throws no more, and returns what it gives; what it threw last says what was seen last. */
export async function until(look, patienceMs = PATIENCE_MS) {
  const impatient = AbortSignal.timeout(patienceMs);
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (impatient.aborted) throw error;
    }
    await pause(20);
  }
}

/** Does what leads to another page, or to the same one anew, and returns once that page is loaded. */
export async function leadsOn(page, act) {
  await Promise.all([page.waitForNavigation(), act()]);
}

export const hasAddress = (page, url, why) => until(() => assert.equal(page.url(), url, why));

export const hasText = (locator, text) => until(async () => assert.match(await locator.innerText(), text));

export const hasCount = (locator, count, why) => until(async () => assert.equal(await locator.count(), count, why));

export const isTicked = (box, ticked = true) =>
  until(async () => assert.equal(await box.isChecked(), ticked, `${box} is ${ticked ? "" : "not "}ticked`));

/** `autofocus`, too, comes later than the page. */
export const hasFocus = (locator, why = `${locator} has the focus`) =>
  until(async () => {
    const [is, where] = await locator.evaluate((element) => {
      const active = document.activeElement;
      return [element === active, active?.id || active?.outerHTML.slice(0, 80)];
    });
    assert.ok(is, `${why}; it is at ${where}`);
  });
