// Impatient and returning users: one approval gives one callback and one key.
import assert from "node:assert/strict";
import { test } from "node:test";
import { doubleClick, goBackToKept, launchBrowser } from "./support/browser.mjs";
import { inspect } from "./support/checks.mjs";
import { approve, approveButton, approveInVain, otpField, useStage } from "./support/stage.mjs";
import { CODE, VENUES, WHITEBIT } from "./support/venues.mjs";

const stage = useStage();
const ANSWERED = "This request is no longer open";

/** The browser may bring the same answer twice, but never two answers. */
async function assertOneApproval(venue) {
  const codes = new Set(stage.partner.callbacks.map(({ query }) => query.code));
  assert.ok(codes.size <= 1, "one code at the partner");
  const { keys, open_codes } = await stage.venueState(venue);
  assert.equal(open_codes, 1, "one code");
  if (venue === WHITEBIT) assert.equal(keys.length, 1, "one key");
}

async function assertAnswered(page) {
  await page.getByRole("heading", { level: 1, name: ANSWERED, exact: true }).waitFor();
  await page.waitForLoadState();
  assert.ok((await page.title()).startsWith(ANSWERED));
  assert.equal(await page.locator("form").count(), 0);
  assert.match(await page.getByRole("main").innerText(), /answered already/);
}

for (const venue of VENUES) {
  test(`${venue.name}: a double click on Approve approves once, and arrives at the partner`, () =>
    stage.consent(venue, async (page) => {
      let posts = 0;
      page.on("request", (request) => (posts += request.method() === "POST" ? 1 : 0));
      await otpField(page).fill(CODE);
      await doubleClick(page, approveButton(page), "/consent");
      await stage.approved(page, venue);
      assert.equal(posts, 2);
      await assertOneApproval(venue);
    }));

  test(`${venue.name}: the back button after approval finds the request answered`, () =>
    stage.consent(venue, async (page) => {
      await approve(page);
      await stage.approved(page, venue);
      await page.goBack();
      await assertAnswered(page);
      await inspect(page, `${venue.name}-answered-already`);
      await assertOneApproval(venue);
    }));

  test(`${venue.name}: a form left open in a second tab gets the same answer, and no second key`, () =>
    stage.consent(venue, async (page) => {
      const second = await page.context().newPage();
      await second.goto(page.url());
      await approve(page);
      await stage.approved(page, venue);
      await approve(second);
      await second.getByRole("heading", { name: "Back at the partner" }).waitFor();
      const [first, again] = stage.partner.callbacks;
      assert.deepEqual(again, first);
      await assertOneApproval(venue);
    }));

  test(`${venue.name}: an approval can't be declined in a second tab`, () =>
    stage.consent(venue, async (page) => {
      const second = await page.context().newPage();
      await second.goto(page.url());
      await approve(page);
      await stage.approved(page, venue);
      await second.getByRole("button", { name: "Decline" }).click();
      await assertAnswered(second);
      await assertOneApproval(venue);
    }));

  test(`${venue.name}: a browser that kept the form for the back button gets no second key either`, async () => {
    // Playwright switches this off; users have it on.
    const browser = await launchBrowser({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });
    try {
      await stage.consent(
        venue,
        async (page) => {
          await approve(page);
          await stage.approved(page, venue);
          await goBackToKept(page, (url) => url.origin === stage.sandbox.url);
          // The form that it has kept, or a page of now.
          await approveButton(page).or(page.getByRole("heading", { name: ANSWERED })).waitFor();
          if ((await page.locator("form").count()) > 0) {
            await approve(page);
            await page.waitForURL((url) => !url.searchParams.has("session"));
          }
          assert.equal(await page.locator("form").count(), 0);
          await assertOneApproval(venue);
        },
        { browser },
      );
    } finally {
      await browser.close();
    }
  });

  test(`${venue.name}: after declining, going back offers nothing`, () =>
    stage.consent(venue, async (page) => {
      await page.getByRole("button", { name: "Decline" }).click();
      await page.getByRole("heading", { name: venue.declined }).waitFor();
      await page.waitForLoadState();
      await page.goBack();
      await assertAnswered(page);
      assert.equal(stage.partner.callbacks.length, 0);
    }));

  test(`${venue.name}: everything works without JavaScript`, () =>
    stage.consent(
      venue,
      async (page) => {
        await approveInVain(page, "000000");
        await approve(page);
        await stage.approved(page, venue);
        await assertOneApproval(venue);
      },
      { javaScriptEnabled: false },
    ));
}
