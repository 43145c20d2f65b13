"""One operation, many times over: for ../bench.py. Each line on standard input is `NAME COUNT`; the answer is nanoseconds
of the processor for each time. With both as arguments it runs once.
"""

import sys
from time import process_time_ns

import ours
import peers

READY = {}


def took(name, times):
    if name not in READY:
        READY[name] = {**ours.OPERATIONS, **peers.OPERATIONS}[name]()
    operation = READY[name]
    began = process_time_ns()
    for _ in range(times):
        operation()
    return (process_time_ns() - began) / max(1, times)


if len(sys.argv) == 3:
    print(took(sys.argv[1], int(sys.argv[2])))
else:
    for line in sys.stdin:
        name, times = line.split()
        print(took(name, int(times)), flush=True)
