// Clicks twice, goes back, reloads, has two windows, gets someone else's address: one code exchange, a sensible page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { useBackend } from "./support/backend.mjs";
import { doubleClick, goBackToKept, launchBrowser } from "./support/browser.mjs";
import { inspect } from "./support/checks.mjs";
import { assertReachable } from "./support/keyboard.mjs";
import { button, card, inState } from "./support/person.mjs";
import { approve, approveButton, otpField } from "./support/stage.mjs";
import { hasAddress, hasText } from "./support/until.mjs";
import { BYBIT, CODE, VENUES } from "./support/venues.mjs";

const house = useBackend();

function countPosts(page, part) {
  const posts = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().includes(part)) posts.push(request.url());
  });
  return posts;
}

async function assertOneConnection(person, page, venue) {
  await person.connected(page, venue);
  await house.assertOneExchange(venue);
  await person.assertStoredKeyIsRight(venue);
}

for (const venue of VENUES) {
  test(`${venue.name}: a double click on Connect and one on Approve make one connection`, () =>
    house.person(async (person) => {
      const page = await person.open();
      const connects = countPosts(page, "/connect/");
      const approvals = countPosts(page, "/consent");
      await doubleClick(page, button(page, venue, "Connect"), "/connect/");
      await otpField(page).fill(CODE);
      await doubleClick(page, approveButton(page), "/consent");
      await card(page, venue).waitFor();
      assert.deepEqual([connects.length, approvals.length], [2, 2]);
      await assertOneConnection(person, page, venue);
    }));

  test(`${venue.name}: a second click on Connect while the exchange's page is loading still leads there`, () =>
    house.person(async (person) => {
      const page = await person.open();
      const connects = countPosts(page, "/connect/");
      await house.sandbox.fault({ endpoint: "authorize", fault: "delay", ms: 600_000, venue: venue.name });
      // By coordinates, because Playwright's own click waits until a page that is being left is gone.
      const { x, y } = await button(page, venue, "Connect").boundingBox();
      await page.mouse.click(x + 5, y + 5);
      // Not before the exchange has it: a request that is given up earlier leaves its delay to the second one.
      await house.sandbox.faultsAreTaken();
      await page.mouse.click(x + 5, y + 5);
      await approve(page);
      assert.equal(connects.length, 2);
      await assertOneConnection(person, page, venue);
    }));

  test(`${venue.name}: the callback opened in two tabs at once is exchanged once, and both tabs get there`, () =>
    house.person(async (person) => {
      const page = await person.open();
      await person.ask(page, venue);
      const callback = await person.callbackOf(page);
      const tabs = await Promise.all([person.open(callback), person.open(callback)]);
      for (const tab of tabs) await assertOneConnection(person, tab, venue);
      // Again, now that all is done.
      await tabs[0].goto(callback);
      await assertOneConnection(person, tabs[0], venue);
      await person.assertNothingSecret();
    }));

  test(`${venue.name}: the callback reloaded while the work goes on changes nothing`, () =>
    house.person(async (person) => {
      const goOn = await house.sandbox.keepsWaiting(venue.keyEndpoint);
      const page = await person.open();
      await person.ask(page, venue);
      const callback = await person.callbackOf(page);
      await page.goto(callback);
      await inState(page, venue, "working");
      await page.goto(callback);
      await inState(page, venue, "working");
      await goOn();
      await assertOneConnection(person, page, venue);
    }));

  test(`${venue.name}: back from the exchange before answering, the page waits; forward again, it goes on`, () =>
    house.person(async (person) => {
      const page = await person.open();
      await person.ask(page, venue);
      await page.goBack();
      await inState(page, venue, "pending");
      await page.goForward();
      await approve(page);
      await assertOneConnection(person, page, venue);
    }));

  test(`${venue.name}: back from the exchange, started again, the older consent leads nowhere`, () =>
    house.person(async (person) => {
      const page = await person.open();
      await person.ask(page, venue);
      const older = await person.open(page.url());
      await page.goBack();
      await person.ask(page, venue, "Start again");
      await approve(older);
      await older.waitForURL(`${house.home}refused`);
      assert.deepEqual(await house.exchangedCodes(), []);
      await older.getByRole("link", { name: "Back to your accounts" }).click();
      await inState(older, venue, "pending");
    }));

  test(`${venue.name}: the back button after connecting shows no error and exchanges nothing`, () =>
    house.person(async (person) => {
      const page = await person.open();
      await person.connect(page, venue);
      await page.goBack();
      await page.getByRole("heading", { name: "This request is no longer open" }).waitFor();
      await page.goBack();
      await assertOneConnection(person, page, venue);
      await page.goForward();
      await page.goForward();
      await assertOneConnection(person, page, venue);
    }));

  test(`${venue.name}: a page that the browser kept for the back button still works`, async () => {
    // Playwright switches this off; users have it on.
    const browser = await launchBrowser({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });
    try {
      await house.person(
        async (person) => {
          const page = await person.open();
          await person.ask(page, venue);
          await goBackToKept(page, house.home);
          await card(page, venue).getByRole("button", { name: /^(Connect|Start again)/ }).click();
          await approve(page);
          await assertOneConnection(person, page, venue);
        },
        { browser },
      );
    } finally {
      await browser.close();
    }
  });

  test(`${venue.name}: another browser gets nowhere with someone's callback, and the rightful one does`, () =>
    house.person(async (person) => {
      const page = await person.open();
      await person.ask(page, venue);
      await house.person(async (rival) => {
        const own = await rival.open();
        await rival.ask(own, venue);
        const callback = await person.callbackOf(page);
        await house.person(async (stranger) => {
          const foreign = await stranger.open(callback);
          await hasAddress(foreign, `${house.home}refused`);
          await hasText(foreign.getByRole("main"), /was not accepted[^]*go on in the window/);
          if (venue === BYBIT) {
            await inspect(foreign, "backend-refused");
            await assertReachable(foreign);
          }
        });
        await own.goto(callback);
        await hasAddress(own, `${house.home}refused`, "nor with a connection of one's own on its way");
        assert.deepEqual(await house.exchangedCodes(), []);
        await page.goto(callback);
      });
      await assertOneConnection(person, page, venue);
    }));
}

