// Prints how large two replies are to a program, and by how many KB it has grown with them.
import { fetchSender } from "venuekey/server";
import { Signer } from "venuekey/parts";

const apiBase = process.argv[2];
const signer = new Signer({ venue: "whitebit", environment: "global", apiKey: "key", apiSecret: "secret", apiBase });
const send = fetchSender();
const before = process.resourceUsage().maxRSS;
const sizes = [];
for (const request of [signer.askTime(), signer.sign("POST", "/api/v4/order/new", {})]) {
  sizes.push((await send(request, {})).body.length);
}
console.log(JSON.stringify([sizes, process.resourceUsage().maxRSS - before]));
process.exit();
