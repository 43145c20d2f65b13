// A partner's backend, as small as can be: what the tests of both frameworks run.
"use strict";

const authorizeUrl = (sandbox) => `${sandbox.baseUrl("whitebit", "eu")}/auth/login?clientId=demo-whitebit&state=s`;

async function exchange(sandbox, callback) {
  const form = { client_id: "demo-whitebit", client_secret: "demo-whitebit-secret", code: new URL(callback).searchParams.get("code") };
  const reply = await fetch(`${sandbox.baseUrl("whitebit", "eu")}/oauth2/token`, { method: "POST", body: new URLSearchParams(form) });
  return reply.status;
}

module.exports = { authorizeUrl, exchange };
