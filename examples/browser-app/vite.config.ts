import { defineConfig } from "vite";

// The app and its backend share an origin: in front of both stands one host, which here is Vite.
const backend = process.env["BACKEND"] ?? "http://127.0.0.1:8000";
const address = { host: "127.0.0.1", port: Number(process.env["PORT"] ?? 5173), strictPort: true };
const proxy = { "/api": { target: backend } };

// Whatever serves `dist` sends these too. Vite's own development server needs inline styles, so it has no policy.
const quiet = { "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff" };
const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");
const headers = {
  ...quiet,
  "Content-Security-Policy": policy,
  // `allow-popups`: else the window in which the exchange opens would be cut off from the page that opened it.
  "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
};

export default defineConfig({
  server: { ...address, proxy, headers: quiet },
  preview: { ...address, proxy, headers },
  // Nothing as a data: address, which the policy refuses.
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
