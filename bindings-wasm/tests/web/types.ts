// Checked by tsc, never run: the routes with each framework's own types.
import express, { type Request as ExpressRequest } from "express";
import fastify, { type FastifyRequest } from "fastify";
import { type Context, Hono } from "hono";
import type { Connections } from "venuekey/connections";
import { type Owner, webHandler, type WebOptions } from "venuekey/web";
import { expressRoutes } from "venuekey/web/express";
import { fastifyRoutes } from "venuekey/web/fastify";
import { honoRoutes } from "venuekey/web/hono";
import { nextRoutes } from "venuekey/web/next";

declare const connections: Connections;

const all: WebOptions = {
  connections,
  goal: { bybit: { label: "Robot", keepAlive: "on_use", expectedUid: "7" }, whitebit: { goal: "account_tokens" } },
  prefix: "/app/connections",
  texts: { "page.connections.title": "Exchanges" },
  stylesheet: "",
  replaceStylesheet: false,
  page: (title, body) => title + body,
  after: "/",
  popup: true,
  loginUrl: "/login",
};

const plain: (request: Request) => Promise<Response> = webHandler({ ...all, owner: (request) => request.headers.get("x-user") });
const ofContext = webHandler({ connections, owner: async (_, { user }: { user: Owner }) => user });
await ofContext(new Request("https://a"), { user: "one" });
await plain(new Request("https://a"));
// @ts-expect-error: the context is what `owner` takes.
await ofContext(new Request("https://a"));

const app = express();
app.use(expressRoutes({ ...all, owner: (request: ExpressRequest) => request.get("x-user") }));
app.use("/connections", expressRoutes({ connections, owner: ({ headers }) => String(headers["x-user"]) }));

const server = fastify({ http2: false });
await server.register(fastifyRoutes({ connections, owner: (request: FastifyRequest) => request.ip }));
await fastify().register(fastifyRoutes({ connections, owner: ({ headers }) => String(headers["x-user"]) }));
await fastify({ http2: true }).register(fastifyRoutes({ connections, owner: () => null }));

type Env = { Variables: { user: string | undefined } };
const hono = new Hono<Env>();
hono.use(honoRoutes({ connections, owner: (context: Context<Env>) => context.get("user") }));
hono.use("/connections/*", honoRoutes({ connections, owner: ({ req }) => req.raw.headers.get("x-user") }));

class NextRequest extends Request {
  declare readonly cookies: { get(name: string): { readonly value: string } | undefined };
}
const { GET, POST } = nextRoutes({ connections: async () => connections, owner: (request: NextRequest) => request.cookies.get("user")?.value });
GET satisfies (request: NextRequest, context: { params: Promise<object> }) => Promise<Response>;
POST satisfies (request: NextRequest) => Promise<Response>;

// @ts-expect-error: whose they are must be said.
webHandler({ connections });
// @ts-expect-error: an id that is a number is not said by chance.
webHandler({ connections, owner: () => 7 });
// @ts-expect-error: no goal of that name.
webHandler({ connections, owner: () => null, goal: "everything" });
// @ts-expect-error: whose it is, the request says.
webHandler({ connections, owner: () => null, goal: { bybit: { owner: "one" } } });
