// The same by `require`.
import venuekey = require("venuekey");
import server = require("venuekey/server");

export const client: venuekey.AnyClient = new server.Client({
  venue: "whitebit",
  environment: "global",
  clientId: "app-1",
  clientSecret: "secret",
  redirectUri: "https://partner.example/cb",
});
