#!/usr/bin/env node
// The program, with its own options: signals and the exit code are its.
"use strict";
const { spawn } = require("node:child_process");
const { findProgram } = require("../lib/program.js");

const child = spawn(findProgram(), process.argv.slice(2), { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  console.error(`venuekey-sandbox: ${error.message}`);
  process.exitCode = 1;
});
child.on("exit", (code) => (process.exitCode = code ?? 1));
