import type { ConnectionView } from "../connections/view.js";
import type { Trouble } from "./answers.js";
import type { Site } from "./options.js";

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" };

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => ESCAPES[letter]!);
}

function whole(site: Site, title: string, body: string): string {
  return site.page?.(title, body) ?? `<!doctype html><html lang="en"><title>${escaped(title)}</title>${body}`;
}

function form(path: string, csrf: string, button: string): string {
  return `<form method="post" action="${escaped(path)}"><input type="hidden" name="csrf" value="${escaped(csrf)}"><button>${escaped(button)}</button></form>`;
}

export function homePage(site: Site, views: readonly ConnectionView[], csrf: string): string {
  const cards = views.map((view) => `<p><a href="${site.prefix}/status/${view.id}">${escaped(view.client)}</a>: ${view.status}</p>`);
  const forms = Array.from(site.place.clients.keys(), (name) => form(`${site.prefix}/connect/${encodeURIComponent(name)}`, csrf, `Connect ${name}`));
  return whole(site, "Connections", [...cards, ...forms].join(""));
}

export function statusPage(site: Site, view: ConnectionView, csrf: string): string {
  return whole(site, view.client, `<p role="status">${view.status}</p>${form(`${site.prefix}/disconnect/${view.id}`, csrf, "Disconnect")}`);
}

export function refusalPage(site: Site, error: Trouble): string {
  return whole(site, error.code, `<p>${escaped(error.code)}</p>`);
}

/** What the status page says, as data. */
export function told(_site: Site, view: ConnectionView): { readonly title: string; readonly text: string; readonly then: string | null } {
  return { title: view.client, text: view.status, then: null };
}
