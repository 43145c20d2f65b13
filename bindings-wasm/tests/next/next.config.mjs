/** No folder above this one is looked into. */
export default { turbopack: { root: import.meta.dirname } };
