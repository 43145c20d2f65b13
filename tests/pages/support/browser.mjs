// Chromium, and pages that remember whatever went wrong on them.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A browser with a profile folder of its own, removed when it closes. Options are Playwright's. */
export function launchBrowser(options = {}) {
  const executablePath = process.env.VENUEKEY_CHROMIUM;
  assert.ok(executablePath, "VENUEKEY_CHROMIUM must be the path of Chromium; run.sh finds it.");
  return chromium.launch({ executablePath, args: FLAGS, headless: true, ...options });
}

/** How long anything on a page may take before a test gives up: the last resort, and no measure of the machine. */
export const PATIENCE_MS = 180_000;

/** Back to a page that the browser may have kept. Playwright waits in vain for a kept page to load. */
export async function goBackToKept(page, url) {
  page.goBack({ waitUntil: "commit" }).catch(() => {});
  await page.waitForURL(url, { waitUntil: "commit" });
}

/**
 * A double click while the first click's POST (to an address with this part) is answered, but the browser has not heard
 * so yet: however fast the exchange or the machine is, the second click finds the page still there.
 */
export async function doubleClick(page, target, part) {
  const isPost = (url) => url.pathname.includes(part);
  let [sent, again] = [0, undefined];
  const second = new Promise((resolve) => (again = resolve));
  await page.route(isPost, async (route) => {
    sent += 1;
    if (sent > 1) {
      again();
      return route.continue();
    }
    const response = await route.fetch({ maxRedirects: 0 });
    await second;
    // The browser has given it up.
    await route.fulfill({ response }).catch(() => {});
  });
  await target.dblclick({ delay: 20, noWaitAfter: true });
  await second;
  await page.unroute(isPost);
}

/** What nobody wants on a page: errors and warnings in the console, uncaught errors, dialogs, failed loads. */
export function watch(page) {
  const problems = [];
  const refused = new Set();
  page.on("response", (response) => {
    if (response.request().isNavigationRequest() && response.status() >= 400) refused.add(response.url());
  });
  page.on("console", (message) => {
    if (!["error", "warning"].includes(message.type())) return;
    // A page that comes with a 4xx is a page: the browser's remark about its status is no problem of it.
    const aboutStatus = message.text().startsWith("Failed to load resource: the server responded with");
    if (aboutStatus && refused.has(message.location().url)) return;
    problems.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`uncaught: ${error.message}`));
  page.on("requestfailed", (request) => {
    // What a page was still asking for when it was left is no problem of it.
    if (request.isNavigationRequest() || request.failure()?.errorText === "net::ERR_ABORTED") return;
    problems.push(`did not load: ${request.url()}`);
  });
  page.on("dialog", (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
  return problems;
}
