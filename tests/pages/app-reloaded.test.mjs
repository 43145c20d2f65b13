// examples/browser-app: a callback that is opened again leads to where things stand; what nobody has refused is kept.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, WAYS, withEachBackend } from "./support/app.mjs";
import { button, card, inState } from "./support/person.mjs";
import { approve } from "./support/stage.mjs";
import { hasAddress } from "./support/until.mjs";
import { VENUES, WHITEBIT } from "./support/venues.mjs";

withEachBackend((house) => {
  for (const venue of VENUES) {
    const way = { venue, where: "tab", who: "backend" };

    test(`${venue.name}: the callback of a connection that is made, opened again, shows it`, () =>
      house.person(async (person) => {
        const page = await person.open();
        await ask(page, way);
        const callback = await person.callbackOf(page);
        for (let times = 0; times < 2; times += 1) {
          await page.goto(callback);
          await person.connected(page, venue);
        }
        await house.assertOneExchange(venue);
      }));

    test(`${venue.name}: the callback of someone who said no, opened again, still says so`, () =>
      house.person(async (person) => {
        await house.sandbox.knobs({ [venue.name]: { [venue.declineKnob]: "error" } });
        const page = await person.open();
        const exchange = await ask(page, way);
        const callback = page.waitForRequest((request) => request.url().startsWith(`${house.home}callback/`));
        await exchange.getByRole("button", { name: "Decline" }).click();
        await inState(page, venue, "attention");
        await page.goto((await callback).url());
        await card(page, venue).getByText(/You said no at/).waitFor();
        await hasAddress(page, house.home);
        assert.deepEqual(await house.exchangedCodes(), []);
      }));
  }

  const handsOff = WAYS.find(({ venue, where, who }) => venue === WHITEBIT && where === "tab" && who === "page");
  const answers = [
    [409, { kind: "unavailable", code: "busy" }, /Something else is going on/],
    [429, { message: "slow down" }, /Our server did not answer/],
    [403, "<html>log in first</html>", /Our server did not answer/],
  ];
  for (const [status, told, words] of answers) {
    test(`${handsOff.name}: a hand-off that is answered with ${status} and not refused is kept, and sent again`, () =>
      house.person(
        async (person) => {
          const page = await person.open();
          await ask(page, handsOff);
          const body = typeof told === "string" ? told : JSON.stringify(told);
          await page.route("**/api/hand-offs", (route) => route.fulfill({ status, body, contentType: "application/json" }));
          await approve(page);
          await card(page, WHITEBIT).getByText(words).waitFor();
          await page.reload();
          await card(page, WHITEBIT).getByText(words).waitFor();
          await page.unroute("**/api/hand-offs");
          await button(page, WHITEBIT, "Try again").click();
          await person.connected(page, WHITEBIT);
          await house.assertOneExchange(WHITEBIT);
          await person.assertStoredKeyIsRight(WHITEBIT);
        },
        { expected: new RegExp(`status of ${status}`) },
      ));
  }
});
