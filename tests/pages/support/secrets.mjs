// Which secrets there are, and where one has left a trace.

// What the exchanges hand out, and what the backend sends them and nobody else may see.
const IN_STATE = new Set(["secret", "api_secret", "access_token", "refresh_token", "api_key", "public_key"]);
const IN_REQUESTS = new Set(["code", "code_verifier", "client_secret", "state", "token", "refresh_token", "authorization"]);

function named(value, name = "") {
  if (typeof value === "string") return IN_STATE.has(name) && value ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((inner) => named(inner, name));
  return Object.entries(value ?? {}).flatMap(([key, inner]) => named(inner, key));
}

/** Every secret that exists in this sandbox now or was sent to it. */
export async function secretsOf(sandbox) {
  const found = named(await sandbox.stateWithValues());
  for (const { headers, query, form } of await sandbox.requestsWithValues()) {
    const pairs = [...headers, ...query, ...form].filter(({ name }) => IN_REQUESTS.has(name));
    found.push(...pairs.map(({ value }) => value.replace(/^Bearer /, "")));
  }
  return new Set(found);
}

/** Names the places that hold one, as it is or encoded; never the secret. */
export function traces(secrets, places) {
  const forms = (secret) => [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64").slice(0, -4)];
  return Object.entries(places).flatMap(([place, text]) =>
    [...secrets]
      .filter((secret) => forms(secret).some((form) => text.includes(form)))
      .map((secret) => `${place} holds a secret of ${secret.length} characters`),
  );
}
