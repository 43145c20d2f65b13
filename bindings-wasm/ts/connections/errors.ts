// What can go wrong besides what core and the venue say.
import { hide } from "../errors.js";
import { pageOf } from "../pages.js";

/** There is no such connection, or it is another owner's. */
export class ConnectionNotFound extends Error {
  declare readonly name: "ConnectionNotFound";
  /** Its page: what to do now. */
  readonly docUrl = pageOf("connection_not_found");
}

/** An owner has more than one connection there: name one by its id. */
export class AmbiguousAccount extends Error {
  declare readonly name: "AmbiguousAccount";
  /** Its page: what to do now. */
  readonly docUrl = pageOf("ambiguous_account");
}

/** Others saved the connection again and again meanwhile. Answer 503; the user tries again. */
export class StoreBusy extends Error {
  declare readonly name: "StoreBusy";
  /** Its page: what to do now. */
  readonly docUrl = pageOf("store_busy");
}

/** A store of one's own has given what it must not. Its message is ours, and fit for logs. */
export class StoreMistake extends TypeError {
  readonly docUrl = pageOf("wrong_answer");
}

for (const [name, type] of Object.entries({ ConnectionNotFound, AmbiguousAccount, StoreBusy })) {
  hide(type.prototype, "name", name);
}
