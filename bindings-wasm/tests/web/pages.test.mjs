// Pages are the same bytes as Python's: tests/web/pages.json, replayed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

// Inside of the package: views that no connection comes to by itself are shown, too.
const package_ = pathToFileURL(createRequire(import.meta.url).resolve("venuekey/web"));
const [{ Page }, { Words }, { TEXTS }] = await Promise.all(
  ["pages", "words", "texts"].map((name) => import(new URL(`../../esm/web/${name}.js`, package_).href)),
);
const GIVEN = JSON.parse(readFileSync(join(process.env.VENUEKEY_VECTORS, "../web/pages.json"), "utf8"));

/** A record by the names that it has here, without what is not there. */
function ours(value) {
  if (Array.isArray(value)) return value.map(ours);
  if (typeof value !== "object" || value === null) return value ?? undefined;
  const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [camel(name), ours(each)]));
}

function clientOf([name, { supports, ...given }]) {
  return [name, { ...ours(given), supports: (operation) => supports.includes(operation) }];
}

function htmlOf({ texts = {}, mount = "/connections", popup = false, layout, ...given }) {
  const clients = new Map(Object.entries(GIVEN.clients).map(clientOf));
  const [styleUrl, scriptUrl] = [`${mount}/assets/style.css?v=1`, `${mount}/assets/page.js?v=2&more`];
  const own = layout ? (title, body) => `[${title}]\n${body}` : undefined;
  const page = new Page(new Words({ ...TEXTS, ...texts }, clients), { mount, csrf: "csrf-token", styleUrl, scriptUrl, popup, layout: own });
  const views = (given.views ?? []).map((view) => ({ replacesKey: false, noWorker: false, ...ours(view) }));
  if (given.do === "connections") return page.connections(views, given.offered);
  return given.do === "connection" ? page.connection(views[0], given.closes ?? false) : page.message(...given.message);
}

for (const { name, html, ...given } of GIVEN.cases) {
  test(name, () => assert.deepEqual(htmlOf(given).split("\n"), html));
}
