// Whether the venue answers, what time it is there, and whether its consent page knows the client.
import type { AnyClient } from "../client.js";
import { codeOf } from "../network.js";
import type { Send } from "../send.js";
import { isVenuekeyError, type Place, placeOf } from "./check-clients.js";
import type { Finding } from "../connections/finding.js";
import { found } from "./findings.js";

/** Bybit takes a second of the future; calls are corrected, and the life of tokens is not. */
const DRIFTS_MS = 1_000;
/** A part of the two minutes that leases allow for: hosts may be off in both directions. */
const OFF_MS = 30_000;
const TIMEOUT_MS = 15_000;
const BROWSERS = { accept: "text/html", "user-agent": "Mozilla/5.0 (compatible)" };
const CONNECT_FAILED = ["ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH", "ENETUNREACH"];
const TLS = /^(tls|EPROTO|ERR_SSL\w*|ERR_TLS\w*|CERT_\w+|UNABLE_TO_\w+|\w*SELF_SIGNED_CERT\w*)$/;

/** Each host once, and each client's consent page. */
export async function checkVenues(clients: Iterable<readonly [string, AnyClient]>, send: Send, nowMs: () => Promise<number>): Promise<Finding[]> {
  const findings: Finding[] = [];
  const asked = new Map<string, boolean>();
  for (const [name, client] of clients) {
    const place = placeOf(client);
    if (!asked.has(place.timeUrl)) {
      const told = await checkTime(`venue ${client.venue} ${client.environment}`, place, send, nowMs);
      findings.push(...told);
      asked.set(place.timeUrl, told.some(({ code }) => code === "venue_ok"));
    }
    if (asked.get(place.timeUrl)) findings.push(...(await checkConsent(`client ${name}`, place.authorizeUrl)));
  }
  return findings;
}

async function checkTime(about: string, { signer }: Place, send: Send, nowMs: () => Promise<number>): Promise<Finding[]> {
  const request = signer.askTime();
  const [sentAtMs, since] = [await nowMs(), performance.now()];
  const host = hostOf(request.url);
  try {
    const reply = await send(request, {});
    const refusal = ofStatus(reply.status, about, host);
    if (refusal !== undefined) return [refusal];
    try {
      const receivedAtMs = sentAtMs + Math.trunc(performance.now() - since);
      const { aheadMs, uncertaintyMs } = signer.receiveTime(reply, { sentAtMs, receivedAtMs });
      return [found("venue_ok", about, { host }), ofClock(about, aheadMs, uncertaintyMs)];
    } catch (error) {
      if (!isVenuekeyError(error)) throw error;
      return [found("venue_answer_odd", about, { host, status: reply.status })];
    }
  } catch (error) {
    return [lost(error, about, host)];
  }
}

function ofClock(about: string, aheadMs: number, uncertaintyMs: number): Finding {
  const surelyMs = Math.max(0, Math.abs(aheadMs) - uncertaintyMs);
  const code = surelyMs >= OFF_MS ? "clock_off" : surelyMs >= DRIFTS_MS ? "clock_drifts" : "clock_ok";
  return found(code, about, { seconds: Math.round(Math.abs(aheadMs) / 1000), direction: aheadMs > 0 ? "behind" : "ahead of" });
}

/** Best effort: a page for browsers says little to a program, and a 400 or 404 says enough. */
async function checkConsent(about: string, url: string): Promise<Finding[]> {
  const host = hostOf(url);
  try {
    const { status, body } = await fetch(url, { headers: BROWSERS, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
    await body?.cancel();
    if ([400, 404, 410, 422].includes(status)) return [found("consent_refused", about, { status })];
    if (status >= 500) return [found("venue_maintenance", about, { host, status })];
    return status < 400 ? [found("consent_ok", about)] : [];
  } catch (error) {
    return [lost(error, about, host)];
  }
}

/** @throws the error itself, where it is not of the network. */
export function lost(error: unknown, about: string, host: string): Finding {
  const name = Object(error).name as unknown;
  const isTold = name === "NoResponse" || name === "TimeoutError" || codeOf(error) !== undefined || error instanceof TypeError;
  if (!isTold) throw error;
  const code = name === "TimeoutError" ? "timeout" : (codeOf(error) ?? "connection_lost");
  const values = { host, error: code };
  if (code === "proxy" || (CONNECT_FAILED.includes(code) && hasProxy())) return found("proxy_refused", about, values);
  if (code === "ENOTFOUND" || code.startsWith("EAI_")) return found("name_not_found", about, values);
  return found(TLS.test(code) ? "tls_failed" : "venue_unreachable", about, values);
}

/** Where Node is told to use one: it does not by itself. */
function hasProxy(): boolean {
  const { NODE_USE_ENV_PROXY, HTTPS_PROXY, HTTP_PROXY, https_proxy, http_proxy } = process.env;
  return NODE_USE_ENV_PROXY === "1" && [HTTPS_PROXY, HTTP_PROXY, https_proxy, http_proxy].some(Boolean);
}

function ofStatus(status: number, about: string, host: string): Finding | undefined {
  if (status === 407) return found("proxy_refused", about, { host, error: "HTTP 407" });
  if (status === 429) return found("venue_rate_limited", about, { host, status });
  if (status === 401 || status === 403) return found("venue_blocks_address", about, { host, status });
  return status >= 500 ? found("venue_maintenance", about, { host, status }) : undefined;
}

export function hostOf(url: string): string {
  return new URL(url).host;
}
