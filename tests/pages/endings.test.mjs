// How a consent ends without approval: refused by the user, or by the exchange.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "./support/checks.mjs";
import { approve, useStage } from "./support/stage.mjs";
import { BYBIT, PARTNER, STATE, VENUES, WHITEBIT } from "./support/venues.mjs";

const stage = useStage();
const press = (page, name) => page.getByRole("button", { name }).click();

async function assertEndsHere(page, heading) {
  await page.getByRole("heading", { level: 1, name: heading, exact: true }).waitFor();
  await page.waitForLoadState();
  assert.equal(new URL(page.url()).origin, stage.sandbox.url, "no redirect");
  assert.equal(await page.locator("form").count(), 0);
}

for (const venue of VENUES) {
  const mode = (value) => stage.sandbox.knobs({ [venue.name]: { [venue.declineKnob]: value } });

  for (const [value, query] of [
    ["error", { error: "access_denied", state: STATE }],
    ["empty", { state: STATE }],
  ]) {
    test(`${venue.name}: declining with ${venue.declineKnob} ${value} goes back to the partner`, async () => {
      await mode(value);
      await stage.consent(venue, async (page) => {
        await press(page, "Decline");
        await stage.arrived(page, venue, query);
      });
    });
  }

  test(`${venue.name}: declining with ${venue.declineKnob} none ends on the exchange's page`, async () => {
    await mode("none");
    await stage.consent(venue, async (page) => {
      await press(page, "Decline");
      await assertEndsHere(page, venue.declined);
      assert.ok((await page.title()).startsWith(venue.declined));
      await inspect(page, `${venue.name}-declined`);
    });
    assert.equal(stage.partner.callbacks.length, 0);
  });

  test(`${venue.name}: closing ends on the exchange's page, whatever ${venue.declineKnob} says`, async () => {
    for (const value of ["none", "error", "empty"]) {
      await mode(value);
      await stage.consent(venue, async (page) => {
        await press(page, "Close window");
        await assertEndsHere(page, "Window closed");
        if (value === "none") await inspect(page, `${venue.name}-closed`);
      });
    }
    assert.equal(stage.partner.callbacks.length, 0);
  });

  for (const [gate, [knobs, heading]] of Object.entries(venue.gates)) {
    test(`${venue.name}: blocked by ${gate}, the user is told why`, async () => {
      await stage.sandbox.knobs({ [venue.name]: knobs });
      const keysBefore = (await stage.venueState(venue)).keys.length;
      await stage.consent(venue, async (page) => {
        await assertEndsHere(page, heading);
        assert.ok((await page.title()).startsWith(heading));
        assert.match(await page.getByRole("main").innerText(), new RegExp(`^${PARTNER} wants to `, "m"));
        await inspect(page, `${venue.name}-blocked-${gate}`);
      });
      assert.equal(stage.partner.callbacks.length, 0);
      const { keys, open_codes } = await stage.venueState(venue);
      assert.deepEqual([keys.length, open_codes], [keysBefore, 0]);
    });
  }

  test(`${venue.name}: who turns two-factor on may reload and go on`, async () => {
    await stage.sandbox.knobs({ [venue.name]: { user_two_factor: false } });
    await stage.consent(venue, async (page) => {
      await assertEndsHere(page, "Two-factor authentication is off");
      await stage.sandbox.knobs({ [venue.name]: { user_two_factor: true } });
      await page.reload();
      await approve(page);
      await stage.approved(page, venue);
    });
  });
}

test("a request that is not as documented is explained, without a way on", async () => {
  for (const [venue, query] of [
    [WHITEBIT, { clientId: "nobody", code_challenge: "short" }],
    [BYBIT, { client_id: "nobody", scope: "everything" }],
  ]) {
    await stage.consent(
      venue,
      async (page, response) => {
        assert.equal(response.status(), 400);
        const heading = "This request is not as documented";
        await assertEndsHere(page, heading);
        assert.ok((await page.title()).startsWith(heading));
        await inspect(page, `${venue.name}-bad-request`);
      },
      { authorize: { query } },
    );
  }
  assert.equal(stage.partner.callbacks.length, 0);
});
