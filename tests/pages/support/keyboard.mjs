// Using a page without a mouse.
import assert from "node:assert/strict";

const FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]:not([tabindex^='-'])";

/** Where the focus is, how that looks, and how the one before looks now that it is left. */
function look(page) {
  return page.evaluate(() => {
    const style = (element) => {
      const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(element);
      const outline = outlineStyle === "none" || outlineWidth === "0px" ? "none" : `${outlineWidth} ${outlineColor}`;
      return `${outline}; ${boxShadow}`;
    };
    const before = globalThis.lastFocused;
    const left = before && style(before);
    const active = document.activeElement === document.body ? undefined : document.activeElement;
    globalThis.lastFocused = active;
    if (!active) return { left };
    const box = active.getBoundingClientRect();
    const onScreen = box.top >= 0 && box.bottom <= innerHeight && box.left >= 0 && box.right <= innerWidth;
    return { left, name: active.id || active.value || active.textContent.trim(), focused: style(active), onScreen };
  });
}

/** The names of the stops of the Tab key, from the top of the page; each of them shows its focus. */
export async function tabStops(page) {
  const stops = [];
  await page.evaluate(() => {
    // A focus on the body, and then none: the next Tab starts from the top.
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute("tabindex");
    delete globalThis.lastFocused;
  });
  for (let last; stops.length < 300; ) {
    await page.keyboard.press("Tab");
    const now = await look(page);
    if (last) assert.notEqual(last.focused, now.left, `${last.name} shows its focus`);
    if (!now.name || stops.includes(now.name)) return stops;
    assert.ok(now.onScreen, `${now.name} is on screen while it has the focus`);
    stops.push(now.name);
    last = now;
  }
  assert.fail("The Tab key finds no end.");
}

/** Whatever can be used can be reached, in the order of the document. */
export async function assertReachable(page) {
  await page.waitForLoadState();
  const expected = await page.evaluate((selector) => {
    // Of a group of radio buttons Tab reaches the chosen one; the arrow keys reach the others.
    const isStop = (e) => e.checkVisibility() && !e.disabled && (e.type !== "radio" || e.checked);
    const usable = [...document.querySelectorAll(selector)].filter(isStop);
    return usable.map((element) => element.id || element.value || element.textContent.trim());
  }, FOCUSABLE);
  assert.deepEqual(await tabStops(page), expected);
}

/** Presses Tab until the element has the focus. */
export async function tabTo(page, locator) {
  for (let presses = 0; presses < 50; presses += 1) {
    if (await locator.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`The Tab key does not reach ${locator}.`);
}
