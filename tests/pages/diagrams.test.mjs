// Every diagram of the documents is drawn, by the Mermaid that the site has.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launchBrowser } from "./support/browser.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MERMAID = `${ROOT}/xtask/site/node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js`;
const DIAGRAM = /^```mermaid\n(.*?)^```$/gms;

function diagrams() {
  const names = execFileSync("git", ["ls-files", "-z", "*.md"], { cwd: ROOT, encoding: "utf8" }).split("\0").filter(Boolean);
  return names.flatMap((name) => {
    const found = [...readFileSync(`${ROOT}/${name}`, "utf8").matchAll(DIAGRAM)];
    return found.map(([, code], number) => ({ place: `${name}, diagram ${number + 1}`, code }));
  });
}

let browser, page;
before(async () => {
  browser = await launchBrowser();
  page = await browser.newPage();
  await page.addScriptTag({ path: MERMAID });
  await page.evaluate(() => mermaid.initialize({ startOnLoad: false }));
});
after(() => browser?.close());

const drawn = (code) =>
  page.evaluate(async (text) => {
    try {
      const { svg } = await mermaid.render("diagram", text);
      return svg.includes("<svg") && !svg.includes("Syntax error");
    } catch (error) {
      return String(error);
    }
  }, code);

test("each is drawn", async () => {
  const found = diagrams();
  assert.ok(found.length > 10);
  for (const { place, code } of found) assert.equal(await drawn(code), true, place);
});

test("one that is no diagram is not", async () => {
  assert.notEqual(await drawn("flowchart LR\n  a --"), true);
});
