// What the tests expect of each exchange's consent page.
const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"; // RFC 7636, appendix B
export const PARTNER = "Demo Partner";
export const CODE = "123456";
export const STATE = "state-of-this-test";

export const WHITEBIT = {
  name: "whitebit",
  title: "WhiteBIT",
  environment: "global",
  login: "/whitebit/global/auth/login",
  query: (redirectUri, state) => ({
    clientId: "demo-whitebit",
    redirect_uri: redirectUri,
    state,
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
  }),
  userId: "20000001",
  grants: ["apikeys.create", "apikeys.read", "apikeys.delete"],
  legend: "What the key may do",
  permissions: ["Account information", "Trading", "Withdrawal"],
  tabStops: ["permission-info", "permission-trading", "permission-withdrawal", "otp"],
  callbackPath: "/callback/whitebit",
  /** Whether the backend's credentials are this key (facts/whitebit.md, 14, D2: the externalId is the public key). */
  sameKey: (stored, key) => stored.external_id === key.external_id && stored.api_secret === key.secret,
  keyEndpoint: "secret",
  shown: /Connected[^]*Account information[^]*Trading/,
  declineKnob: "decline_mode",
  declined: "Declined",
  gates: {
    "two-factor": [{ user_two_factor: false }, "Two-factor authentication is off"],
    kyc: [{ user_kyc: false }, "Your identity is not verified"],
    "active-key": [{ user_existing_key: "active" }, "An active API key for this partner exists"],
    "disabled-key": [{ user_existing_key: "disabled" }, "A disabled API key for this partner exists"],
    scopes: [{ granted_scopes: "general" }, "This partner can't create API keys"],
  },
};

export const BYBIT = {
  name: "bybit",
  title: "Bybit",
  environment: "mainnet",
  login: "/bybit/mainnet/oauth",
  query: (redirectUri, state) => ({
    client_id: "demo-bybit",
    response_type: "code",
    scope: "openapi",
    redirect_uri: redirectUri,
    state,
  }),
  userId: "106000001",
  grants: ["openapi"],
  legend: "Permissions",
  permissions: ["API access"],
  tabStops: ["permission-openapi", "otp"],
  callbackPath: "/callback/bybit/", // with the slash that Bybit adds
  sameKey: (stored, key) => stored.api_key === key.api_key && stored.api_secret === key.api_secret,
  keyEndpoint: "openapi",
  shown: /Connected, user id 106000001/,
  declineKnob: "cancel_mode",
  declined: "Cancelled",
  gates: {
    "two-factor": [{ user_two_factor: false }, "Two-factor authentication is off"],
    kyc: [{ user_kyc: false }, "Your identity is not verified"],
  },
};

export const VENUES = [WHITEBIT, BYBIT];
