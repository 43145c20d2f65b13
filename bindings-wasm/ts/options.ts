/** When something happens, in Unix milliseconds; left out, it is the platform's clock. */
export interface AtTime {
  readonly nowMs?: number | undefined;
}

/** When something begins, and with which randomness; both left out, they are the platform's. */
export interface Ambient extends AtTime {
  /** 64 random bytes, never used twice. */
  readonly entropy?: Uint8Array | undefined;
}

/** What is known of a request that got no reply. */
export interface NoReply extends AtTime {
  /** Whether for certain not one byte of it left this machine. By default it may have arrived. */
  readonly notSent?: boolean | undefined;
}

/** A nonce in Unix milliseconds by the venue's clock; left out, it is the platform's clock. */
export interface WithNonce {
  readonly nonceMs?: number | undefined;
}

/** The venue's time, in Unix milliseconds; left out, the platform's clock is taken for it. */
export interface AtVenueTime {
  readonly venueNowMs?: number | undefined;
}