test("a form on another origin of the same machine connects nothing", () =>
  house.person(async (person) => {
    const page = await person.open();
    // Same site, so that the cookie goes with it; another port, so another origin.
    const elsewhere = `${house.sandbox.url}/elsewhere`;
    const form = `<form method="post" action="${house.home}connect/bybit"><button>Win a prize</button></form>`;
    await page.route(elsewhere, (route) => route.fulfill({ contentType: "text/html", body: form }));
    await page.goto(elsewhere);
    await page.getByRole("button").click();
    await page.getByRole("heading", { name: "This page is out of date" }).waitFor();
    await inspect(page, "backend-out-of-date");
    await assertReachable(page);
    await page.getByRole("link", { name: "Back to your accounts" }).click();
    await inState(page, BYBIT, "none");
  }));

test("the page that asks how things stand does not call back a click that leads to the exchange", () =>
  house.person(async (person) => {
    const [first, second] = VENUES;
    const consent = await person.open();
    await person.ask(consent, first);
    await consent.close();
    const page = await person.open();
    await inState(page, first, "pending");
    // The click's answer is held back until the page has asked once more, and heard that the second one is pending as well.
    const isClick = (url) => url.pathname === `/connect/${second.name}`;
    await page.route(isClick, async (route) => {
      const response = await route.fetch({ maxRedirects: 0 });
      const hears = () => page.waitForResponse((reply) => reply.url() === house.home && reply.request().resourceType() === "fetch");
      await hears(); // it may have asked before
      await (await hears()).finished();
      await route.fulfill({ response });
    });
    await person.ask(page, second);
    await approve(page);
    await person.connected(page, second);
  }));
