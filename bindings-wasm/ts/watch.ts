import * as check from "./check.js";
import { VenuekeyError } from "./errors.js";
import type { AtTime } from "./flow.js";
import type { CheckReason, Venue } from "./names.js";
import { Opaque, own, publish, shown, unwrap, wrap } from "./opaque.js";
import { random } from "./platform.js";
import { received } from "./received.js";
import { KeyProof } from "./sign.js";
import { KeyStatus } from "./values.js";
import * as wasm from "./wasm.js";

/** The next look at a key. */
export interface KeyCheck {
  /** When, in Unix milliseconds; one that is past is due now. */
  readonly atMs: number;
  readonly reason: CheckReason;
}

/** What a look has brought. */
export type KeyVerdict =
  /** The key works: keep this watch, with what was learnt, instead of the old one. */
  | { readonly name: "works"; readonly watch: KeyWatch }
  /**
   * Only the user can delete it, in the venue's dashboard, then connect again. WhiteBIT says the same of an address that
   * the key is not bound to.
   */
  | { readonly name: "disabled" }
  /** It is not there any more: the user connects again. Keep the secret until then. */
  | { readonly name: "gone" }
  /** Its time is over: the user connects again. */
  | { readonly name: "expired" }
  /** This look told nothing: look again at that time, in Unix milliseconds. */
  | { readonly name: "unclear"; readonly checkAgainAtMs: number };

/** What a host knows of a key's life. */
export interface KeyWatchOptions {
  readonly venue: Venue;
  /** When the app got the key, in Unix milliseconds. */
  readonly issuedAtMs: number;
  /** When the venue last accepted a request signed with it, probes included. */
  readonly lastUsedAtMs?: number | undefined;
  /** When it ends, where the venue says so: `KeyProof.expiresAtMs`. */
  readonly expiresAtMs?: number | undefined;
  /** Whether it is bound to IP addresses, where that is known. */
  readonly isIpBound?: boolean | undefined;
  /**
   * Any number from 0 to 4294967295, another one for each key, so that a fleet's looks do not fall together; left out, a
   * random one. Keep it with the rest.
   */
  readonly seed?: number | undefined;
}

const OPTIONS: check.Looks<KeyWatchOptions> = {
  venue: check.text,
  issuedAtMs: check.number,
  lastUsedAtMs: check.optionalNumber,
  expiresAtMs: check.optionalNumber,
  isIpBound: check.flag,
  seed: (seed, name) => (seed === undefined ? random(new Uint32Array(1))[0]! : check.number(seed, name)),
};

/**
 * When to look at a key next. It holds no secret; keep its `toText()`, or make it anew from what you store.
 *
 * A look is a signed probe (`Signer.probe`). A key that is at work needs none: each signed request that the venue
 * accepts is one, see `used`.
 */
export class KeyWatch extends Opaque {
  constructor(options: KeyWatchOptions) {
    super(new wasm.KeyWatch(check.fields(check.record(options, "options"), OPTIONS)));
  }

  /**
   * The watch from its `toText()`.
   * @throws VenuekeyError `snapshot_invalid`; `snapshot_version` for the text of a newer release.
   */
  static fromText(text: string): KeyWatch {
    return wrap(KeyWatch, wasm.KeyWatch.from_text(check.text(text, "text")));
  }

  /** The watch as text, for the host's store. No secret is in it. */
  toText(): string {
    return own<wasm.KeyWatch>(this).to_text();
  }

  /** Whose key it is. */
  declare readonly venue: Venue;

  /** When the app got it, in Unix milliseconds. */
  declare readonly issuedAtMs: number;

  /** When the venue last accepted a request signed with it. */
  declare readonly lastUsedAtMs: number | undefined;

  /** When it ends, where the venue has said so. */
  declare readonly expiresAtMs: number | undefined;

  /** Whether it is bound to IP addresses, where that is known. */
  declare readonly isIpBound: boolean | undefined;

  /** What spreads the looks of a fleet. */
  declare readonly seed: number;

  /**
   * When the key ends: by the venue's word or, for a Bybit key that is bound to no address, about 3 months after its
   * issue. Absent where it does not, or nobody knows.
   */
  declare readonly endsAtMs: number | undefined;

  /** The same after the venue has accepted a signed request. */
  used(options: AtTime = {}): KeyWatch {
    return shown(own<wasm.KeyWatch>(this).used(check.now(options)));
  }

  /** When to look next, and what for. */
  nextCheck(options: AtTime = {}): KeyCheck {
    return shown(own<wasm.KeyWatch>(this).next_check(check.now(options)));
  }

  /** What the proof of `Signer.receiveProbe` means: the key works. */
  receiveProof(proof: KeyProof, options: AtTime = {}): KeyVerdict {
    return shown(own<wasm.KeyWatch>(this).receive_proof(unwrap(proof, KeyProof), check.now(options)));
  }

  /**
   * What the status of `Client.checkKey` means for the key with this id. It does not use the key, so `nextCheck` stays as
   * it is.
   */
  receiveStatus(status: KeyStatus, externalId: string): KeyVerdict {
    const id = check.text(externalId, "externalId");
    return shown(own<wasm.KeyWatch>(this).receive_status(unwrap(status, KeyStatus), id));
  }

  /** What the error of a signed request means for the key, be it a probe's or one of the app's own. */
  receiveError(error: VenuekeyError, options: AtTime = {}): KeyVerdict {
    if (!(error instanceof VenuekeyError)) throw wasm.invalid_argument(`error must be a VenuekeyError; ${received(error)}`);
    const { code, venueCode, venueText } = error;
    return shown(own<wasm.KeyWatch>(this).receive_error(code, venueCode, venueText, check.now(options)));
  }
}

publish(KeyWatch, wasm.KeyWatch);
