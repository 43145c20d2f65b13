// The partner's side: a server that keeps the callbacks it is sent.
import { createServer } from "node:http";
import { once } from "node:events";

const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Partner</title>
<link rel="icon" href="data:,"></head><body><main><h1>Back at the partner</h1></main></body></html>`;

export async function startPartner() {
  const callbacks = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://partner");
    callbacks.push({ method: request.method, path: pathname, query: Object.fromEntries(searchParams) });
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" }).end(PAGE);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${server.address().port}`;
  const stop = async () => {
    const closed = once(server.close(), "close");
    server.closeAllConnections();
    await closed;
  };
  return { url, callbacks, stop };
}
