"""Run programs whose derivative is known, each in a process of its own, and print a table.

    python tests/conformance/run.py [--modes auto,source,forward,tape] [--warm] [FILE ...]

A line for each program and mode, then the totals by mode. The exit code is 1 where a number is
wrong or an error is not fastad's own. `tests/support/conformance.py` says what a program is.
"""

import argparse
import collections
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))
import conformance


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", type=Path, help="programs, or names of them")
    parser.add_argument("--modes", default="auto")
    parser.add_argument("--limit", type=float, default=240.0, help="seconds for each")
    parser.add_argument("--warm", action="store_true", help="compile what all need once for all")
    options = parser.parse_args()
    if options.warm:
        conformance.warm()
    named = [p if p.suffix else conformance.PROGRAMS / f"{p}.py" for p in options.files]
    totals = {mode: collections.Counter() for mode in options.modes.split(",")}
    for path in named or conformance.files():
        for mode, total in totals.items():
            found = conformance.run(path.resolve(), mode, options.limit)
            total[found.word] += 1
            line = f"{found.word:8}{mode:9}{path.stem:36}{found.seconds:6.1f} s  {found.detail}"
            print(" ".join(line.split("\n"))[:300], flush=True)
    for mode, total in totals.items():
        print(f"{mode:9}" + ", ".join(f"{n} {word}" for word, n in sorted(total.items())))
    raise SystemExit(any(t["WRONG"] + t["CRASH"] for t in totals.values()))


if __name__ == "__main__":
    main()
