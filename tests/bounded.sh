#!/bin/sh
# Runs a command so that it and each process it starts has 2 GiB of memory of its own and no more: a test that grows
# without end fails, and the machine lives on. What is reserved and never written to (wasm, Chromium) does not count.
ulimit -d 2097152
exec "$@"
