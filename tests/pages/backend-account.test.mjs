// After the connection: the page with what is in the account.
import assert from "node:assert/strict";
import { test } from "node:test";
import { useBackend } from "./support/backend.mjs";
import { inspect } from "./support/checks.mjs";
import { assertReachable } from "./support/keyboard.mjs";
import { button, card, inState } from "./support/person.mjs";
import { approve } from "./support/stage.mjs";
import { hasCount, leadsOn, until } from "./support/until.mjs";
import { BYBIT, WHITEBIT } from "./support/venues.mjs";

const house = useBackend();
const READ_ONLY = "Give read-only access";

/** The library's pauses between its attempts, which are longer than the page's patience. */
const IN_A_MOMENT = 0.02;

async function atPace(page, scale) {
  // A page that still asks would complain about a backend that is away.
  await page.goto("about:blank");
  await house.restart(scale);
  await page.goto(house.home);
}

const openAccount = (page, venue = WHITEBIT) =>
  leadsOn(page, () => card(page, venue).getByRole("link", { name: "What is in the account" }).click());
const reload = (page) => leadsOn(page, () => page.getByRole("link", { name: "Reload" }).click());
const table = (page, name) => page.getByRole("table", { name });
const cells = async (page, name) =>
  (await table(page, name).getByRole("row").allInnerTexts()).map((row) => row.trim().split(/\s*\t\s*/));

async function inspectPage(page, name) {
  await hasCount(page.getByRole("heading", { level: 1 }), 1);
  await inspect(page, `backend-${name}`);
  await assertReachable(page);
}

test("leave to read only: balances and transactions, digit by digit, and no key", () =>
  house.person(async (person) => {
    const page = await person.open();
    await house.sandbox.knobs({ whitebit: { history_days: 20 } });
    await person.connect(page, WHITEBIT, READ_ONLY);
    await inspectPage(page, "whitebit-read-only");
    await openAccount(page);
    await page.getByRole("heading", { level: 1, name: "Your WhiteBIT account" }).waitFor();
    assert.deepEqual(await cells(page, "Main account"), [["Currency", "Amount"], ["BTC", "0.5"], ["USDT", "10"]]);
    const spot = [["Currency", "Free", "In orders"], ["BTC", "0.1", "0.02"], ["USDT", "1000", "0"]];
    assert.deepEqual(await cells(page, "Spot account"), spot);
    await hasCount(table(page, "Last deposits and withdrawals").getByRole("row"), 7);
    await inspectPage(page, "account");

    await house.sandbox.knobs({ whitebit: { user_has_funds: false } });
    await reload(page);
    await hasCount(page.getByText("Nothing in there."), 2);
    await page.getByRole("link", { name: "Back to your accounts" }).click();
    await inState(page, WHITEBIT, "connected");
    assert.deepEqual((await house.sandbox.state()).whitebit.global.keys, []);
    await person.assertNothingSecret();
  }));

test("with a key: the same balances, read by signed calls", () =>
  house.person(async (person) => {
    const page = await person.open();
    await person.connect(page, WHITEBIT);
    await openAccount(page);
    assert.deepEqual((await cells(page, "Main account"))[1], ["BTC", "0.5"]);
    assert.deepEqual((await cells(page, "Spot account"))[1], ["BTC", "0.1", "0.02"]);
    await inspectPage(page, "account-by-key");
  }));

test("Bybit with a key: the unified account, and the newest of deposits, withdrawals and transfers", () =>
  house.person(async (person) => {
    const page = await person.open();
    await house.sandbox.knobs({ bybit: { history_days: 20 } });
    await person.connect(page, BYBIT);
    await openAccount(page, BYBIT);
    await page.getByRole("heading", { level: 1, name: "Your Bybit account" }).waitFor();
    const unified = [["Currency", "Amount", "In orders"], ["BTC", "0.6", "0.05"], ["USDT", "1000.50", "0"]];
    assert.deepEqual(await cells(page, "Unified account"), unified);
    await hasCount(table(page, "Last deposits and withdrawals").getByRole("row"), 11);
    await inspectPage(page, "account-bybit");
    await person.assertNothingSecret();
  }));

test("what cannot be read is said in its place; access that has ended is connected again", () =>
  house.person(async (person) => {
    const page = await person.open();
    await person.connect(page, WHITEBIT, READ_ONLY);
    await atPace(page, IN_A_MOMENT);
    await house.sandbox.fault({ endpoint: "spot_balances", fault: "rate_limit", count: 5 });
    await openAccount(page);
    const spot = page.getByRole("region", { name: "Spot account" });
    await spot.getByText("WhiteBIT asks us to slow down. Reload in a moment.").waitFor();
    assert.deepEqual((await cells(page, "Main account"))[1], ["BTC", "0.5"]);
    await inspectPage(page, "account-slow-down");

    await house.sandbox.userActs(WHITEBIT, "revoke");
    // A page that asks to slow down is loaded again, as it says.
    await until(async () => {
      if (page.url().includes("/account/")) await reload(page);
      assert.equal(await page.locator(`#connection-${WHITEBIT.name}[data-state=attention]`).count(), 1, page.url());
    });
    await inspectPage(page, "whitebit-access-ended");
    await atPace(page, 1);
    await button(page, WHITEBIT, "Connect again").click();
    await approve(page);
    await person.connected(page, WHITEBIT);
  }));

test("access to read is forgotten after a page that says what that means", () =>
  house.person(async (person) => {
    const page = await person.open();
    await person.connect(page, WHITEBIT, READ_ONLY);
    await button(page, WHITEBIT, "Disconnect").click();
    await page.getByRole("heading", { name: "Disconnect WhiteBIT?" }).waitFor();
    await inspectPage(page, "whitebit-forget-access");
    await page.getByRole("button", { name: "Forget the access here" }).click();
    await inState(page, WHITEBIT, "none");
  }));
