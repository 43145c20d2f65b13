export default { test: { include: ["vitest.mjs"], environment: "jsdom", testTimeout: 300_000, hookTimeout: 300_000 } };
