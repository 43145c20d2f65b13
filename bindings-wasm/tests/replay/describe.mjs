// What the vectors compare, in their own words: snake_case names, absent as null, secrets exposed.

/** `access_token` -> `accessToken`. */
export const camel = (name) => name.replace(/_./g, (match) => match[1].toUpperCase());
export const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A string, or `{"repeat": text, "times": n}`. */
export const text = (value) => (typeof value === "string" ? value : value.repeat.repeat(value.times));

export const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** The same fields under JavaScript's names. */
export const renamed = (fields) => Object.fromEntries(Object.entries(fields).map(([name, value]) => [camel(name), value]));

/** Named fields of a value, secrets exposed. */
export function fields(value, ...names) {
  const shown = (field) => (typeof field?.expose === "function" ? field.expose() : (field ?? null));
  return Object.fromEntries(names.map((name) => [name, shown(value[camel(name)])]));
}

/** What the package says of a number before core sees it, and core's words for it. */
const NUMBERS = {
  "nowMs must be Unix milliseconds as Date.now() gives them: whole, between 2020 and 2100":
    "now_ms must be Unix milliseconds between the years 2020 and 2100",
  "expiresAtMs must be a whole number from 0 to 2^53 - 1":
    "a token must be 1 to 8192 bytes of visible ASCII, a scope at most 128 names of visible ASCII without quote or backslash, a time below 2^53 ms",
};

/** What a call throws. */
export function raised(thrown) {
  const { hint } = fields(thrown, "hint");
  return { ...error(thrown), hint: NUMBERS[hint] ?? hint };
}

/** A hint as every language spells it: here it names `redirectUri`, in the vectors `redirect_uri`. */
export const unspelt = (hint) => hint.replaceAll("_", "").toLowerCase();

/** What a step or a plan tells of. */
export function error(error) {
  const { code, docUrl, message } = error;
  if (!docUrl.endsWith(`/docs/errors/${code}.md`) || !message.endsWith(`; see ${docUrl}`)) throw new Error(message);
  return fields(error, "kind", "code", "venue", "http_status", "venue_code", "venue_text", "retry_after_ms");
}

export function request(request) {
  const { headers, body } = request;
  return {
    ...fields(request, "purpose", "method", "url", "replay"),
    headers,
    body: body === undefined ? null : new TextDecoder().decode(body),
  };
}

export function step(step) {
  const got = { step: step.name, snapshot: (step.next ?? step.flow).snapshot().expose() };
  switch (step.name) {
    case "send":
      return { ...got, request: request(step.request) };
    case "wait":
      return { ...got, ...fields(step, "until_ms", "reason") };
    case "choose":
      return {
        ...got,
        ...fields(step, "may_create", "creation_in_doubt"),
        subaccounts: step.subaccounts.map((account) => fields(account, "id", "nickname")),
      };
    case "authorize":
      return { ...got, ...fields(step, "authorize_url") };
    case "failed":
      return { ...got, error: error(step.error), recovery: step.recovery ?? null };
    case "done":
      return { ...got, outcome: outcome(step.outcome) };
    default:
      return got;
  }
}

function outcome(outcome) {
  const name = { outcome: outcome.name };
  if (outcome.name === "hand_off") return { ...name, hand_off: outcome.handOff.expose() };
  const named = ["access_token", "refresh_token", "expires_at_ms", "refresh_expires_at_ms", "scope"];
  const got = { ...name, tokens: fields(outcome.tokens, ...named) };
  if (outcome.name === "api_key") {
    const { key } = outcome;
    const named = ["api_key", "api_secret", "external_id", "candidate_public_key", "any_granted", "uid"];
    got.key = { ...fields(key, ...named), permissions: groups(key.permissions) };
    if (key.subMemberId !== undefined) got.key.sub_member_id = key.subMemberId;
  }
  if (outcome.name === "account_tokens") got.uid = outcome.uid ?? null;
  if (outcome.name === "key_checked") {
    const named = ["decision", "exists", "is_enabled", "external_id"];
    got.status = { ...fields(outcome.status, ...named), permissions: groups(outcome.status.permissions) };
  }
  return got;
}

function groups(permissions) {
  if (permissions === undefined) return null;
  return permissions.map((group) => ({
    ...fields(group, "name", "title", "any_granted"),
    urls: group.urls.map((url) => fields(url, "url", "enable")),
  }));
}

export function shared(shared) {
  if (shared === undefined) return null;
  const snapshot = shared.snapshot();
  return {
    ...fields(shared, "tokens_id", "revision", "generation", "lease_until_ms"),
    status: snapshot.status,
    snapshot: snapshot.expose(),
  };
}

export function plan(plan) {
  const got = { plan: plan.name };
  switch (plan.name) {
    case "use":
      return { ...got, ...fields(plan, "generation", "refresh_at_ms"), ...fields(plan.tokens, "access_token") };
    case "refresh":
      return { ...got, request: request(plan.request), snapshot: plan.next.snapshot().expose() };
    case "wait_until":
      return { ...got, ...fields(plan, "until_ms"), error: plan.error ? error(plan.error) : null };
    default:
      return { ...got, error: error(plan.error) };
  }
}

export function proof(proof) {
  const named = ["is_permitted", "uid", "is_read_only", "is_third_party", "expires_at", "ips", "permissions"];
  return fields(proof, ...named);
}

export function preflight(plan) {
  return { ...fields(plan, "start_at_ms", "requests", "worst_case_ms"), budget: plan.budget.toText() };
}

/** A read's records under their names in the vectors; what is absent is null there. */
export function records(records, expected) {
  const back = (value, like) => {
    if (Array.isArray(value)) return value.map((inner, index) => back(inner, like?.[index]));
    if (typeof value !== "object" || value === null) return value;
    const got = Object.fromEntries(Object.entries(value).map(([name, inner]) => [snake(name), back(inner, like?.[snake(name)])]));
    for (const [name, inner] of Object.entries(like ?? {})) if (inner === null && !(name in got)) got[name] = null;
    return got;
  };
  return back(records, expected);
}
