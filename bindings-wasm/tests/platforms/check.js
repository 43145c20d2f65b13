// What a program in the user's own hands does, whichever tool has built it: begins, is called back, ends at a hand-off.
import { Client, fetchSender, init, Secret } from "venuekey";
import { drive, MemoryStore } from "venuekey/parts";

export async function check(wasm) {
  await Promise.all([init(wasm), init(wasm)]);
  const redirectUri = "https://partner.example/callback/whitebit";
  const client = new Client({ venue: "whitebit", environment: "global", clientId: "app-1", redirectUri });
  const store = new MemoryStore();
  const { authorizeUrl, pending } = client.begin("api_key");
  store.save(pending.snapshot());
  const state = new URL(authorizeUrl.expose()).searchParams.get("state");
  const flow = client.restore(store.load(pending.flowId));
  const step = flow.receiveCallback(`/callback/whitebit?code=canary-code&state=${state}`);
  const { outcome } = await drive(step, { send: fetchSender(), save: store.save });
  const refused = (() => {
    try {
      return new Client({ venue: "bybit", environment: "mainnet", clientId: "ai-agent", redirectUri });
    } catch (error) {
      return error.code;
    }
  })();
  const shown = [String(outcome.handOff), JSON.stringify(outcome), String(new Secret("canary"))].join();
  return {
    outcome: outcome.name,
    handedOff: outcome.handOff.expose().includes("canary-code"),
    refused,
    redacted: !shown.includes("canary"),
  };
}

export const EXPECTED = { outcome: "hand_off", handedOff: true, refused: "redirect_not_supported", redacted: true };
