// The exchange in a window of its own: the page behind goes on, and the window closes itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import { buttonOf, press, useMounted } from "./support/mounted.mjs";
import { approve } from "./support/stage.mjs";
import { hasAddress, hasText, until } from "./support/until.mjs";
import { VENUES } from "./support/venues.mjs";

const house = useMounted({ popup: true });

for (const venue of VENUES) {
  test(`${venue.name}: the window closes itself, and the page behind says what came of it`, () =>
    house.visit(async (page, context) => {
      const opened = context.waitForEvent("page");
      await press(page, `Connect ${venue.title}`);
      const popup = await opened;
      await hasText(page.getByRole("main"), /Waiting for you/);
      await approve(popup);
      await hasText(page.getByRole("main"), /Your account at \w+ is connected/);
      await hasAddress(page, house.connections);
      await until(() => assert.ok(popup.isClosed(), popup.url()));
    }));

  test(`${venue.name}: a window that is closed in the middle opens again`, () =>
    house.visit(async (page, context) => {
      let opened = context.waitForEvent("page");
      await press(page, `Connect ${venue.title}`);
      const popup = await opened;
      // Closed before that, it takes along the request that begins the connection.
      await popup.waitForURL(/^http/);
      await popup.close();
      await buttonOf(page, `Continue at ${venue.title}`).waitFor();
      opened = context.waitForEvent("page");
      await press(page, `Continue at ${venue.title}`);
      await approve(await opened);
      await hasText(page.getByRole("main"), /Your account at \w+ is connected/);
    }));
}

test("where the browser opens no window, the exchange comes here", () =>
  house.visit(async (page) => {
    await page.evaluate(() => (globalThis.open = () => null));
    await press(page, "Connect Bybit");
    await approve(page);
    await hasText(page.getByRole("main"), /Your account at \w+ is connected/);
    assert.match(page.url(), /status\/[0-9a-f]{32}$/);
  }));

test("without scripts too", () =>
  house.visit(
    async (page) => {
      await press(page, "Connect Bybit");
      await approve(page);
      await hasText(page.getByRole("main"), /Your account at \w+ is connected/);
    },
    { javaScriptEnabled: false },
  ));
