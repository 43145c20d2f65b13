// What a test file needs: a sandbox, a partner, a browser. Each test starts from a fresh sandbox.
import assert from "node:assert/strict";
import { after, before, beforeEach } from "node:test";
import { launchBrowser, PATIENCE_MS, watch } from "./browser.mjs";
import { startPartner } from "./partner.mjs";
import { startSandbox } from "./sandbox.mjs";
import { leadsOn } from "./until.mjs";
import { CODE, STATE } from "./venues.mjs";

/**
 * `moreRedirects`: from the partner's address, further pairs of venue and registered address. `names`: pairs of venue
 * and what it calls the partner.
 */
export function useStage({ moreRedirects = () => [], names = [] } = {}) {
  const stage = {};
  const running = [];
  const keep = (thing, stop) => (running.unshift(stop), thing);

  before(async () => {
    const partner = await startPartner();
    stage.partner = keep(partner, partner.stop);
    const callback = (venue) => [venue, `${partner.url}/callback/${venue}`];
    const redirects = [callback("whitebit"), callback("bybit"), ...moreRedirects(partner.url)];
    const sandbox = await startSandbox(redirects, names);
    stage.sandbox = keep(sandbox, sandbox.stop);
    const browser = await launchBrowser();
    stage.browser = keep(browser, () => browser.close());
  });
  after(async () => {
    for (const stop of running) await stop();
  });
  beforeEach(async () => {
    stage.partner.callbacks.length = 0;
    await stage.sandbox.reset();
  });

  /** Without a key's value the parameter is left out. */
  stage.authorizeUrl = (venue, { environment = venue.environment, state = STATE, redirectUri, query } = {}) => {
    const uri = redirectUri ?? `${stage.partner.url}/callback/${venue.name}`;
    const parameters = Object.entries({ ...venue.query(uri, state), ...query });
    const sent = new URLSearchParams(parameters.filter(([, value]) => value !== undefined));
    return `${stage.sandbox.url}${venue.login.replace(venue.environment, environment)}?${sent}`;
  };

  /** Runs `body` with a page of a fresh context; afterwards nothing may have gone wrong on it. */
  stage.visit = async (url, body, { problemsExpected = false, browser = stage.browser, ...options } = {}) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    try {
      const page = await context.newPage();
      const problems = watch(page);
      const response = await page.goto(url);
      await body(page, response);
      if (!problemsExpected) assert.deepEqual(problems, [], "nothing went wrong on the page");
    } finally {
      await context.close();
    }
  };

  /** The same for a venue's consent page. */
  stage.consent = (venue, body, { authorize, ...options } = {}) =>
    stage.visit(stage.authorizeUrl(venue, authorize), body, options);

  /** Waits for the partner's page and checks that exactly this one callback came. */
  stage.arrived = async (page, venue, expected) => {
    await page.getByRole("heading", { name: "Back at the partner" }).waitFor();
    assert.equal(stage.partner.callbacks.length, 1, "one callback");
    const [{ method, path, query }] = stage.partner.callbacks;
    assert.equal(method, "GET");
    assert.equal(path, venue.callbackPath);
    if (expected) assert.deepEqual(query, expected);
    return query;
  };

  stage.approved = async (page, venue) => {
    const { code, state } = await stage.arrived(page, venue);
    assert.match(code, /^[A-Za-z0-9]{20,}$/);
    assert.equal(state, STATE);
  };

  /** Keys, codes and open requests of the venue's environment under test. */
  stage.venueState = async (venue) => (await stage.sandbox.state())[venue.name][venue.environment];

  return stage;
}

export const approveButton = (page) => page.getByRole("button", { name: "Approve" });
export const otpField = (page) => page.getByLabel("Two-factor code");

export async function approve(page, code = CODE) {
  await otpField(page).fill(code);
  await approveButton(page).click();
}

/** The same where the form comes back with what is wrong with it. The one that is left may have an alert as well. */
export async function approveInVain(page, code = CODE) {
  await leadsOn(page, () => approve(page, code));
  await page.getByRole("alert").waitFor();
}
