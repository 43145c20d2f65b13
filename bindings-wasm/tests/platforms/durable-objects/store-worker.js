// A Durable Object with a store for each of its clients, which call it over HTTP: what the conformance suite is run against.
import { DurableObject } from "cloudflare:workers";
import { DurableObjectStore } from "venuekey/stores/durable-objects";

/** Lets the database itself refuse every write. */
const BREAK = ["INSERT", "UPDATE"].map(
  (event) => `CREATE TRIGGER broken_${event} BEFORE ${event} ON venuekey_connections BEGIN SELECT RAISE(ABORT, 'broken'); END`,
);
const MEND = ["INSERT", "UPDATE"].map((event) => `DROP TRIGGER broken_${event}`);

function told(error) {
  const { name, message, operation, error: driver } = error;
  return { name, message, operation, driver };
}

/** The reply begins when the wait has begun. */
function waits(store, [timeoutMs]) {
  const over = new AbortController();
  const waiting = store.wait(timeoutMs, over.signal);
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(new TextEncoder().encode(" "));
      const value = await waiting;
      controller.enqueue(new TextEncoder().encode(JSON.stringify({ value })));
      controller.close();
    },
    cancel: () => over.abort(),
  });
  return new Response(body);
}

export class Place extends DurableObject {
  #stores = new Map();
  #alarm = new DurableObjectStore(this.ctx.storage);

  async fetch(request) {
    const [client, method, ...args] = await request.json();
    if (method === "sql") return Response.json({ value: args.map((query) => this.ctx.storage.sql.exec(query).toArray()) });
    if (method === "break") for (const query of BREAK) this.ctx.storage.sql.exec(query);
    if (method === "mend") for (const query of MEND) this.ctx.storage.sql.exec(query);
    if (method === "getAlarm") return Response.json({ value: await this.ctx.storage.getAlarm() });
    let store = this.#stores.get(client);
    if (store === undefined) this.#stores.set(client, (store = new DurableObjectStore(this.ctx.storage)));
    if (typeof store[method] !== "function") return Response.json({});
    if (method === "wait") return waits(store, args);
    try {
      return Response.json({ value: await store[method](...args) });
    } catch (error) {
      return Response.json({ error: told(error) });
    }
  }

  /** Works only where the table `worked` is there, and takes down when; the first time where `failing` is there fails. */
  alarm() {
    return this.#alarm.runDue({ runOnce: () => this.#work() });
  }

  async #work() {
    const { sql } = this.ctx.storage;
    const has = (table) => sql.exec("SELECT 1 FROM sqlite_master WHERE name = ?", table).toArray().length === 1;
    // The suite's rows are its own.
    if (!has("worked")) return undefined;
    sql.exec("INSERT INTO worked VALUES (?)", Date.now());
    if (has("failing")) {
      sql.exec("DROP TABLE failing");
      throw new Error("hidden-message");
    }
    for (const { row } of await this.#alarm.due(Date.now(), 100)) {
      const { dueAtMs, ...rest } = row;
      await this.#alarm.save({ ...rest, revision: row.revision + 1, status: "connected" });
    }
    const nextMs = await this.#alarm.nextDue();
    if (has("late")) {
      // Somebody's, after the last look.
      const [{ row }] = await this.#alarm.find("late");
      sql.exec("DROP TABLE late");
      await this.#alarm.save({ ...row, revision: row.revision + 1, dueAtMs: Date.now() });
    }
    return nextMs;
  }
}

export default {
  fetch(request, env) {
    const { pathname } = new URL(request.url);
    return env.OBJECTS.get(env.OBJECTS.idFromName(pathname)).fetch(request);
  },
};
