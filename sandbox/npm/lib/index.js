"use strict";
const { Clock, ConsentRefused, Sandbox, SandboxError } = require("./client.js");
const { findProgram, start } = require("./program.js");

module.exports = { Clock, ConsentRefused, Sandbox, SandboxError, findProgram, start };
