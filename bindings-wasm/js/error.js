/** One error for everything: `kind` says what to do next, `code` what happened. */
export class VenuekeyError extends Error {
  constructor(message, kind, code, details) {
    super(message);
    Object.assign(this, { kind, code }, details);
    // The venue's own words are untrusted: there to be read, absent from whatever prints an error.
    Object.defineProperty(this, "venueText", { value: details.venueText, enumerable: false });
  }
}

Object.defineProperty(VenuekeyError.prototype, "name", { value: "VenuekeyError" });
