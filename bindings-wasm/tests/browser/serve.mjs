// Serves the installed package, the replayer and the corpus on loopback, under a strict policy.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { load } from "../replay/load.mjs";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json", ".wasm": "application/wasm" };
// No eval, no inline scripts: WebAssembly alone is allowed.
export const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";

const tests = fileURLToPath(new URL("..", import.meta.url));
const FOLDERS = {
  "/tests/": tests,
  "/venuekey/": `${tests}node_modules/venuekey/dist/esm/`,
};

/** The whole corpus at once: a thousand files would take longer to fetch than to replay. */
function corpus() {
  const { cases, count } = load("manifest");
  return JSON.stringify({ count, cases: cases.map((name) => [name, load(name)]) });
}

/** `routes`: paths that are answered by a function. */
export async function serve({ policy = POLICY, folders = FOLDERS, routes = {} } = {}) {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://loopback").pathname;
    if (Object.hasOwn(routes, path)) return routes[path](response);
    const folder = Object.keys(folders).find((prefix) => path.startsWith(prefix));
    try {
      const body = path === "/corpus.json" ? corpus() : await readFile(folders[folder] + path.slice(folder.length));
      response.writeHead(200, { "content-type": TYPES[extname(path)], "content-security-policy": policy });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
