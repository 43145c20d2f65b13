/** @type {import("next").NextConfig} */
export default {
  // As it is installed: its worker, and the driver of its store.
  serverExternalPackages: ["venuekey"],
  // Bybit puts a slash before the query of the callback.
  skipTrailingSlashRedirect: true,
  turbopack: { root: import.meta.dirname },
};
