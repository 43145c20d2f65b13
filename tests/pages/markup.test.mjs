// Values from outside are text on the pages, never markup.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "./support/checks.mjs";
import { approve, useStage } from "./support/stage.mjs";
import { BYBIT, VENUES, WHITEBIT } from "./support/venues.mjs";

const SCRIPT = `<script>alert(1)</script>`;
const BREAKOUT = `"'><script>alert(1)</script><img src=x onerror=alert(2)>`;
const strangeRedirect = (partner) => `${partner}/callback/bybit?x="><script>alert(1)</script>`;
const STRANGE_HOST = "http://partner.test<script>alert(1)<i>";
const NAME = "Thrift & <i>Co</i> <script>throw 1</script>";

const stage = useStage({
  moreRedirects: (partner) => [["bybit", strangeRedirect(partner)], ["bybit", STRANGE_HOST]],
  names: VENUES.map((venue) => [venue.name, NAME]),
});

/** The text is there to be read, and made no element. A dialog would fail the visit. */
async function assertTextOnly(page, text) {
  assert.ok((await page.getByRole("main").innerText()).includes(text), `${text} is shown`);
  assert.equal(await page.locator("main :is(script, img, i)").count(), 0);
}

for (const venue of VENUES) {
  test(`${venue.name}: a partner's name of markup is shown as text, wherever it stands`, async () => {
    await stage.consent(venue, async (page) => {
      await assertTextOnly(page, NAME);
      const heading = await page.getByRole("heading", { level: 1 }).textContent();
      assert.ok(heading.startsWith(`${NAME} wants to `), heading);
      assert.ok((await page.title()).startsWith(heading));
      await page.getByRole("heading", { level: 2, name: `What ${NAME} will be able to do`, exact: true }).waitFor();
      await inspect(page, `${venue.name}-name-of-markup`);
    });
    await stage.sandbox.knobs({ [venue.name]: { user_kyc: false } });
    await stage.consent(venue, (page) => assertTextOnly(page, NAME));
  });

  test(`${venue.name}: a state of markup comes back as it was, and is not on the page`, () =>
    stage.consent(
      venue,
      async (page) => {
        assert.equal((await page.content()).includes("alert("), false);
        await approve(page);
        const { state } = await stage.arrived(page, venue);
        assert.equal(state, BREAKOUT);
      },
      { authorize: { state: BREAKOUT } },
    ));

  test(`${venue.name}: a parameter of markup is named as text`, () =>
    stage.consent(
      venue,
      async (page) => {
        await assertTextOnly(page, BREAKOUT);
        await inspect(page, `${venue.name}-bad-request-markup`);
      },
      { authorize: { query: { [BREAKOUT]: "1" } } },
    ));

  test(`${venue.name}: a code of markup is shown as text, and accepted`, async () => {
    await stage.sandbox.knobs({ [venue.name]: { user_otp: BREAKOUT } });
    await stage.consent(venue, async (page) => {
      await assertTextOnly(page, BREAKOUT);
      await approve(page, BREAKOUT);
      await stage.approved(page, venue);
    });
  });

  test(`${venue.name}: a session of markup opens nothing`, () =>
    stage.consent(venue, async (page) => {
      const address = new URL(page.url());
      address.searchParams.set("session", SCRIPT);
      const response = await page.goto(address.href);
      assert.equal(response.status(), 404);
      assert.equal((await page.content()).includes("alert("), false);
      await inspect(page, `${venue.name}-no-such-request`);
    }));
}

test("whitebit: scopes of markup are listed as text", async () => {
  await stage.sandbox.knobs({ whitebit: { granted_scopes: `apikeys.create,${BREAKOUT}` } });
  await stage.consent(WHITEBIT, (page) => assertTextOnly(page, BREAKOUT));
});

test("bybit: a registered address of markup is where the user goes, and no markup", () =>
  stage.consent(
    BYBIT,
    async (page) => {
      await assertTextOnly(page, `you go back to ${stage.partner.url}.`);
      await approve(page);
      await stage.arrived(page, BYBIT);
    },
    { authorize: { redirectUri: strangeRedirect(stage.partner.url) } },
  ));

test("bybit: a registered host of markup is shown as text, and not in the policy", () =>
  stage.consent(
    BYBIT,
    async (page, response) => {
      await assertTextOnly(page, STRANGE_HOST);
      assert.match(response.headers()["content-security-policy"], / form-action 'self' http:; /);
    },
    { authorize: { redirectUri: STRANGE_HOST } },
  ));
