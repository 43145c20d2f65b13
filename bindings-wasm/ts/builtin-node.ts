// webpack takes `createRequire` for its own where it is imported by name, and leaves nothing of it.
import Module from "node:module";

interface Builtins {
  "node:crypto": typeof import("node:crypto");
  "node:http": typeof import("node:http");
  "node:https": typeof import("node:https");
  "node:zlib": typeof import("node:zlib");
}

/** A module of Node's own, when it is needed: loading these takes longer than all else that an import does. */
export const builtin: <Name extends keyof Builtins>(name: Name) => Builtins[Name] = Module.createRequire(process.execPath);
