// A program at somebody's desk: an account, and one call with it.
import { Client } from "venuekey";
import { connectLocal, Trouble, VenuekeyError } from "venuekey/connections";

const { SANDBOX, REDIRECT_URI, STORE } = process.env;
const base = `${SANDBOX}/bybit/mainnet`;
const client = new Client({
  venue: "bybit", environment: "mainnet", clientId: "ai-agent", redirectUri: REDIRECT_URI, authorizeBase: base, apiBase: base,
});
try {
  const account = await connectLocal(client, { store: STORE, openBrowser: false });
  console.log(account.id, (await account.call("GET", "/v5/user/query-api")).json().userID);
} catch (error) {
  if (!(error instanceof VenuekeyError || error instanceof Trouble)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
