export default { test: { include: ["vitest.mjs"], testTimeout: 300_000, hookTimeout: 300_000 } };
