// What each part of a wasm module weighs, by the names of its functions. The compiler merges functions into their only
// caller, so the shares are near, not exact: what the exports call once is counted with the crossing.

const PARTS = [
  ["JSON: serde_json, and the readers and writers on it", /serde|Visitor|zmij|\bjson\b|FromJson|ToJson/],
  ["sealing: chacha20poly1305", /chacha20|poly1305|\bcipher|\baead/],
  ["hashes: sha2, hmac", /\bsha2|\bhmac|\bdigest/],
  ["addresses: url, idna", /\burl::|\bidna|form_urlencoded|percent_encoding/],
  ["dates and base64: chrono, base64", /\bchrono|\bbase64/],
  ["crossing to JavaScript, and what it alone calls", /venuekey_wasm|wasm_bindgen|js_sys|externref|^[a-z]\w*_\w+$/],
  ["reading the account", /\bvenuekey::(account_read|model::(query|record)|venues::\w+::accounts)/],
  ["signing, budgets, the care of a key", /\bvenuekey::(keys|limits|model::key_proof|venue::signing|venues::\w+::v\d)/],
  ["flows, tokens, the venues", /\bvenuekey::/],
];
const REST = "Rust's own library: memory, text, numbers";

class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }
  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }
  text() {
    const length = this.number();
    this.at += length;
    return this.bytes.toString("utf8", this.at - length, this.at);
  }
}

/** Bytes of code by part, the largest first. The module must still have its names. */
export function parts(bytes) {
  const lengths = [];
  const names = new Map();
  const module = new WebAssembly.Module(bytes);
  const imported = WebAssembly.Module.imports(module).filter((one) => one.kind === "function").length;
  for (let at = 8; at < bytes.length; ) {
    const reader = new Reader(bytes, at);
    const section = reader.number();
    const end = reader.number() + reader.at;
    if (section === 10) {
      for (let left = reader.number(); left > 0; left--) {
        lengths.push(reader.number());
        reader.at += lengths.at(-1);
      }
    } else if (section === 0 && reader.text() === "name") {
      while (reader.at < end) {
        const kind = reader.number();
        const next = reader.number() + reader.at;
        if (kind === 1) for (let left = reader.number(); left > 0; left--) names.set(reader.number(), reader.text());
        reader.at = next;
      }
    }
    at = end;
  }
  if (names.size === 0) throw new Error("the module has lost its names");
  const sums = new Map();
  lengths.forEach((length, index) => {
    // Without the hashes that newer compilers write into them.
    const name = (names.get(index + imported) ?? "").replace(/\[[0-9a-f]+\]/g, "");
    const part = PARTS.find(([, pattern]) => pattern.test(name))?.[0] ?? REST;
    sums.set(part, (sums.get(part) ?? 0) + length);
  });
  return [...sums].sort(([, a], [, b]) => b - a);
}
