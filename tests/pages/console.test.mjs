// The admin page: what a person sees and does there, and what it keeps from everybody else.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { test } from "node:test";
import { axeFindings, inspect, overflowing } from "./support/checks.mjs";
import { assertReachable, tabStops, tabTo } from "./support/keyboard.mjs";
import { approve, useStage } from "./support/stage.mjs";
import { leadsOn, until } from "./support/until.mjs";
import { BYBIT, VENUES, WHITEBIT } from "./support/venues.mjs";

const stage = useStage();
const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"; // RFC 7636, appendix B
const DAY = 86_400_000;

const adminPage = () => `${stage.sandbox.url}/_sandbox/`;
const admin = async (path, body) => {
  const options = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const reply = await fetch(`${stage.sandbox.url}/_sandbox/${path}`, body && options);
  assert.equal(reply.status, 200, `${path}: ${await reply.clone().text()}`);
  return reply.json();
};
const button = (page, name) => page.getByRole("button", { name, exact: true });
/** Each form leads to the page anew. */
const press = (page, name) => leadsOn(page, () => button(page, name).click());
const says = (page, text, role = "status") =>
  until(async () => assert.equal(await page.getByRole(role).innerText(), text));
const section = (page, name) => page.getByRole("region", { name });

/** Connects an account at both exchanges as a partner would, up to the secrets. */
async function connect() {
  const agent = { "user-agent": "partner/1.0" };
  const call = async (path, { form, token } = {}) => {
    const headers = token ? { ...agent, authorization: `Bearer ${token}` } : agent;
    const body = form && new URLSearchParams(form);
    const reply = await fetch(`${stage.sandbox.url}${path}`, { method: form ? "POST" : "GET", headers, body });
    return reply.json();
  };
  const codes = {};
  await stage.sandbox.knobs({ whitebit: { key_timing: "before", code_ttl_s: 3600 } });
  for (const venue of VENUES) {
    await stage.consent(venue, async (page) => {
      await approve(page);
      codes[venue.name] = (await stage.arrived(page, venue)).code;
    });
    stage.partner.callbacks.length = 0;
  }
  const client = (venue) => ({ client_id: `demo-${venue}`, client_secret: `demo-${venue}-secret` });
  const [whitebit, bybit] = ["/whitebit/global/oauth2", "/bybit/mainnet/oauth/v1"];
  const granted = await call(`${whitebit}/token`, {
    form: { ...client("whitebit"), code: codes.whitebit, code_verifier: VERIFIER },
  });
  const token = granted.data.access_token;
  const info = await call(`${whitebit}/api-key/info`, { token });
  await call(`${whitebit}/api-key/${info.data.externalId}/secret`, { token });
  const tokens = await call(`${bybit}/public/access_token`, { form: { ...client("bybit"), code: codes.bybit } });
  await call(`${bybit}/resource/restrict/openapi`, { token: tokens.access_token });
  // And something that no documentation knows.
  await call(`${whitebit}/token`, { form: { ...client("whitebit"), grant_type: "authorization_code" } });
}

/** Every text at a place where the masked answer has a mask. */
function hidden(masked, open) {
  if (masked === "***") return [open];
  if (typeof masked !== "object" || masked === null) return [];
  return Object.keys(masked).flatMap((name) => hidden(masked[name], open[name]));
}

test("a fresh sandbox: accessible and not too wide, on desktop and phone, light and dark", () =>
  stage.visit(adminPage(), async (page, response) => {
    assert.equal(response.status(), 200);
    await page.getByRole("heading", { level: 1, name: "Admin page" }).waitFor();
    await section(page, "Exchanges").getByText("Nothing yet.").waitFor();
    assert.equal(await page.locator("script, [style], [onclick], iframe").count(), 0);
    const policy = response.headers()["content-security-policy"];
    assert.match(policy, /^default-src 'none'; style-src 'self'; .*frame-ancestors 'none'$/);
    await inspect(page, "console-fresh");
  }));

