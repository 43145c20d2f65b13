// What a bundler for Node makes one file of. It calls no `init`, as a backend does not.
import { Secret } from "venuekey";
import { Client } from "venuekey/server";

const config = { venue: "whitebit", environment: "global", clientId: "app-1", clientSecret: new Secret("secret") };
const client = new Client({ ...config, redirectUri: "https://partner.example/callback" });
const { authorizeUrl, pending } = client.begin("api_key");
const state = new URL(authorizeUrl.expose()).searchParams.get("state");
const { next } = pending.receiveCallback(`/callback?code=one-time&state=${state}`);
process.stdout.write(`${next.resume().request.purpose} ${client}`);
