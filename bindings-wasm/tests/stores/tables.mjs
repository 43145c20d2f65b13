// The package's own list of migrations, to add to it for a while.
const { MIGRATIONS } = await import(new URL("../inside-node.js", import.meta.resolve("venuekey/stores")));

/** While `run` runs, the library knows one version more. */
export async function withMigration(statements, run) {
  MIGRATIONS.push(statements);
  try {
    return await run();
  } finally {
    MIGRATIONS.pop();
  }
}

export const row = (fields = {}) => ({
  id: "0123456789abcdef0123456789abcdef",
  owner: "hidden-owner",
  client: "main",
  venue: "bybit",
  environment: "mainnet",
  status: "working",
  revision: 1,
  sealingKeyId: "key-1",
  sealed: "hidden-sealed",
  ...fields,
});
