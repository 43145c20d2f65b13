// A whole backend in an edge worker: begins, is called back, exchanges the code, fetches the key.
import { Client, fetchSender, init, VenuekeyError } from "venuekey/server";
import { drive, MemoryStore } from "venuekey/parts";
import wasm from "venuekey/venuekey.wasm";

const store = new MemoryStore();

function client(base, redirectUri) {
  const [clientId, clientSecret] = ["demo-whitebit", "demo-whitebit-secret"];
  const [authorizeBase, apiBase] = [base, base];
  return new Client({ venue: "whitebit", environment: "global", clientId, clientSecret, redirectUri, authorizeBase, apiBase });
}

const ROUTES = {
  begin({ base, redirectUri }) {
    const { authorizeUrl, pending } = client(base, redirectUri).begin("api_key");
    store.save(pending.snapshot());
    return { authorizeUrl: authorizeUrl.expose(), flowId: pending.flowId };
  },
  async receive({ base, redirectUri, flowId, url }) {
    try {
      const step = client(base, redirectUri).restore(store.load(flowId)).receiveCallback(url);
      const { outcome } = await drive(step, { send: fetchSender(), save: store.save });
      return { outcome: outcome.name, apiKey: outcome.key.apiKey.expose() };
    } catch (error) {
      if (error instanceof VenuekeyError) return { kind: error.kind, code: error.code };
      throw error;
    }
  },
};

export async function answer(path, given) {
  await init(wasm);
  return ROUTES[path](given);
}

export default {
  async fetch(request) {
    const given = await request.json();
    try {
      return Response.json(await answer(new URL(request.url).pathname.slice(1), given));
    } catch (error) {
      return Response.json({ error: String(error), stack: error.stack }, { status: 500 });
    }
  },
};
