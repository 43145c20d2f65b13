// Steps of flows and of connections, for test_relay*.py: orders on standard input, what came of each on standard output.
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { printed } from "./lines.mjs";
import { bytes, camel, fields, request as shown } from "../../../bindings-wasm/tests/replay/describe.mjs";

// The package as examples/node-backend has it installed.
const require = createRequire(new URL("../../../examples/node-backend/package.json", import.meta.url));

// Its driver is no part of the package's exports: taken from its file.
const { ConnectionDriver } = require(`${dirname(require.resolve("venuekey"))}/inside-node.js`);
const { HttpResponse, SealingKeys } = require("venuekey/parts");

const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

async function send({ NoResponse, fetchSender }, request) {
  try {
    const { status, body } = await fetchSender()(request, {});
    tell({ reply: { status, body: Buffer.from(body).toString("base64") } });
  } catch (error) {
    if (!(error instanceof NoResponse)) throw error;
    tell({ reply: false });
  }
}

const response = ({ status, body }) => new HttpResponse(status, Buffer.from(body, "base64"));

function first(client, { event, snapshot }, now) {
  const [[name, given]] = Object.entries(event);
  if (name === "begin") return client.begin(given.goal, { ...now, entropy: Buffer.from(given.entropy, "hex") });
  if (name === "accept_hand_off") return client.acceptHandOff(given, now);
  const flow = client.restore(snapshot);
  switch (name) {
    case "receive_callback":
      return flow.receiveCallback(given, now);
    case "receive_response":
      return flow.receiveResponse(response(given), now);
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

async function takeStep(venuekey, client, order) {
  const step = first(client, order, { nowMs: order.now_ms });
  if ("pending" in step) {
    return tell({ step: "begun", snapshot: step.pending.snapshot().expose(), authorize_url: step.authorizeUrl.expose() });
  }
  const { name, request, untilMs: until_ms, error, recovery, outcome } = step;
  const snapshot = (step.next ?? step.flow).snapshot().expose();
  const hand_off = outcome?.handOff?.expose();
  tell({ step: name, snapshot, purpose: request?.purpose, until_ms, code: error?.code, recovery, hand_off });
  if (name === "send" && order.send) await send(venuekey, request);
}

const COLUMNS = [
  "id", "owner", "client", "label", "venue", "environment", "status", "intent", "due_at_ms", "lease_holder", "lease_until_ms", "revision",
  "sealing_key_id", "account_hash", "sealed",
];

/** What one order says of a connection. */
class Host {
  constructor(venuekey, client, order) {
    this.venuekey = venuekey;
    this.client = client;
    this.order = order;
    this.keys = new SealingKeys([["relay", bytes(order.keys)]]);
  }

  async answer() {
    const { event, now_ms: nowMs, row } = this.order;
    const [[name, given]] = Object.entries(event);
    if (name === "begin") return this.tell("save", this.begun(given, nowMs));
    const stored = this.opened(row, nowMs);
    switch (name) {
      case "receive_callback":
      case "choose":
      case "disconnect":
        return this.tell("save", stored[camel(name)](given, { nowMs }));
      case "print": {
        const sealed = stored.seal({ keys: this.keys });
        const clients = { [sealed.client]: this.client };
        return tell({ printed: await printed(require("venuekey/connections"), sealed, clients, this.keys, nowMs) });
      }
      case "read":
        return tell({ payload: stored.signer().receiveResponse(response(given)).payload });
      case "sign": {
        const { method, path, parameters, nonce_ms: nonceMs } = given;
        const request = stored.signer().sign(method, path, parameters, { nonceMs });
        tell({ request: shown(request) });
        return this.sent(request);
      }
      case "drive": {
        const driver = this.driven(stored, given);
        this.tellDriver(driver);
        return this.sent(driver.request);
      }
      default:
        throw new Error(`no such event: ${name}`);
    }
  }

  async sent(request) {
    if (request !== undefined && this.order.send) await send(this.venuekey, request);
  }

  begun({ goal, owner, client_name: clientName, entropy }, nowMs) {
    return this.client.beginConnection(goal, { owner, clientName, entropy: bytes(entropy), nowMs });
  }

  opened(row, nowMs) {
    return this.client.openConnection(row, { keys: this.keys, nowMs });
  }

  driven(stored, { holder, began_ms: beganMs, patience_ms: patienceMs, refused_generation: refusedGeneration, done }) {
    const wants = patienceMs === undefined ? undefined : { patienceMs, refusedGeneration };
    const driver = new ConnectionDriver(stored, holder, beganMs, wants);
    for (const { now_ms: nowMs, ...each } of done) {
      const [[name, given]] = Object.entries(each);
      this.goOn(driver, name, given, nowMs);
    }
    return driver;
  }

  goOn(driver, name, given, nowMs) {
    switch (name) {
      case "loaded":
        return driver.loaded(this.opened(given, nowMs), nowMs);
      case "response":
        return driver.response(response(given), nowMs);
      case "no_response":
        return driver.noResponse(false, nowMs);
      case "nonce":
      case "found":
      case "delivered":
        return driver[name](given, nowMs);
      case "saved":
        return driver.saved(nowMs);
      case "superseded":
      case "deleted":
      case "awake":
        return driver[name]();
      default:
        throw new Error(`nothing comes of ${name}`);
    }
  }

  tellDriver(driver) {
    const { access, events, isGone: is_gone, request, untilMs: until_ms } = driver;
    this.tell(driver.action, driver.connection, {
      request: request && shown(request),
      events: events.map((event) => fields(event, "number", "at_ms", "kind", "code", "key_id")),
      until_ms,
      // Exposed, as all of a connection, to be compared.
      access: access && {
        access: access.name,
        ...fields(access.key ?? access.tokens, "api_key", "access_token"),
        ...fields(access, "generation"),
      },
      is_gone,
    });
  }

  tell(action, connection, more) {
    const row = action === "save" ? fields(connection.seal({ keys: this.keys }), ...COLUMNS) : undefined;
    const choices = connection.choices?.subaccounts.map(({ id }) => id);
    tell({ action, row, choices, ...fields(connection, "authorize_url"), connection: connection.text.expose(), ...more });
  }
}

async function answer(order) {
  // Without a secret, the entry point that takes none.
  const venuekey = require(order.client_secret ? "venuekey/server" : "venuekey");
  const { base, client_id: clientId, client_secret: clientSecret, environment, redirect_uri: redirectUri, venue } = order;
  const secret = clientSecret ? { clientSecret } : {};
  const config = { venue, environment, clientId, ...secret, redirectUri, authorizeBase: base, apiBase: base };
  const client = new venuekey.Client(config);
  await (order.keys ? new Host(venuekey, client, order).answer() : takeStep(venuekey, client, order));
}

for await (const line of createInterface({ input: process.stdin })) await answer(JSON.parse(line));
// A pooled connection would keep the process for a while.
process.exit(0);
