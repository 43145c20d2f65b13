// Checked by tsc, never run: the types read as a person would write them, and a union that grows breaks this file.
import { type ErrorKind, type Flow, HttpResponse, type Outcome, type Step, VenuekeyError, Client, Credentials } from "venuekey";

export const client = new Client({
  venue: "bybit",
  environment: "testnet",
  credentials: Credentials.confidential("app-1", "secret"),
  redirectUri: "http://127.0.0.1:8080/callback",
});
export const { authorizeUrl, pending } = client.begin("api_key", { callbackTimeoutS: 600 });

// @ts-expect-error: a goal is one of two words.
client.begin("keys");
// @ts-expect-error: nobody builds a flow but the client.
new (pending.constructor as typeof Flow)();

export async function drive(first: Step, save: (flow: Flow) => Promise<void>): Promise<Outcome> {
  let step = first;
  for (;;) {
    switch (step.type) {
      case "send": {
        await save(step.next);
        const { url, method, headers, body } = step.request;
        const init = { method, headers: headers.map(({ name, value }): [string, string] => [name, value.expose()]) };
        const reply = await fetch(url, body === undefined ? init : { ...init, body: new Uint8Array(body) });
        const received = [...reply.headers].map(([name, value]) => ({ name, value }));
        step = step.next.receiveResponse(
          new HttpResponse(reply.status, new Uint8Array(await reply.arrayBuffer()), received),
        );
        break;
      }
      case "save":
        await save(step.next);
        step = step.next.resume();
        break;
      case "wait": {
        await save(step.next);
        const ms = step.untilMs - Date.now();
        await new Promise((resolve) => setTimeout(resolve, ms));
        step = step.next.resume();
        break;
      }
      case "choose":
        step = step.flow.choose(step.subaccounts[0]?.id ?? "create");
        break;
      case "authorize":
        step = step.flow.receiveCallback(`/cb?from=${step.authorizeUrl.expose()}`);
        break;
      case "failed":
        throw step.error;
      case "done":
        return step.outcome;
      default:
        throw step satisfies never;
    }
  }
}

export function advise(error: unknown): string {
  if (!(error instanceof VenuekeyError)) throw error;
  const advice: Record<ErrorKind, string> = {
    misuse: "fix the program",
    denied: "ask again later",
    rejected: "look into it",
    user_action: "tell the user",
    reauthorize: "begin again",
    unavailable: `wait ${error.retryAfterMs ?? 60_000} ms`,
    protocol: "report it",
  };
  return advice[error.kind];
}

export function secretOf(outcome: Outcome): string | undefined {
  switch (outcome.type) {
    case "api_key":
      return outcome.key.apiSecret.expose();
    case "key_checked":
      return outcome.status.externalId;
    case "account_tokens":
      return outcome.uid;
    case "tokens_refreshed":
    case "key_deleted":
      return outcome.tokens.refreshToken?.expose();
    case "hand_off":
      return outcome.handOff.expose();
    default:
      return outcome satisfies never;
  }
}
