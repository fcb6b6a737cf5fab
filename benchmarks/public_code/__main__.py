"""Try the functions of public packages, and write what was found into the documentation.

``python -m benchmarks.public_code [packages, or parts of functions' names] [--again VERDICTS]``
"""

import argparse
import json
import os
import re
import signal
import time
from pathlib import Path

import numpy as np

import fastad

from . import PACKAGES, find, report, trial

_INSTALLED = re.compile(r"[^\s(\"'\\]*/site-packages/")  # where packages are, on one machine
# Colours of a terminal, and the start of such a path at the end of a message that was cut.
_CUT = re.compile(r"(\x1b\[[0-9;]*m)|[^\s(\"']*/lib/pyth[^\s\"']*$")
RESULTS = Path(__file__).parent.parent / "results" / "public_code.json"
SECONDS = 150.0


def in_a_process(found):
    """Return what a trial of a function finds in a process of its own, with a limit of time."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        signal.alarm(int(SECONDS))
        with os.fdopen(writer, "w") as pipe:
            json.dump(trial.run(found), pipe)
        os._exit(0)
    os.close(writer)
    begin = time.perf_counter()
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if said:
        result = json.loads(_INSTALLED.sub("", said))
        result["why"] = _CUT.sub("", result.get("why", ""))
    else:
        result = {"verdict": "slow" if status == -signal.SIGALRM else "crash", "why": str(status)}
    return result | {"seconds": round(time.perf_counter() - begin, 1)}


def warm_up():
    """Compile what every driver calls before the trials' processes are forked."""
    for seed in (np.ones(2), 1.0):
        value = fastad.grad(lambda x: np.sum(x * x))(seed)
        fastad.vjp(lambda x: x * x)(seed, value)


def _kept():
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else {}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="packages, or parts of functions' names")
    parser.add_argument("--again", default="", help="verdicts that are tried again, or all")
    options = parser.parse_args()
    try_all(options)
    report.write(_kept())
    print("\n".join([*report.table(_kept()), "", *report.reasons(_kept())]))


def try_all(options):
    """Try the functions that are asked for and were not tried before, and keep what is found."""
    results = _kept()
    warm_up()
    for package in PACKAGES:
        if options.names and not any(n.split(".")[0] == package for n in options.names):
            continue
        for found in find.functions(package):
            if options.names and not any(n in found.name for n in options.names):
                continue
            known = results.get(found.name, {}).get("verdict")
            if known and options.again != "all" and known not in options.again.split(","):
                continue
            result = in_a_process(found)
            print(
                f"{found.name:80s} {result['verdict']:10s} {result.get('mode', ''):8s} "
                f"{result['seconds']:6.1f} s  {result.get('why', '')[:300]}",
                flush=True,
            )
            results = _kept() | {found.name: result}
            RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")


main()
