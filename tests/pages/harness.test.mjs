// The checks themselves: each finds what it is there to find.
import assert from "node:assert/strict";
import { test } from "node:test";
import { watch } from "./support/browser.mjs";
import { axeFindings, overflowing } from "./support/checks.mjs";
import { assertReachable, tabStops } from "./support/keyboard.mjs";
import { approveInVain, otpField, useStage } from "./support/stage.mjs";
import { hasFocus, until } from "./support/until.mjs";
import { WHITEBIT } from "./support/venues.mjs";

const stage = useStage();
const breaking = (name, body) => test(name, () => stage.consent(WHITEBIT, body));

for (const [what, rule, damage] of [
  ["a field without its label", "label", () => document.querySelector("label[for=otp]").remove()],
  ["a reference to nothing", "aria-valid-attr-value", () => document.querySelector("#otp").setAttribute("aria-invalid", "maybe")],
  ["faint text", "color-contrast", () => (document.querySelector("h1").style.color = "rgb(200 200 200)")],
  ["a page without a heading", "page-has-heading-one", () => document.querySelector("h1").remove()],
  ["a page without a language", "html-has-lang", () => document.documentElement.removeAttribute("lang")],
  ["targets too small", "target-size", () => {
    const small = { minHeight: 0, padding: 0, margin: "-3px 0", font: "6px sans-serif", flex: "none" };
    for (const button of document.querySelectorAll("button")) Object.assign(button.style, small);
    Object.assign(document.querySelector(".actions").style, { gap: 0, flexDirection: "column" });
  }],
]) {
  breaking(`axe finds ${what}`, async (page) => {
    assert.deepEqual(await axeFindings(page), []);
    await page.evaluate(damage);
    const findings = await axeFindings(page);
    assert.ok(findings.some((line) => line.startsWith(`violated ${rule}:`)), findings.join("\n"));
  });
}

breaking("a line that does not fit is found", async (page) => {
  assert.deepEqual(await overflowing(page), []);
  await page.evaluate(() => (document.querySelector("h1").style.width = "2000px"));
  const found = await overflowing(page);
  assert.match(found[0], /^<h1/);
  assert.equal(found.at(-1), "the page scrolls");
});

breaking("a focus that does not show is found", async (page) => {
  await tabStops(page);
  await page.evaluate(() => document.styleSheets[0].insertRule("button:focus-visible { outline: none !important }", 0));
  await assert.rejects(tabStops(page), /approve shows its focus/);
});

breaking("a control that Tab leaves out, or takes too early, is found", async (page) => {
  await page.evaluate(() => (document.querySelector("#otp").tabIndex = 1));
  await assert.rejects(assertReachable(page));
});

breaking("what comes late is waited for, and what never comes is told as it was seen last", async (page) => {
  await page.evaluate(() => setTimeout(() => document.querySelector("#otp").focus(), 300));
  await hasFocus(otpField(page));
  const last = until(async () => assert.equal(await page.locator("h1").count(), 2, "headings"), 100);
  await assert.rejects(last, { message: /headings/, actual: 1, expected: 2 });
});

breaking("a form that comes back is not taken for the one that is left", async (page) => {
  await approveInVain(page, "000000");
  await page.evaluate(() => {
    globalThis.isLeft = true;
    // A browser that takes a while to do what it is told.
    const late = (event) => {
      event.preventDefault();
      setTimeout(() => event.target.requestSubmit(event.submitter), 300);
    };
    document.querySelector("form").addEventListener("submit", late, { once: true });
  });
  await approveInVain(page, "000000");
  assert.equal(await page.evaluate(() => globalThis.isLeft), undefined);
});

test("whatever goes wrong on a page is remembered", async () => {
  const context = await stage.browser.newContext();
  const page = await context.newPage();
  const problems = watch(page);
  await page.goto(stage.partner.url);
  assert.deepEqual(problems, []);
  await page.evaluate(() => {
    console.error("said");
    setTimeout(() => {
      throw new Error("thrown");
    });
    setTimeout(() => alert("asked"), 50);
  });
  const image = page.waitForEvent("requestfailed");
  await page.evaluate(() => (document.body.appendChild(document.createElement("img")).src = "http://127.0.0.1:9/x.png"));
  await image;
  const parts = ["console error: said", "uncaught: thrown", "dialog: asked", "did not load: http://127.0.0.1:9/"];
  const missing = () => parts.filter((part) => !problems.some((problem) => problem.startsWith(part)));
  await until(() => assert.deepEqual(missing(), [], `in ${problems}`));
  await context.close();
});
