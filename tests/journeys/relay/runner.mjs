// Steps of flows, for test_relay.py: orders on standard input, what came of each on standard output.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

// The package as examples/node-backend has it installed.
const require = createRequire(new URL("../../../examples/node-backend/package.json", import.meta.url));

const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

function first(client, HttpResponse, { event, snapshot }, now) {
  const [[name, given]] = Object.entries(event);
  if (name === "begin") return client.begin(given.goal, { ...now, entropy: Buffer.from(given.entropy, "hex") });
  if (name === "accept_hand_off") return client.acceptHandOff(given, now);
  const flow = client.restore(snapshot);
  switch (name) {
    case "receive_callback":
      return flow.receiveCallback(given, now);
    case "receive_response":
      return flow.receiveResponse(new HttpResponse(given.status, Buffer.from(given.body, "base64")), now);
    case "receive_no_response":
      return flow.receiveNoResponse(now);
    case "recover":
      return flow.recover(now);
    case "resume":
      return flow.resume(now);
    default:
      throw new Error(`no such event: ${name}`);
  }
}

async function answer(order) {
  // Without a secret, the entry point that takes none.
  const { HttpResponse } = require("venuekey/parts");
  const { Client, NoResponse, fetchSender } = require(order.client_secret ? "venuekey/server" : "venuekey");

  const { base, client_id: clientId, client_secret: clientSecret, environment, redirect_uri: redirectUri, venue } = order;
  const secret = clientSecret ? { clientSecret } : {};
  const client = new Client({ venue, environment, clientId, ...secret, redirectUri, authorizeBase: base, apiBase: base });
  const step = first(client, HttpResponse, order, { nowMs: order.now_ms });

  if ("pending" in step) {
    return tell({ step: "begun", snapshot: step.pending.snapshot().expose(), authorize_url: step.authorizeUrl.expose() });
  }
  const { name, request, untilMs: until_ms, error, recovery, outcome } = step;
  const snapshot = (step.next ?? step.flow).snapshot().expose();
  const hand_off = outcome?.handOff?.expose();
  tell({ step: name, snapshot, purpose: request?.purpose, until_ms, code: error?.code, recovery, hand_off });
  if (name !== "send" || !order.send) return;
  try {
    const { status, body } = await fetchSender()(request, {});
    tell({ reply: { status, body: Buffer.from(body).toString("base64") } });
  } catch (error) {
    if (!(error instanceof NoResponse)) throw error;
    tell({ reply: false });
  }
}

for await (const line of createInterface({ input: process.stdin })) await answer(JSON.parse(line));
// A pooled connection would keep the process for a while.
process.exit(0);
