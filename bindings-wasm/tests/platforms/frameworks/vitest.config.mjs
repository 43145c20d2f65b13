export default { test: { include: ["vitest.mjs"], environment: "jsdom" } };
