require("./jsdom.cjs")(test, expect, require("venuekey"));
