// examples/browser-app as a partner would run it: built, served under its policy, with a backend behind `/api`.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { useBackend } from "./backend.mjs";
import { BACKENDS } from "./backends.mjs";
import { button, inState } from "./person.mjs";
import { startAndReadLine } from "./process.mjs";
import { otpField } from "./stage.mjs";
import { isTicked } from "./until.mjs";
import { VENUES, WHITEBIT } from "./venues.mjs";

export const APP = fileURLToPath(new URL("../../../examples/browser-app", import.meta.url));
const VITE = join(APP, "node_modules/vite/bin/vite.js");

const environment = ({ port, backend, sandboxUrl }) => {
  // Where CI is set Vite colours its words, and takes them apart by it.
  return { ...process.env, NO_COLOR: "1", PORT: `${port}`, BACKEND: backend, VITE_SANDBOX: sandboxUrl };
};

function serve(args, env) {
  const isReady = (line) => line.includes("Local:");
  return startAndReadLine(process.execPath, [VITE, ...args], { env, isReady });
}

export async function serveBuilt(given) {
  const [env, dist] = [environment(given), await mkdtemp(join(tmpdir(), "venuekey-app-"))];
  await promisify(execFile)(process.execPath, [VITE, "build", APP, `--outDir=${dist}`, "--logLevel=warn"], { env });
  const server = await serve(["preview", APP, `--outDir=${dist}`], env);
  return async () => {
    await server.stop();
    await rm(dist, { recursive: true });
  };
}

/** Vite's development server. */
export async function serveSources(given) {
  return (await serve([APP], environment(given))).stop;
}

/** `test` for one of the backends, in turn: that they answer alike is proven a floor below, by journeys of their API. */
function inTurn(turn) {
  let tests = 0;
  return (...given) => {
    if (tests++ % BACKENDS.length === turn) test(...given);
  };
}

/** The same tests with each backend: `body` is given what `useBackend` gives, and a `testInTurn` for what is the page's own. */
export function withEachBackend(body, { serveApp = serveBuilt } = {}) {
  BACKENDS.forEach((program, turn) => {
    describe(`${program.name} backend`, () => body(useBackend({ program, serveApp }), program, inTurn(turn)));
  });
}

/** Who begins, and where the exchange opens. WhiteBIT alone sends people back to a page that has begun by itself. */
export const WAYS = [
  ...VENUES.flatMap((venue) => ["window", "tab"].map((where) => ({ venue, where, who: "backend" }))),
  ...["window", "tab"].map((where) => ({ venue: WHITEBIT, where, who: "page" })),
].map((way) => ({ ...way, name: `${way.venue.name}, ${way.who} begins, ${way.where}` }));

export async function choose(page, { where, who }) {
  for (const value of [where, who]) {
    const choice = page.locator(`input[value=${value}]`);
    // A page that is still starting may set it back under the click.
    await page.waitForLoadState();
    await choice.click();
    await isTicked(choice);
  }
}

/** What a click leads to: the page where the exchange asks, in whichever window. */
export async function ask(page, { venue, where, who }, name = `Connect ${venue.title}`) {
  await choose(page, { where, who });
  const opened = where === "window" ? page.context().waitForEvent("page") : page;
  await button(page, venue, name).click();
  const exchange = await opened;
  await otpField(exchange).waitFor();
  return exchange;
}

export async function isGone(page) {
  if (!page.isClosed()) await page.waitForEvent("close");
}

/** Nothing secret is left anywhere, nor anything that is in the way of a fresh start. A window of ours may be gone. */
export async function assertNothingLeft(person, page, venue) {
  await page.reload();
  await inState(page, venue, "connected");
  await person.assertNothingSecret();
}
