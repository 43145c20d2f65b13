// The example backends: each as a program of its own, with its worker and its store.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { startAndReadLine } from "./process.mjs";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

function python() {
  const program = process.env.VENUEKEY_PYTHON;
  assert.ok(program, "VENUEKEY_PYTHON must be a Python that has venuekey and the backend's requirements.");
  return program;
}

export const PYTHON = {
  name: "python",
  folder: at("../../../examples/python-backend"),
  start({ port, data, publicUrl, sandboxUrl, timeScale }) {
    const args = ["-u", at("../../journeys/testhooks.py"), `--port=${port}`, `--data=${data}`, `--sandbox=${sandboxUrl}`];
    const patience = { VENUEKEY_EXAMPLE_TIME_SCALE: `${timeScale}`, VENUEKEY_EXAMPLE_PAGE_PATIENCE: "150" };
    const env = { ...process.env, PUBLIC_URL: publicUrl, ...patience };
    return startAndReadLine(python(), args, { env, isReady: (line) => line.includes("Uvicorn running on ") });
  },
};

export const NODE = {
  name: "node",
  folder: at("../../../examples/node-backend"),
  start({ port, data, publicUrl, sandboxUrl, timeScale }) {
    // It won't live for as long as WebAssembly's second, optimizing compiler would need to be worth its while.
    const args = ["--liftoff-only", at("../../journeys/testhooks.mjs"), `--port=${port}`, `--data=${data}`, `--sandbox=${sandboxUrl}`];
    const env = { ...process.env, PUBLIC_URL: publicUrl, VENUEKEY_EXAMPLE_TIME_SCALE: `${timeScale}` };
    return startAndReadLine(process.execPath, args, { env, isReady: (line) => line.includes(" listening on ") });
  },
};

/** Those that have the JSON API, for examples/browser-app. */
export const BACKENDS = [PYTHON, NODE];
