// The consent page as it opens: what it says, and how it looks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "./support/checks.mjs";
import { useStage } from "./support/stage.mjs";
import { CODE, PARTNER, STATE, VENUES, WHITEBIT } from "./support/venues.mjs";

const stage = useStage();

for (const venue of VENUES) {
  test(`${venue.name}: the page names who asks, whom, and for what`, () =>
    stage.consent(venue, async (page, response) => {
      assert.equal(response.status(), 200);
      const heading = await page.getByRole("heading", { level: 1 }).textContent();
      assert.ok(heading.startsWith(`${PARTNER} wants to `), heading);
      assert.ok((await page.title()).startsWith(heading));
      const main = await page.getByRole("main").innerText();
      for (const part of [`id ${venue.userId}`, CODE, stage.partner.url, ...venue.grants]) {
        assert.ok(main.includes(part), `${part} is on the page`);
      }
      assert.match(await page.getByRole("banner").innerText(), /^Sandbox: no real exchange/);
      const permissions = page.getByRole("group", { name: venue.legend });
      assert.equal(await permissions.count(), 1);
      for (const name of venue.permissions) {
        const box = permissions.getByRole("checkbox", { name, exact: true });
        assert.equal(await box.isChecked(), name !== "Withdrawal", name);
        const hint = await box.evaluate((e) => document.getElementById(e.getAttribute("aria-describedby")).innerText);
        assert.ok(hint.length > 10, `${name} has a hint`);
      }
      assert.equal(await page.getByText(STATE).count(), 0);
      const close = page.getByRole("button", { name: "Close window", description: /is like closing this tab/ });
      assert.equal(await close.count(), 1);
    }));

  test(`${venue.name}: accessible and not too wide, on desktop and phone, light and dark`, () =>
    stage.consent(venue, (page) => inspect(page, `${venue.name}-consent`)));

  test(`${venue.name}: no script runs, and the browser keeps it so`, () =>
    stage.consent(
      venue,
      async (page, response) => {
        const policy = response.headers()["content-security-policy"];
        assert.match(policy, /^default-src 'none'; style-src 'self'; /);
        assert.doesNotMatch(policy, /unsafe|script-src|\*/);
        assert.equal(await page.locator("script, [style], [onclick], iframe").count(), 0);
        const attempts = await page.evaluate(async () => {
          const refused = new Set();
          document.addEventListener("securitypolicyviolation", (event) => refused.add(event.effectiveDirective));
          const settled = [];
          const add = (tag, attributes) => {
            const element = document.createElement(tag);
            for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
            // After what an attribute does at the same event.
            const ends = (event) => new Promise((resolve) => element.addEventListener(event, resolve));
            if (attributes.src) settled.push(Promise.race([ends("load"), ends("error")]));
            return document.body.appendChild(element);
          };
          add("script", {}).textContent = "globalThis.ran = 'script'";
          add("script", { src: "data:text/javascript,globalThis.ran='source'" });
          add("img", { src: "data:,", onerror: "globalThis.ran = 'handler'" });
          add("p", { style: "color: red" });
          add("iframe", { src: "/_sandbox/health" });
          const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
          // However slow the browser is to tell of them, and to be done with what has an address.
          for (let looks = 0; refused.size < 4 && looks < 15_000; looks += 1) await pause(20);
          await Promise.all(settled);
          return { ran: globalThis.ran, refused: [...refused].sort() };
        });
        const refused = ["frame-src", "script-src-attr", "script-src-elem", "style-src-attr"];
        assert.deepEqual(attempts, { ran: undefined, refused });
      },
      { problemsExpected: true },
    ));
}

for (const [name, heading, scopes] of [
  ["plain", "wants to read your account"],
  ["wide", "wants access to your account", "general,orders.create"],
]) {
  test(`the ${name} grant makes no key, asks for no permission and looks as good`, async () => {
    const query = { code_challenge: undefined, code_challenge_method: undefined };
    if (scopes) await stage.sandbox.knobs({ whitebit: { plain_scopes: scopes } });
    await stage.consent(
      WHITEBIT,
      async (page) => {
        await page.getByRole("heading", { level: 1, name: `${PARTNER} ${heading}`, exact: true }).waitFor();
        assert.equal(await page.getByRole("checkbox").count(), 0);
        await inspect(page, `whitebit-consent-${name}`);
      },
      { authorize: { query } },
    );
  });
}

for (const [venue, environment, host] of [
  [VENUES[0], "eu", "whitebit.eu"],
  [VENUES[1], "testnet", "testnet.bybit.com"],
]) {
  test(`${venue.name} ${environment}: the page says which host it stands for`, () =>
    stage.consent(
      venue,
      async (page) => assert.equal(await page.getByText(`in place of ${host}`, { exact: true }).count(), 1),
      { authorize: { environment } },
    ));
}
