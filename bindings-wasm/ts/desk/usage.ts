// The command line's help. docs/cli.md has all of it.
import { ENVIRONMENTS } from "../venues.js";
import { AGENT, EXAMPLES } from "./texts.js";

const WHERE = `  --sandbox[=URL]   the sandbox with its demo clients; without an address the one at port 8700, or else one of its own
                    (VENUEKEY_SANDBOX_URL)
  --store PATH      an SQLite file (VENUEKEY_STORE may be a postgresql: URL)
  --config FILE     a JSON file with clients (VENUEKEY_CONFIG)
`;
const [FIRST, ...OTHERS] = Object.keys(ENVIRONMENTS) as [string, ...string[]];
const JSON_OPTION = "  --json            print JSON for a program\n";
const example = (command: string) => `  venuekey ${command}`.padEnd(45);
const APP = "  --app ./app.mjs[:connections]   the Connections that your own app exports\n";

export const USAGE: Readonly<Record<string, string>> = {
  "": `usage: venuekey COMMAND ...

Connects accounts at crypto exchanges, and says what is wrong.

  connect CLIENT                     connect an account: open the browser, and wait for its return
  status [ID]                        show connections: all of them, or one with what has happened to it
  call TARGET METHOD PATH [JSON]     send a signed request, and print the reply
  doctor                             say what is wrong: one line for each check, and what helps
  worker [./app.mjs[:connections]]   do what is due, until SIGTERM or SIGINT

Clients come from the environment (VENUEKEY_${FIRST.toUpperCase()}_CLIENT_ID, ..._CLIENT_SECRET, ..._REDIRECT_URI; the same with
${OTHERS.join(", ").toUpperCase()}) or from a JSON file, never from arguments. ${AGENT.name} needs none. Connections are kept in an SQLite file below
your own data folder, sealed with a key in a file beside it. "venuekey COMMAND --help" says more, and "venuekey --version" which release this is.

Exit codes: 0 done, 1 it did not work, 2 wrong arguments, 130 interrupted. docs/cli.md has more.
`,
  connect: `usage: venuekey connect CLIENT [options]

Connects an account: opens the browser, and waits for its return. CLIENT is ${[FIRST, ...OTHERS, AGENT.name].join(", ")}, or a table of the
configuration.

  --goal GOAL       api_key or account_tokens; by default a key, where there is one
  --label LABEL     your own name for the account: one connection for each
  --again           ask for consent though it is connected
  --paste           ask for the code or address instead of waiting for the browser
  --no-browser      show the address, and open nothing
${WHERE}${JSON_OPTION}
${example(`connect ${AGENT.name}`)}without any registration
${example(`connect ${FIRST} --sandbox`)}on this machine alone, with the program venuekey-sandbox
`,
  status: `usage: venuekey status [ID] [options]

Shows connections: all of them, or one (by its id, or the first digits of it) with what has happened to it.

${APP}${WHERE}${JSON_OPTION}`,
  call: `usage: venuekey call TARGET METHOD PATH [JSON] [options]

Sends a signed request, and prints the reply. TARGET is a connection's id, or its label, client or venue where there is only
one. JSON is an object; - reads standard input.

  --patience SECONDS  how long to wait for the venue's limits (30)
${APP}${WHERE}${JSON_OPTION}
${Object.entries(EXAMPLES).map(([venue, request]) => `  venuekey call ${venue} ${request}\n`).join("")}`,
  doctor: `usage: venuekey doctor [options]

Says what is wrong: one line for each check, and what helps. It exits with 1 where something fails.

  --offline         send nothing
  --probes N        ask about N keys of each client (3)
${APP}${WHERE}${JSON_OPTION}`,
  worker: `usage: venuekey worker [./app.mjs[:connections]] [--holder NAME] [--once]

Does what is due, until SIGTERM or SIGINT. The module exports Connections by that name, "connections" or "default" where
none is given; without a module, it works at the connections of this desk.

  --holder NAME     the worker's name; no two at work share one
  --once            does what is due now, and ends
${WHERE}`,
};
