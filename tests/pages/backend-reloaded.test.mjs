// A callback that is opened again, after whatever it has led to, leads to where things stand, and to no page of trouble.
import assert from "node:assert/strict";
import { test } from "node:test";
import { useBackend } from "./support/backend.mjs";
import { card, inState } from "./support/person.mjs";
import { hasAddress } from "./support/until.mjs";
import { VENUES } from "./support/venues.mjs";

const house = useBackend();

for (const venue of VENUES) {
  test(`${venue.name}: the callback of someone who said no, reloaded, still says so`, () =>
    house.person(async (person) => {
      await house.sandbox.knobs({ [venue.name]: { [venue.declineKnob]: "error" } });
      const page = await person.open();
      await person.ask(page, venue);
      const callback = page.waitForRequest((request) => request.url().startsWith(`${house.home}callback/`));
      await page.getByRole("button", { name: "Decline" }).click();
      await inState(page, venue, "attention");
      await page.goto((await callback).url());
      await hasAddress(page, house.home);
      await card(page, venue).getByText(/You said no at/).waitFor();
      assert.deepEqual(await house.exchangedCodes(), []);
    }));

  test(`${venue.name}: the callback of a connection whose outcome is unknown, reloaded, shows what can be done`, () =>
    house.person(async (person) => {
      await house.sandbox.fault({ endpoint: "token", fault: "drop_reply", venue: venue.name });
      const page = await person.open();
      await person.ask(page, venue);
      const callback = await person.callbackOf(page);
      await page.goto(callback);
      await inState(page, venue, "attention");
      await page.goto(callback);
      await hasAddress(page, house.home);
      await card(page, venue).getByText(/answer never reached us/).waitFor();
      assert.equal((await house.exchangedCodes()).length, 1);
    }));
}
