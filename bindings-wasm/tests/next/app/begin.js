/** What each place does with its entry point: begins a connection, stores it, and says where the user is to go. */
export function begin({ Client }, secret) {
  const redirectUri = "https://partner.example/callback/whitebit";
  const client = new Client({ venue: "whitebit", environment: "global", clientId: "demo-client", redirectUri, ...secret });
  const { authorizeUrl, pending } = client.begin("api_key");
  const again = client.restore(pending.snapshot().expose());
  return { host: new URL(authorizeUrl.expose()).host, restored: again.flowId === pending.flowId };
}
