// The lines that docs/account.md shows, and what they print of a connection's row.

async function shown(connections, id, console) {
  // From here
  const account = await connections.account(id);
  for await (const { account: place, currency, total = "-" } of account.balances())
    console.log(place, currency, total);
  const year = account.transactions();
  for await (const { atMs = "-", kind = "-", amount, currency, state = "-" } of year)
    console.log(atMs, kind, amount, currency, state);
  if (year.reachesFromMs !== undefined)
    console.log("The venue reports nothing from before", year.reachesFromMs);
  // to here
}

/** A store with this row, as much of one as reading takes. */
function storeOf(row, nowMs) {
  const numbers = new Map();
  const own = {
    load: async () => ({ row }),
    bump: async (name, floor, by) => numbers.set(name, Math.max(numbers.get(name) ?? 0, floor) + by).get(name),
    nowMs: async () => nowMs,
    touch: async () => {},
  };
  return new Proxy(own, { get: (of, name) => (name === "then" ? undefined : (of[name] ?? (async () => { throw new Error(`${String(name)} of one row`); }))) });
}

export async function printed({ Connections }, row, clients, keys, nowMs) {
  const told = [];
  const connections = new Connections({ clients, store: storeOf(row, nowMs), keys });
  await shown(connections, row.id, { log: (...words) => told.push(words.join(" ")) });
  return told;
}
