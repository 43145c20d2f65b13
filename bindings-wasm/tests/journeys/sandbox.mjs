// The sandbox on a port of its own, and a person at its pages without a browser.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

export async function startSandbox(...options) {
  const child = spawn(process.env.VENUEKEY_SANDBOX, ["--port", "0", ...options], { stdio: ["ignore", "pipe", "pipe"] });
  process.on("exit", () => child.kill("SIGKILL"));
  const url = await new Promise((resolve, reject) => {
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on("line", (line) => {
        const found = line.match(/ listening on .*?(http:\/\/[^\s/]+)/);
        if (found) resolve(found[1]);
      });
    }
    child.once("exit", (code) => reject(new Error(`the sandbox ended with ${code}`)));
  });
  async function admin(method, path, body) {
    const headers = { "content-type": "application/json" };
    const reply = await fetch(`${url}/_sandbox/${path}`, { method, headers, body: body && JSON.stringify(body) });
    const answer = await reply.json();
    assert.equal(reply.status, 200, `${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  }
  return { url, admin, stop: () => child.kill("SIGKILL") };
}

/** Opens the consent page, ticks, approves; returns the URL the browser is sent back to. */
export async function approve(authorizeUrl, redirectUri) {
  const cookies = new Map();
  let [next, init] = [authorizeUrl, {}];
  for (let turn = 0; turn < 10; turn += 1) {
    const headers = { ...init.headers, cookie: [...cookies].map((pair) => pair.join("=")).join("; ") };
    const reply = await fetch(next, { ...init, headers, redirect: "manual" });
    for (const cookie of reply.headers.getSetCookie()) {
      const [name, value] = cookie.split(";")[0].split("=");
      cookies.set(name, value);
    }
    const location = reply.headers.get("location");
    if (location !== null) {
      [next, init] = [new URL(location, next).href, {}];
      if (next.startsWith(redirectUri)) return next;
      continue;
    }
    const page = await reply.text();
    const form = page.match(/<form[^>]*method="post"[^>]*>[\s\S]*?<\/form>/i)?.[0];
    assert.ok(form, `${reply.status}: a page with a form: ${page.slice(0, 500)}`);
    [next, init] = [new URL(form.match(/action="([^"]*)"/)?.[1]?.replaceAll("&amp;", "&") ?? "", next).href, filled(form)];
  }
  throw new Error("the consent has no end");
}

function filled(form) {
  const body = new URLSearchParams();
  const named = (tag, name) => tag.match(new RegExp(`\\b${name}="([^"]*)"`))?.[1]?.replaceAll("&amp;", "&");
  for (const [tag] of form.matchAll(/<input[^>]*>/gi)) {
    const [name, type] = [named(tag, "name"), named(tag, "type") ?? "text"];
    if (name && !["submit", "radio"].includes(type)) body.append(name, /otp|code|factor/i.test(name) && type !== "hidden" ? "123456" : (named(tag, "value") ?? "on"));
  }
  const buttons = [...form.matchAll(/<button[^>]*>[\s\S]*?<\/button>/gi)].map(([tag]) => tag);
  const button = buttons.find((tag) => />\s*(Approve|Authorize|Log in|Continue)/i.test(tag)) ?? buttons[0];
  if (button && named(button, "name")) body.append(named(button, "name"), named(button, "value") ?? "");
  return { method: "POST", body, headers: { "content-type": "application/x-www-form-urlencoded" } };
}

/** Below the numbers that the system gives out by itself: nobody gets it by chance while no server of ours has it. */
export async function freePort() {
  const port = randomInt(20_000, 32_768);
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (error) {
    if (error.code !== "EADDRINUSE") throw error;
    return freePort();
  }
  await once(server.close(), "close");
  return port;
}
