// What can go wrong besides what core and the venue say.
import { hide } from "../errors.js";

/** There is no such connection, or it is another owner's. */
export class ConnectionNotFound extends Error {
  declare readonly name: "ConnectionNotFound";
}

/** An owner has more than one connection there: name one by its id. */
export class AmbiguousAccount extends Error {
  declare readonly name: "AmbiguousAccount";
}

/** Others saved the connection again and again meanwhile. Answer 503; the user tries again. */
export class StoreBusy extends Error {
  declare readonly name: "StoreBusy";
}

/** A store of one's own has given what it must not. Its message is ours, and fit for logs. */
export class StoreMistake extends TypeError {}

for (const [name, type] of Object.entries({ ConnectionNotFound, AmbiguousAccount, StoreBusy })) {
  hide(type.prototype, "name", name);
}
