// Chromium with a profile folder of its own, removed when it closes.
import { chromium } from "playwright-core";

export function launch() {
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
  const more = ["--disable-component-update", "--disable-sync"];
  return chromium.launch({ executablePath: process.env.VENUEKEY_CHROMIUM, args: [...args, ...more], headless: true });
}

/** A page with the patience that a slow machine takes. */
export async function open(browser) {
  const page = await browser.newPage();
  page.setDefaultTimeout(300_000);
  return page;
}
