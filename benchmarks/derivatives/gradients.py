"""fastad's modes on the objectives: gradient over primal, and over the adjoint by hand.

``python -m benchmarks.derivatives.gradients [OBJECTIVE ...] [--store]`` prints the table of all
sizes.
"""

import argparse
import statistics
import time

import numpy as np

import fastad

from ..harness import common, store
from .by_hand import ADJOINTS
from .objectives import OBJECTIVES, compiled

# Fixed names, not those of the installed version: asv runs this on older ones too.
MODES = ("forward", "tape", "source")
NAMES = common.pick(list(OBJECTIVES), ["mixture"])
SLOW = 1.0  # a gradient that takes more seconds than this is timed once
MOST_PASSES = 500  # of forward mode: it takes one for 8 variables


def gradient(name, mode):
    """Return ``value_and_grad`` of the compiled objective, by all that it depends on."""
    return fastad.value_and_grad(compiled(name), argnums=OBJECTIVES[name].argnums, mode=mode)


def check(name, found, arguments):
    """Raise AssertionError unless value and gradients are those of the adjoint by hand."""
    value, *expected = ADJOINTS[name](*arguments)
    np.testing.assert_allclose(found[0], value, rtol=1e-9)
    gradients = found[1] if isinstance(found[1], tuple) else (found[1],)
    for mine, theirs in zip(gradients, expected, strict=False):
        np.testing.assert_allclose(mine, theirs, rtol=1e-6, atol=1e-9 * np.abs(theirs).max())


class Gradient(common.Suite):
    """One gradient at the smallest size; one thread."""

    params = (NAMES, common.pick((*MODES, "by hand"), ("source",)))
    param_names = ("objective", "mode")
    timeout = 300

    def setup(self, name, mode):
        """Compile, and compare with the adjoint by hand."""
        self.arguments = OBJECTIVES[name].data(*OBJECTIVES[name].sizes[0])
        self.primal, self.adjoint = compiled(name), ADJOINTS[name]
        self.primal(*self.arguments)
        self.adjoint(*self.arguments)
        if mode == "by hand":
            self.run = self.adjoint
            return
        try:
            self.run = gradient(name, mode)
            found = self.run(*self.arguments)
        except (AttributeError, TypeError, ValueError) as reason:  # no such mode, or it cannot
            raise NotImplementedError(str(reason)) from reason
        check(name, found, self.arguments)

    def time_gradient(self, name, mode):
        """Compute value and gradient."""
        self.run(*self.arguments)

    def track_ratio_to_primal(self, name, mode):
        """Return the time over the function's own."""
        return common.ratio(lambda: self.run(*self.arguments), lambda: self.primal(*self.arguments))

    track_ratio_to_primal.unit = "times"

    def track_ratio_to_by_hand(self, name, mode):
        """Return the time over that of the adjoint by hand."""
        return common.ratio(
            lambda: self.run(*self.arguments), lambda: self.adjoint(*self.arguments)
        )

    track_ratio_to_by_hand.unit = "times"


def measure(name, size):
    """Return a list of dicts: objective, size, mode, seconds, ratio to the primal, or skipped."""
    objective, arguments = OBJECTIVES[name], OBJECTIVES[name].data(*size)
    passes = sum(arguments[i].size for i in objective.argnums) / 8
    primal, found = compiled(name), []
    primal(*arguments)
    for mode in ("by hand", *MODES):
        entry = {"objective": name, "size": size, "mode": mode}
        found.append(entry)
        if mode == "forward" and passes > MOST_PASSES:
            entry["skipped"] = f"it would take {passes:.0f} passes"
            continue
        try:
            run = ADJOINTS[name] if mode == "by hand" else gradient(name, mode)
            result = run(*arguments)
            if mode != "by hand":
                check(name, result, arguments)
        except Exception as reason:
            entry["skipped"] = f"{type(reason).__name__}: {reason}"[:300]
            continue
        pairs, end = [], time.perf_counter() + 1.5
        while len(pairs) < 5 or (time.perf_counter() < end and len(pairs) < 201):
            begin = time.perf_counter()
            primal(*arguments)
            between = time.perf_counter()
            run(*arguments)
            pairs.append((between - begin, time.perf_counter() - between))
            if pairs[-1][1] > SLOW:
                break
        entry["median"] = statistics.median(b for _, b in pairs)
        entry["ratio"] = statistics.median(b / a for a, b in pairs)
    return found


def main():
    """Print the table of all sizes."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.derivatives.gradients", description=__doc__
    )
    parser.add_argument("objective", nargs="*", default=list(OBJECTIVES))
    parser.add_argument("--store", action="store_true", help="for the report")
    options = parser.parse_args()
    found = []
    for name in options.objective:
        for size in OBJECTIVES[name].sizes:
            for entry in measure(name, size):
                found.append(entry)
                label = f"{name:14} {size!s:16} {entry['mode']:8}"
                if "skipped" in entry:
                    print(f"{label} skipped: {entry['skipped']}", flush=True)
                else:
                    ratio = f"{1e6 * entry['median']:12.1f} us {entry['ratio']:9.2f} times primal"
                    print(label, ratio, flush=True)
    if options.store:
        store.save("gradients", found)


if __name__ == "__main__":
    main()
