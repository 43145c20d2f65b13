import * as venuekey from "venuekey/server";
import wasm from "venuekey/venuekey.wasm?module";
import { begin } from "../begin.js";

export const runtime = "edge";

export async function GET() {
  await venuekey.init(wasm);
  const begun = begin(venuekey, { clientSecret: "demo-secret" });
  return Response.json({ ...begun, runtime: process.env.NEXT_RUNTIME });
}
