import type { Sandbox, StartOptions } from "./index.js";

/**
 * One sandbox for the tests of this file, or of this `describe`: fresh in each test, which fails if it sends what no
 * documentation covers, unless `allowViolations`.
 */
export function useSandbox(options?: StartOptions & { allowViolations?: boolean }): Sandbox;
