import { builtin } from "./builtin-node.js";
import { MAX_BODY_BYTES } from "./constants.js";

const MOST = { maxOutputLength: MAX_BODY_BYTES };
const zlib = () => builtin("node:zlib");
const DECODERS: Record<string, (body: Uint8Array) => Uint8Array> = {
  gzip: (body) => zlib().gunzipSync(body, MOST),
  "x-gzip": (body) => zlib().gunzipSync(body, MOST),
  // RFC 9110, 8.4.1.2, means zlib's format by it, and knows that some send it without the wrapper.
  deflate: (body) => ((body[0]! & 15) === 8 ? zlib().inflateSync(body, MOST) : zlib().inflateRawSync(body, MOST)),
  br: (body) => zlib().brotliDecompressSync(body, MOST),
};

/**
 * A body that came encoded although `identity` was asked for. No step of it makes more than the cap, and what would is
 * given as too large. What can't be decoded is given as it came: nobody can read it, but its status counts.
 */
export function decoded(body: Uint8Array, encodings = ""): Uint8Array {
  const names = encodings.toLowerCase().split(",").map((name) => name.trim());
  const steps = names.filter((name) => name !== "" && name !== "identity").reverse();
  // Nobody encodes so often but to keep its reader busy.
  if (steps.length > 3 || body.length > MAX_BODY_BYTES) return body;
  try {
    return steps.reduce((made, name) => DECODERS[name]!(made), body);
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    return isTooLarge ? new Uint8Array(MAX_BODY_BYTES + 1) : body;
  }
}
