// Bybit's AI agent where no browser can reach the program: the page that shows the code.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "./support/checks.mjs";
import { approve, approveButton, useStage } from "./support/stage.mjs";
import { hasFocus, until } from "./support/until.mjs";
import { BYBIT } from "./support/venues.mjs";

const stage = useStage();
const AGENT = {
  ...BYBIT,
  query: (_, state) => ({
    client_id: "ai-agent",
    response_type: "code",
    scope: "ai-account",
    redirect_uri: "https://www.bybit.com/oauth/callback",
    state,
    code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    code_challenge_method: "S256",
  }),
};

test("the code can be copied with the keyboard, and the pages look as good", () =>
  stage.consent(AGENT, async (page) => {
    await page.getByRole("heading", { level: 1, name: "AI agent wants to use sub-accounts of your account" }).waitFor();
    assert.equal(await page.getByRole("checkbox").count(), 0);
    await inspect(page, "bybit-agent-consent");
    await approve(page);
    await page.getByRole("heading", { level: 1, name: "Copy this code" }).waitFor();
    const field = page.getByLabel("Authorization code");
    await until(async () => assert.match(await field.inputValue(), /^[A-Za-z0-9]{32}$/));
    await hasFocus(field);
    await inspect(page, "bybit-agent-code");
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "Copy this code" }).waitFor();
  }));

test("a code of markup is never shown", () =>
  stage.visit(
    `${stage.sandbox.url}/bybit/mainnet/oauth/callback?code=%3Cscript%3E`,
    async (page, response) => {
      assert.equal(response.status(), 404);
      assert.equal((await page.content()).includes("<script"), false);
      await inspect(page, "bybit-agent-no-code");
    },
    { problemsExpected: true },
  ));

test("without two-factor authentication there is no code to type", async () => {
  await stage.sandbox.knobs({ bybit: { user_two_factor: false } });
  await stage.consent(AGENT, async (page) => {
    await approveButton(page).waitFor();
    assert.equal(await page.getByLabel("Two-factor code").count(), 0);
    await inspect(page, "bybit-agent-consent-without-otp");
    await approveButton(page).click();
    await page.getByRole("heading", { level: 1, name: "Copy this code" }).waitFor();
  });
});
