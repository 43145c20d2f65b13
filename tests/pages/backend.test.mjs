// The pages of a running partner backend. VENUEKEY_BACKEND_URL lists their addresses, separated by spaces; the first is
// the one from which a user connects. VENUEKEY_BACKEND_COOKIE (name=value) is sent along, to see them as that user.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchBrowser, watch } from "./support/browser.mjs";
import { inspect } from "./support/checks.mjs";
import { assertReachable, tabTo } from "./support/keyboard.mjs";
import { otpField } from "./support/stage.mjs";

const urls = (process.env.VENUEKEY_BACKEND_URL ?? "").split(/\s+/).filter(Boolean).map((url) => new URL(url).href);
const cookie = process.env.VENUEKEY_BACKEND_COOKIE ?? "";
assert.ok(urls.length > 0, "VENUEKEY_BACKEND_URL must list the addresses of a backend's pages.");

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

async function visit(url, body) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(30_000);
  try {
    if (cookie) {
      const [, name, value] = cookie.match(/^([^=]+)=(.*)$/);
      await context.addCookies([{ name, value, url }]);
    }
    const page = await context.newPage();
    const problems = watch(page);
    await page.goto(url);
    await body(page);
    assert.deepEqual(problems, [], "nothing went wrong on the page");
  } finally {
    await context.close();
  }
}

async function inspectPage(page, name) {
  assert.equal(await page.getByRole("heading", { level: 1 }).count(), 1);
  await inspect(page, name);
  await assertReachable(page);
}

const pathName = (url) => new URL(url).pathname.split("/").filter(Boolean).join("-") || "home";

for (const url of urls) {
  test(`${url}: accessible, not too wide, usable by keyboard`, () =>
    visit(url, (page) => inspectPage(page, `backend-${pathName(url)}`)));
}

// A user who is there already, by the cookie, keeps the connections there are.
for (const exchange of cookie ? [] : ["WhiteBIT", "Bybit"]) {
  test(`${exchange} connected by keyboard alone; every page on the way is accessible`, () =>
    visit(urls[0], async (page) => {
      const name = `backend-${exchange.toLowerCase()}`;
      await tabTo(page, page.getByRole("button", { name: `Connect ${exchange}` }));
      await page.keyboard.press("Enter");
      await otpField(page).waitFor();

      const elsewhere = await page.context().newPage();
      const problems = watch(elsewhere);
      await elsewhere.goto(urls[0]);
      await inspectPage(elsewhere, `${name}-pending`);
      assert.deepEqual(problems, []);
      await elsewhere.close();

      // The page must hold still while it is looked at; afterwards it may go on.
      const progress = (url) => url.pathname === "/progress";
      await page.route(progress, () => {});
      await tabTo(page, otpField(page));
      await page.keyboard.type(await page.locator("#otp-hint strong").innerText());
      await page.keyboard.press("Enter");
      await page.waitForURL(urls[0]);
      await inspectPage(page, `${name}-progress`);
      await page.unroute(progress);
      await page.reload();
      await page.getByRole("button", { name: /^Disconnect/ }).waitFor();
      await inspectPage(page, `${name}-connected`);
    }));
}
