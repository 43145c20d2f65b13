interface ImportMetaEnv {
  /** The app's id at WhiteBIT, for a page that begins by itself. */
  readonly VITE_WHITEBIT_CLIENT_ID?: string;
  /** The address of venuekey-sandbox, in the place of the real exchange. */
  readonly VITE_SANDBOX?: string;
}
