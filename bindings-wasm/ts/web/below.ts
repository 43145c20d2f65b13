/** Whether a path is one of these routes; an absolute address, as proxies get it, is none. */
export function isBelow(prefix: string, url: string): boolean {
  return url.startsWith("/") && url.startsWith(prefix) && ["", "/", "?"].includes(url.charAt(prefix.length));
}
