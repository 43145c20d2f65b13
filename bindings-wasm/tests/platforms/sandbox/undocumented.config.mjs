export default { test: { include: ["undocumented.mjs"] } };
