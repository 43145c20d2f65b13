export default { test: { include: ["undocumented.mjs"], testTimeout: 300_000, hookTimeout: 300_000 } };
