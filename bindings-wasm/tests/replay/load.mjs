// The files of tests/vectors. How a text stands in one: tests/vectors/README.md.
import { readFileSync } from "node:fs";

/** What laying out has added: line breaks, indentation, the space after a name. */
const LAYOUT = /\n *("[^"\\]*":)? ?/g;
const LAID_OUT = /"(\w+)":(\{"venuekey.*?\}),"\1_sha256":"\w{64}"/g;

export function load(name) {
  const compact = readFileSync(`${process.env.VENUEKEY_VECTORS}/${name}.json`, "utf8").replace(LAYOUT, "$1");
  return JSON.parse(compact.replace(LAID_OUT, (_, field, text) => `"${field}":${JSON.stringify(text)}`));
}
