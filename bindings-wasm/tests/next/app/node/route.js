import * as venuekey from "venuekey/server";
import { begin } from "../begin.js";

export const dynamic = "force-dynamic";

export function GET() {
  const begun = begin(venuekey, { clientSecret: "demo-secret" });
  return Response.json({ ...begun, runtime: process.env.NEXT_RUNTIME });
}
