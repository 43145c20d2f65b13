// Connections that end without a yes: the person reads what happened, and the second try succeeds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { useBackend } from "./support/backend.mjs";
import { inspect } from "./support/checks.mjs";
import { assertReachable } from "./support/keyboard.mjs";
import { button, card, inState } from "./support/person.mjs";
import { hasAddress, hasText } from "./support/until.mjs";
import { VENUES } from "./support/venues.mjs";

// Fifteen minutes, after which a consent has timed out, pass in 2.7 s.
const HASTE = 0.003;

const house = useBackend();

const press = (page, name) => page.getByRole("button", { name }).click();
const decline = (venue, mode) => house.sandbox.knobs({ [venue.name]: { [venue.declineKnob]: mode } });

async function assertSecondTrySucceeds(person, page, venue) {
  await person.connect(page, venue, "Start again");
  await house.assertOneExchange(venue);
  await person.assertStoredKeyIsRight(venue);
}

for (const venue of VENUES) {
  for (const mode of ["error", "empty"]) {
    test(`${venue.name}: declined and sent back (${mode}), the person reads so and connects after all`, () =>
      house.person(async (person) => {
        await decline(venue, mode);
        const page = await person.open();
        await person.ask(page, venue);
        await press(page, "Decline");
        await inState(page, venue, "attention");
        await hasAddress(page, house.home);
        await hasText(card(page, venue), /You said no at .*Nothing was shared/);
        assert.deepEqual(await house.exchangedCodes(), []);
        if (mode === "error") {
          await inspect(page, `backend-${venue.name}-declined`);
          await assertReachable(page);
        }
        await assertSecondTrySucceeds(person, page, venue);
      }));
  }

  test(`${venue.name}: declined without being sent back, the backend's page says what to do`, () =>
    house.person(async (person) => {
      await decline(venue, "none");
      const page = await person.open();
      await person.ask(page, venue);
      await press(page, "Decline");
      await page.getByRole("heading", { name: venue.declined }).waitFor();
      await page.goto(house.home);
      await inState(page, venue, "pending");
      await hasText(card(page, venue), /said no .*start again or stop waiting/);
      await button(page, venue, "Stop waiting").click();
      await inState(page, venue, "none");
      await person.connect(page, venue);
      await house.assertOneExchange(venue);
    }));
}

test("both windows closed during consent: the page waits, then says that time is up; connecting again works", () =>
  house.person(async (person) => {
    const page = await person.open();
    for (const venue of VENUES) {
      const consent = await person.open();
      await person.ask(consent, venue);
      await consent.close();
    }
    await page.reload();
    for (const venue of VENUES) await inState(page, venue, "pending");
    // A page that still asks would complain about a backend that is away.
    await page.goto("about:blank");
    await house.restart(HASTE);
    await page.goto(house.home);
    // The page sees it by itself.
    for (const venue of VENUES) await inState(page, venue, "attention");
    for (const venue of VENUES) await hasText(card(page, venue), /did not come back .* in time/);
    assert.deepEqual(await house.exchangedCodes(), []);
    await inspect(page, "backend-timed-out");
    await assertReachable(page);
    // What it has told, it tells after a restart too.
    await house.restart();
    await page.reload();
    for (const venue of VENUES) await inState(page, venue, "attention");
    for (const venue of VENUES) await assertSecondTrySucceeds(person, page, venue);
  }));
