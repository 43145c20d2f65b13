// The same by `require`.
import venuekey = require("venuekey");
import parts = require("venuekey/parts");
import server = require("venuekey/server");

export const client: parts.AnyClient = new server.Client({
  venue: "whitebit",
  environment: "global",
  clientId: "app-1",
  clientSecret: "secret",
  redirectUri: "https://partner.example/cb",
});
export const secret: venuekey.Secret = new server.Secret("text");
