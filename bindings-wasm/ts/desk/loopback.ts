// The loopback redirect (RFC 8252, 7.3): a server on this machine alone, for one address alone.
import { createServer, type Server, type ServerResponse } from "node:http";
import { trouble } from "./trouble.js";

const HEADERS = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "cross-origin-opener-policy": "same-origin",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "content-type": "text/html; charset=utf-8",
  connection: "close",
};
const ANSWERS = {
  200: ["Done here", "You can close this window and go back to the program."],
  400: ["Not accepted", "This address is not the one that the program is waiting for. It is still waiting."],
  404: ["Nothing here", "The program is waiting at another address."],
  503: ["Try again", "The program could not store this. Reload the page in a moment."],
} as const;
const TIMEOUT_MS = 30_000;

export type Answer = 200 | 400 | 503;

function page(status: keyof typeof ANSWERS): string {
  const [title, text] = ANSWERS[status];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>${title}</title>
<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem}</style></head>
<body><main><h1>${title}</h1><p>${text}</p></main></body></html>
`;
}

/** Serves one redirect URI until it is closed. */
export interface Loopback {
  close(): void;
}

/**
 * @param receive is called with the path and query of whatever comes to exactly that path, and says how it is answered.
 * @throws Trouble the port is in use.
 */
export async function serveLoopback(redirectUri: string, receive: (target: string) => Promise<Answer>): Promise<Loopback> {
  const { hostname, pathname, port: given } = new URL(redirectUri);
  const port = Number(given || 80);
  const names = [hostname, "127.0.0.1", "localhost", "[::1]"];
  // By the host too: a page of another site must not reach it by a name that it has pointed here.
  const hosts = new Set(names.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`])));
  const answer = (response: ServerResponse, status: keyof typeof ANSWERS) => response.writeHead(status, HEADERS).end(page(status));
  const server = createServer(({ method, url = "", headers }, response) => {
    if (method !== "GET") return void response.writeHead(405, { ...HEADERS, allow: "GET" }).end();
    // Bybit puts a slash before the question mark.
    const [path] = url.split("?");
    const isOurs = hosts.has(headers.host ?? "") && (path === pathname || path === `${pathname}/`);
    if (!isOurs) return void answer(response, 404);
    receive(url).then(
      (status) => answer(response, status),
      () => answer(response, 503),
    );
  });
  // Browsers open connections on which they say nothing.
  server.headersTimeout = server.requestTimeout = TIMEOUT_MS;
  await listening(server, port, hostname === "[::1]" ? "::1" : "127.0.0.1", redirectUri);
  return {
    close() {
      server.close();
      server.closeIdleConnections?.();
      // One that is just being answered keeps nobody.
      setTimeout(() => server.closeAllConnections?.(), 1000).unref();
    },
  };
}

function listening(server: Server, port: number, host: string, redirect: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", () => reject(trouble("port_busy", "redirect", { port, redirect })));
    server.listen(port, host);
  });
}
