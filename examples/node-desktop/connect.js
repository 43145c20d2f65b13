// Connects a Bybit account to a program on the user's own machine: no backend, no client secret.
import { parseArgs } from "node:util";
import { Client } from "venuekey";
import { connectLocal, Trouble, VenuekeyError } from "venuekey/connections";

const HELP = `Usage: node connect.js [options]

Connect a Bybit account to this machine. Stopped half-way, it goes on where it was.

  --paste         copy the code from Bybit's page (a machine without a browser); else the browser comes back by itself
  --sandbox URL   use the sandbox instead of Bybit, for example http://127.0.0.1:8700/bybit/mainnet
  --state FILE    where the connection is kept, sealed (default: bybit-connection.db); its key is beside it
  --help          show this text
`;
const [FIRST_PORT, LAST_PORT] = [9876, 9886]; // those that Bybit knows
const PASTE = "https://www.bybit.com/oauth/callback";

/** @param {{ paste: boolean, sandbox?: string, state: string }} given */
async function connect({ paste, sandbox, state }) {
  for (let port = FIRST_PORT; ; port += 1) {
    const client = new Client({
      venue: "bybit",
      environment: "mainnet",
      clientId: "ai-agent",
      redirectUri: paste ? PASTE : `http://127.0.0.1:${port}/callback`,
      authorizeBase: sandbox,
      apiBase: sandbox,
    });
    try {
      return await connectLocal(client, { store: state, paste });
    } catch (error) {
      // Another program has it, and nothing was begun.
      if (!(error instanceof Trouble && error.finding.code === "port_busy") || port === LAST_PORT) throw error;
    }
  }
}

try {
  const { values } = parseArgs({
    options: {
      paste: { type: "boolean", default: false },
      sandbox: { type: "string" },
      state: { type: "string", default: "bybit-connection.db" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) process.stdout.write(HELP);
  else {
    const account = await connect(values);
    // The first request that the key signs.
    const { userID } = /** @type {{ userID: number }} */ ((await account.call("GET", "/v5/user/query-api")).json());
    console.log(`Connected: account ${userID}`);
  }
  process.exit(0);
} catch (error) {
  // Options that nobody knows are a TypeError with a code; anything else is a defect.
  const isTold = error instanceof VenuekeyError || error instanceof Trouble || (error instanceof TypeError && "code" in error);
  if (!isTold) throw error;
  console.error(error.message);
  process.exit(1);
}
