// What holds for every page: accessible, no wider than the window, readable in every look.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { until } from "./until.mjs";

// A page takes half as long to read it as what `import` gives.
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// To be looked at: where nobody does, there are none.
const SCREENSHOTS = process.env.CI !== "true" && fileURLToPath(new URL("../../../build/screenshots/", import.meta.url));
if (SCREENSHOTS) mkdirSync(SCREENSHOTS, { recursive: true });

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
/** The width at which WCAG 1.4.10 asks for a page without horizontal scrolling. */
const NARROWEST = { width: 320, height: 640 };
export const LOOKS = [
  { name: "desktop-light", viewport: DESKTOP, colorScheme: "light" },
  { name: "desktop-dark", viewport: DESKTOP, colorScheme: "dark" },
  { name: "phone-light", viewport: PHONE, colorScheme: "light" },
  { name: "phone-dark", viewport: PHONE, colorScheme: "dark" },
];

async function put(page, { viewport, colorScheme }) {
  await page.setViewportSize(viewport);
  await page.emulateMedia({ colorScheme });
  const seen = () => page.evaluate(() => [innerWidth, matchMedia("(prefers-color-scheme: dark)").matches]);
  await until(async () => assert.deepEqual(await seen(), [viewport.width, colorScheme === "dark"]));
}

/** Everything that axe finds, one line each; what it can't decide counts too. */
export async function axeFindings(page) {
  const session = await page.context().newCDPSession(page);
  try {
    // By the debugger: the pages' policy keeps every script out, and is not switched off for this.
    const evaluate = async (expression) => {
      const options = { expression, awaitPromise: true, returnByValue: true };
      const { result, exceptionDetails } = await session.send("Runtime.evaluate", options);
      assert.equal(exceptionDetails, undefined, exceptionDetails?.exception?.description);
      return result.value;
    };
    if (await evaluate("typeof axe === 'undefined'")) await evaluate(`${AXE}; undefined`);
    const options = {
      runOnly: TAGS,
      rules: { "target-size": { enabled: true } },
      // Of what passes, one element a rule: all of them cost more than to look at them.
      resultTypes: ["violations", "incomplete"],
    };
    const results = await evaluate(`axe.run(document, ${JSON.stringify(options)})`);
    assert.ok(results.passes.length > 10, "axe looked at the page");
    const line = (kind) => (rule) => `${kind} ${rule.id}: ${rule.nodes.map((node) => node.target).join(" ")}`;
    return [...results.violations.map(line("violated")), ...results.incomplete.map(line("undecided"))];
  } finally {
    await session.detach();
  }
}

/** The elements that stick out to the right, and the page itself if it scrolls. */
export function overflowing(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const wide = [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > width + 0.5);
    const found = wide.map((element) => element.outerHTML.slice(0, 80));
    if (document.scrollingElement.scrollWidth > width) found.push("the page scrolls");
    return found;
  });
}

/** All of it, in every look, with a picture of each for whoever looks at them. */
export async function inspect(page, name) {
  const backgrounds = {};
  await page.waitForLoadState();
  for (const look of LOOKS) {
    await put(page, look);
    await picture(page, `${name}-${look.name}`);
    assert.deepEqual(await axeFindings(page), [], `axe, ${name}, ${look.name}`);
    assert.deepEqual(await overflowing(page), [], `width, ${name}, ${look.name}`);
    backgrounds[look.colorScheme] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  }
  assert.notEqual(backgrounds.light, backgrounds.dark, `${name} has a dark look`);
  await put(page, { viewport: NARROWEST, colorScheme: "light" });
  assert.deepEqual(await overflowing(page), [], `width, ${name}, ${NARROWEST.width} px`);
  await put(page, LOOKS[0]);
}

export async function picture(page, name) {
  if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}${name}.png`, fullPage: true });
}
