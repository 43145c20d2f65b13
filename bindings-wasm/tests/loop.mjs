// Prints by how many KB a program has grown that signs and reads without a turn of the event loop, and disposes or not.
import { HttpResponse, Signer } from "venuekey/parts";

const signer = new Signer({ venue: "whitebit", environment: "global", apiKey: "key", apiSecret: "secret" });
const body = new TextEncoder().encode('{"orderId":1}');

function round(nonceMs) {
  const made = [signer.sign("POST", "/api/v4/order/new", { market: "BTC_USDT", amount: "1" }, { nonceMs })];
  made.push(new HttpResponse(200, body));
  made.push(signer.receiveResponse(made[1]));
  if (process.argv[2] === "dispose") for (const value of made) value[Symbol.dispose]();
}

for (let warm = 0; warm < 5_000; warm += 1) round(1_790_000_000_000 + warm);
const before = process.memoryUsage.rss();
for (let i = 0; i < 30_000; i += 1) round(1_790_000_100_000 + i);
process.stdout.write(String((process.memoryUsage.rss() - before) >> 10));
