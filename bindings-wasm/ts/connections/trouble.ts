import type { Finding } from "./finding.js";

/** A finding that ends what was asked for. */
export class Trouble extends Error {
  declare readonly name: "Trouble";
  /** What is wrong, and what helps. */
  readonly finding: Finding;

  constructor(finding: Finding) {
    super(`${finding.about}: ${finding.text}; ${finding.todo}`);
    this.finding = finding;
  }

  static {
    Object.defineProperty(this.prototype, "name", { value: "Trouble", configurable: true, writable: true });
  }
}