test("a used sandbox: what came is seen, and no secret is on the page", async () => {
  await connect();
  await admin("faults", { endpoint: "secret", fault: "drop_reply", count: 2 });
  await admin("clock", { held: true });
  await stage.sandbox.knobs({ bybit: { redirect_status: 302 } });
  await stage.visit(adminPage(), async (page) => {
    const exchanges = await section(page, "Exchanges").innerText();
    for (const part of ["POST /oauth2/token", "WhiteBIT global", "Bybit mainnet", "client_secret", "authorization"]) {
      assert.ok(exchanges.toLowerCase().includes(part.toLowerCase()), `${part} in ${exchanges}`);
    }
    assert.match(await section(page, "Violations").innerText(), /2\n[^]*missing_field code:[^]*unknown_field grant_type:/);
    assert.match(await section(page, "Faults").innerText(), /2\n[^]*drop_reply at secret, 2 to come/);
    assert.match(await section(page, "Clock").innerText(), /held still/);
    const accounts = await section(page, "Accounts").innerText();
    assert.match(accounts, /Key 1[^]*secret\s+masked\s+secret taken\s+yes/);
    assert.match(await section(page, "Knobs").innerText(), /Bybit: \d+ knobs, 1 changed[^]*changed, 301 at the start/);

    // Whatever the endpoints mask everywhere stands nowhere on the page; of headers, those with credentials.
    const credentials = ({ headers, ...request }) => [request, headers.filter((h) => /auth|cookie/.test(h.name))];
    const everything = async (query) => {
      const { requests } = await admin(`requests${query}`);
      return { ...(await admin(`state${query}`)), requests: requests.map(credentials) };
    };
    const [masked, open] = [await everything(""), await everything("?values=true")];
    const shown = JSON.stringify([masked, await admin("knobs")]);
    const secrets = [...new Set(hidden(masked, open))].filter((text) => text.length >= 8 && !shown.includes(text));
    const kinds = ["demo-whitebit-secret", "demo-bybit-secret", VERIFIER];
    const keys = [open.whitebit.global.keys[0].secret, open.bybit.mainnet.keys[0].api_secret];
    for (const one of [...kinds, ...keys, open.whitebit.global.tokens[0].access_token]) {
      assert.ok(secrets.includes(one), "the secrets are known to this test");
    }
    assert.ok(secrets.some((text) => text.startsWith("Bearer ")));
    const html = await page.content();
    assert.deepEqual(secrets.filter((text) => html.includes(text.replace("Bearer ", ""))), []);
    await inspect(page, "console-used");
  });
});

for (const venue of VENUES) {
  test(`${venue.name}: the knobs are accessible, reachable by Tab, not too wide`, () =>
    stage.visit(adminPage(), async (page) => {
      await page.locator(`#knobs-${venue.name} > summary`).click();
      await inspect(page, `console-knobs-${venue.name}`);
      await assertReachable(page);
    }));
}

