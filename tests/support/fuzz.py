"""Run random programs and say which of them have a wrong derivative, or none for a bad reason.

    python tests/support/fuzz.py --seeds 0:1000 [--interpreted | --compiled | --products] [--shrink]

Prints a line for each failure and, with ``--shrink``, the few lines that still fail; then the
totals. The exit code is 1 where something failed.
"""

import argparse
import collections
import importlib
import itertools
import re
import sys
import tempfile
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import kernels
import narrow
import verdicts
import wild
from blocks import forms
from program_runs import arguments, load
from programs import Programs
from shrink import shrink

KINDS = ("plain", "wild", "kernel", "form", "packed", "narrow")
_fresh = itertools.count()


def source_of(kind, seed, features=None):
    """Return the source of the program of a kind and a seed."""
    if kind == "kernel":
        return kernels.program(seed)
    if kind == "narrow":
        return narrow.program(seed)
    if kind == "wild":
        return wild.program(seed, features or wild.FEATURES)
    if kind in ("form", "packed"):
        return forms.program(seed, features or forms.FEATURES, packs=kind == "packed")
    options = {"views": seed // 3 % 2 == 0, "more": seed // 6 % 2 == 1}
    return Programs(seed, arrays=(0.0, 0.3, 0.6)[seed % 3], **options).source()


def loaded(source, folder):
    """Return a program, and the same in double precision where it is not, else None."""
    f = load(source, folder, f"fuzzed_{next(_fresh)}")
    if "float32" not in source:
        return f, None
    wide = source.replace("float32", "float64")
    return f, load(wide, folder, f"fuzzed_{next(_fresh)}")


def verdict(source, seed, judge, folder, **options):
    """Return the `verdicts.Verdict` on a program at the arguments of a seed."""
    importlib.invalidate_caches()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        f, oracle = loaded(source, folder)
        return judge(f, arguments(seed), oracle=oracle, **options)


def kind_of(found):
    """Return what two failures of one cause have in common: a value, a gradient, an error."""
    return found.word, found.by, found.detail.partition(" ")[0]


def reason_of(detail):
    """Return what refusals of one reason have in common: their words, without names and places."""
    words = detail.partition(" (")[0]
    return re.sub(r"\b(\w*\d\w*|[a-z]\b)", "_", words)[:150]


def shrunk(source, seed, judge, folder, seconds=120.0):
    """Return a small program that fails as a program does: the same word, by the same mode."""
    first = verdict(source, seed, judge, folder)
    sets = [first.by.rpartition(" ")[2]]

    def fails(smaller):
        try:
            found = verdict(smaller, seed, judge, folder, only=first.by, sets=sets)
        except SyntaxError:  # a break whose loop was dropped
            return False
        if kind_of(found) != kind_of(first):
            return False
        if judge is verdicts.compiled:  # its oracle is the compiled program
            return True
        f, oracle = loaded(smaller, folder)
        truth = verdicts.truth_of(f, arguments(seed), oracle)
        if isinstance(truth, verdicts.Verdict):
            return False
        return verdicts.numba_takes(f, arguments(seed), truth)

    return shrink(source, fails, seconds)


def culprits(source, seed, judge, folder):
    """Return the sets of optimisations, all, none and each alone, with which a program fails."""
    sets = (*verdicts.SETS, *verdicts.each_pass())
    return [s for s in sets if verdict(source, seed, judge, folder, sets=[s]).bad]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="0:100", help="A:B or A:B:STEP, as range does")
    parser.add_argument("--kind", choices=KINDS, default="wild")
    parser.add_argument("--each-pass", action="store_true", help="each optimisation alone, too")
    parser.add_argument("--only", help="one judgement alone, as 'source with all' or 'tangent'")
    parser.add_argument("--features", help="of wild programs, or of forms: a,b,...")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--interpreted", action="store_true", help="generated code, interpreted")
    how.add_argument("--compiled", action="store_true", help="every mode, compiled")
    how.add_argument("--products", action="store_true", help="Hessian products, interpreted")
    parser.add_argument("--reasons", metavar="WORD", help="count those of REFUSED, or of USELESS")
    parser.add_argument("--shrink", action="store_true")
    parser.add_argument("--show", action="store_true", help="print the programs that fail")
    options = parser.parse_args()
    judge = verdicts.compiled if options.compiled else verdicts.interpreted
    judge = verdicts.products if options.products else judge
    sets = (*verdicts.SETS, *(verdicts.each_pass() if options.each_pass else ()))
    totals, reasons = collections.Counter(), collections.Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for seed in range(*map(int, options.seeds.split(":"))):
            source = source_of(options.kind, seed, options.features and options.features.split(","))
            found = verdict(source, seed, judge, folder, sets=sets, only=options.only)
            totals[found.word] += 1
            if found.word == options.reasons:
                reasons[reason_of(found.detail)] += 1
            if sum(totals.values()) % 100 == 0:
                print(f"to seed {seed}: {dict(totals)}", file=sys.stderr, flush=True)
            if not found.bad:
                continue
            print(f"{found.word} seed {seed} by {found.by}: {found.detail}"[:400], flush=True)
            if not options.compiled:
                print("fails with:", ", ".join(culprits(source, seed, judge, folder)))
            if options.shrink:
                source = shrunk(source, seed, judge, folder)
            if options.shrink or options.show:
                print(
                    "    def f(" + source.partition("def f(")[2].replace("\n", "\n    "), flush=True
                )
    for reason, n in reasons.most_common(30):
        print(f"{n} {options.reasons}: {reason}")
    print(", ".join(f"{n} {word}" for word, n in sorted(totals.items())))
    raise SystemExit(bool(totals["WRONG"] + totals["CRASH"]))


if __name__ == "__main__":
    main()