test("bodies are opened, exchanges filtered, knobs in groups", async () => {
  await connect();
  await stage.visit(adminPage(), async (page) => {
    const exchanges = section(page, "Exchanges");
    await exchanges.getByText(/^Bodies/).first().click();
    await exchanges.getByText(/"missing_field"|client_secret=\*\*\*/).first().waitFor();
    await inspect(page, "console-bodies");
    await page.getByLabel("Venue").selectOption("bybit");
    await page.getByLabel("Kind").selectOption("token");
    await press(page, "Filter");
    assert.match(page.url(), /venue=bybit&endpoint=token.*#exchanges$/);
    await exchanges.getByText("1 like that.").waitFor();
    assert.equal(await exchanges.locator("li").count(), 1);
    assert.equal(await page.getByLabel("Venue").inputValue(), "bybit");
    await page.locator("#knobs-bybit > summary").click();
    const groups = await page.locator("#knobs-bybit").getByRole("heading", { level: 3 }).allInnerTexts();
    assert.deepEqual(groups.slice(0, 3), ["The user", "Consent and callback", "Tokens"]);
    await inspect(page, "console-filtered");
    await assertReachable(page);
  });
});

test("all by keyboard: Tab follows the page, Enter advances the clock", () =>
  stage.visit(adminPage(), async (page) => {
    const stops = await tabStops(page);
    const firsts = ["advance-60000", "hold", "fault-fault", "queue-fault", "whitebit-global-delete_key", "reset"];
    const places = firsts.map((id) => stops.indexOf(id));
    assert.ok(places.every((place, n) => place > (places[n - 1] ?? -1)), `${firsts} in ${stops}`);
    await tabTo(page, page.locator("#advance-1209600000"));
    await leadsOn(page, () => page.keyboard.press("Enter"));
    await page.waitForURL(/#clock$/);
    await says(page, "The clock is set.");
    assert.match(await section(page, "Clock").innerText(), /running, 14 d ahead of this machine’s/);
    const before = Date.now();
    const { now_ms, offset_ms } = await admin("clock");
    assert.equal(offset_ms, 14 * DAY);
    assert.ok(before <= now_ms - 14 * DAY && now_ms - 14 * DAY <= Date.now());
    assert.deepEqual(await axeFindings(page), []);
  }));

test("the clock is held and let run on", () =>
  stage.visit(adminPage(), async (page) => {
    await press(page, "Hold it still");
    const { now_ms, held } = await admin("clock");
    assert.equal(held, true);
    await press(page, "+ 1 hour");
    assert.equal((await admin("clock")).now_ms, now_ms + 3_600_000);
    await press(page, "Let it run");
    assert.equal((await admin("clock")).held, false);
  }));

test("knobs are saved, all kinds of them, and a wrong value is said", () =>
  stage.visit(
    adminPage(),
    async (page) => {
      const before = await admin("knobs");
      const knobs = page.locator("#knobs-whitebit");
      await knobs.locator("summary").click();
      await knobs.getByLabel("variant", { exact: true }).selectOption("old");
      await knobs.getByLabel("user_kyc", { exact: true }).uncheck();
      await knobs.getByLabel("user_otp").fill("000000");
      await knobs.getByLabel("access_ttl_s").fill("60");
      await knobs.getByLabel("issue_refresh_token").selectOption("true");
      await press(page, "Save WhiteBIT’s knobs");
      await says(page, "The knobs are saved.");
      const changes = { variant: "old", user_kyc: false, user_otp: "000000", access_ttl_s: 60, issue_refresh_token: true };
      const changed = { ...before, whitebit: { ...before.whitebit, ...changes } };
      assert.deepEqual(await admin("knobs"), changed);
      assert.match(await section(page, "Knobs").innerText(), /WhiteBIT: \d+ knobs, 5 changed/);
      await knobs.getByLabel("access_ttl_s").fill("");
      await knobs.getByLabel("scope_denied_status").fill("402");
      await press(page, "Save WhiteBIT’s knobs");
      await says(page, "whitebit.scope_denied_status must be one of [401, 403], not 402.", "alert");
      assert.match(await page.title(), /^Error: /);
      assert.deepEqual(await axeFindings(page), []);
      assert.deepEqual(await admin("knobs"), changed);
    },
  ));

test("a fault is queued and forgotten", () =>
  stage.visit(adminPage(), async (page) => {
    await page.getByLabel("Fault", { exact: true }).selectOption("server_error");
    await page.getByLabel("Endpoint").selectOption("token");
    await page.getByLabel("Exchange", { exact: true }).selectOption("bybit");
    await page.getByText("Delay and server error").click();
    await page.getByLabel("server_error: status").fill("503");
    await page.getByLabel("server_error: strikes").selectOption("after the effect");
    await press(page, "Queue it");
    const order = { endpoint: "token", venue: "bybit", fault: "server_error", count: 1, ms: 1000, status: 503 };
    assert.deepEqual(await admin("faults"), [{ ...order, after_effect: true }]);
    assert.match(await section(page, "Faults").innerText(), /server_error at token of bybit, 1 to come, 503 after/);
    await press(page, "Forget them");
    assert.deepEqual(await admin("faults"), []);
  }));

test("the user acts, by buttons for what each exchange knows; then all starts over", async () => {
  await connect();
  await stage.visit(adminPage(), async (page) => {
    const group = (name) => section(page, "User’s actions").getByRole("group", { name });
    const labels = (name) => group(name).getByRole("button").allInnerTexts();
    assert.ok((await labels("WhiteBIT global")).includes("Block account"));
    assert.ok(!(await labels("Bybit mainnet")).includes("Block account"));
    await leadsOn(page, () => group("WhiteBIT global").getByRole("button", { name: "Delete key" }).click());
    await says(page, "Done: delete_key. It met: keys 1.");
    assert.equal((await stage.venueState(WHITEBIT)).keys[0].status, "deleted");
    assert.equal((await stage.venueState(BYBIT)).keys[0].exists, true);
    await press(page, "Reset the sandbox");
    await says(page, "The sandbox has started over.");
    await section(page, "Exchanges").getByText("Nothing yet.").waitFor();
    assert.deepEqual((await stage.venueState(BYBIT)).keys, []);
  });
});

test("a cross-site form post is refused, and one from another port of this machine", async () => {
  const target = `${stage.sandbox.url}/_sandbox/form/post/clock/advance`;
  const form = `<!doctype html><html lang="en"><title>Elsewhere</title><link rel="icon" href="data:,">
<form method="post" action="${target}"><input name="ms" value="60000"><button>Go</button></form></html>`;
  const elsewhere = createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end(form));
  elsewhere.listen(0, "127.0.0.1");
  await once(elsewhere, "listening");
  const { port } = elsewhere.address();
  try {
    for (const site of [`http://localhost:${port}/`, `http://127.0.0.1:${port}/`]) {
      await stage.visit(site, async (page) => {
        await press(page, "Go");
        await says(page, "Forms of other sites' pages are refused.", "alert");
      });
    }
  } finally {
    elsewhere.close();
    elsewhere.closeAllConnections();
  }
  const post = (headers) => fetch(target, { method: "POST", headers, body: new URLSearchParams({ ms: "60000" }) });
  const refused = [{}, { origin: "null" }, { origin: "http://elsewhere.test" }, { "sec-fetch-site": "same-site" }];
  for (const headers of refused) assert.equal((await post(headers)).status, 403, JSON.stringify(headers));
  assert.equal((await admin("clock")).offset_ms, 0);
  // A browser that sends no Sec-Fetch-Site says in Origin where its form stood.
  assert.equal((await post({ origin: stage.sandbox.url })).status, 200);
  assert.equal((await admin("clock")).offset_ms, 60_000);
});

test("a link may not put words of its own on the page", () =>
  stage.visit(`${adminPage()}?at=clock&done=${encodeURIComponent("<b>Call</b> us")}`, async (page) => {
    assert.equal(await page.getByRole("status").count(), 0);
    assert.ok(!(await page.content()).includes("Call"));
    assert.deepEqual(await overflowing(page), []);
  }));
