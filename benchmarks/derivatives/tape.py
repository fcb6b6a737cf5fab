"""The tape against the primal: three objectives of GradBench as plain scalar loops.

``python -m benchmarks.derivatives.tape`` prints the table; asv tracks the gradients.
One thread.  The primal is the same function, compiled by Numba for floats.  The tapes see
the function as it stands: nothing marks its loops, nothing is folded by hand.  "Gradient"
is recording and the sweep, on a tape that has its memory; "replay" is a replay at given
variables, its comparisons checked, and its sweep.
"""

import statistics
import time

import numba
import numpy as np

from fastad import ReplayTape, Tape

from ..harness import common
from .objectives import (
    kmeans,
    kmeans_data,
    least_squares,
    least_squares_data,
    mixture,
    mixture_data,
)

STATEMENT_BYTES = 32  # two operands, two partial derivatives, an adjoint
OPERATION_BYTES = 25  # code, two operands, value, adjoint

primal_mixture, primal_least_squares, primal_kmeans = map(
    numba.njit, (mixture, least_squares, kmeans)
)


@numba.njit
def _record_mixture(tape, alpha, mu, q, l, x, gamma, m):  # noqa: E741
    tape.reset()
    return primal_mixture(
        tape.variables(alpha),
        tape.variables(mu),
        tape.variables(q),
        tape.variables(l),
        x,
        gamma,
        m,
    )


@numba.njit
def _record_least_squares(tape, x, n):
    tape.reset()
    return primal_least_squares(tape.variables(x), n)


@numba.njit
def _record_kmeans(tape, c, p):
    tape.reset()
    return primal_kmeans(tape.variables(c), p)


def _compiled(record):
    def run(tape, *arguments):
        return record(tape, *arguments).value

    def gradient(tape, *arguments):
        y = record(tape, *arguments)
        return tape.gradient(y)

    def trace(tape, *arguments):
        tape.output(record(tape, *arguments))

    return numba.njit(run), numba.njit(gradient), numba.njit(trace)


@numba.njit
def _replay(tape, x, out):
    if not tape.replay(x):
        raise RuntimeError("a comparison came out otherwise")
    tape.gradient_into(out)


OBJECTIVES = {
    "mixture": (primal_mixture, *_compiled(_record_mixture), mixture_data(10, 25, 1000)),
    "least_squares": (
        primal_least_squares,
        *_compiled(_record_least_squares),
        least_squares_data(1024, 128),
    ),
    "kmeans": (primal_kmeans, *_compiled(_record_kmeans), kmeans_data(10, 1000, 8)),
}


NAMES = common.pick(list(OBJECTIVES), ["kmeans"])


class Gradient(common.Suite):
    """One gradient with recording, on a tape that has its memory."""

    params = NAMES
    param_names = ("objective",)

    def setup(self, name):
        """Compile and warm up."""
        self.primal, _, self.gradient, _, self.arguments = OBJECTIVES[name]
        self.tape = Tape()
        self.time_gradient(name)
        self.primal(*self.arguments)

    def time_gradient(self, name):
        """Record and sweep."""
        self.gradient(self.tape, *self.arguments)

    def track_ratio_to_primal(self, name):
        """Return the time over the function's own."""
        return common.ratio(lambda: self.time_gradient(name), lambda: self.primal(*self.arguments))

    track_ratio_to_primal.unit = "times"

    def track_bytes(self, name):
        """Return the bytes of the statements and adjoints used."""
        return int(STATEMENT_BYTES * (self.tape.n_statements() + self.tape.n_variables))


class Replay(common.Suite):
    """One gradient by replaying a recording."""

    params = NAMES
    param_names = ("objective",)

    def setup(self, name):
        """Compile, record, replay once."""
        self.primal, *_, trace, self.arguments = OBJECTIVES[name]
        self.tape = ReplayTape()
        trace(self.tape, *self.arguments)
        self.x = variables_of(self.tape, self.arguments)
        self.out = np.empty(self.x.size)
        self.time_replay(name)
        self.primal(*self.arguments)

    def time_replay(self, name):
        """Replay and sweep."""
        _replay(self.tape, self.x, self.out)

    def track_ratio_to_primal(self, name):
        """Return the time over the function's own."""
        return common.ratio(lambda: self.time_replay(name), lambda: self.primal(*self.arguments))

    track_ratio_to_primal.unit = "times"

    def track_bytes(self, name):
        """Return the bytes that a replay works on."""
        return OPERATION_BYTES * int(self.tape.n_operations())  # asv writes JSON


def variables_of(tape, arguments):
    """Return the values of a recording's variables: the first of the arguments."""
    return np.concatenate([np.ravel(a) for a in arguments])[: tape.n_variables]


def measure(name, repeats=15):
    """Return the (minimum, median) times of each way, and the numbers recorded.

    The ways: the primal, recording, recording and sweep, replay and sweep.
    """
    primal, record, gradient, trace, arguments = OBJECTIVES[name]
    tape, replayed = Tape(), ReplayTape()
    trace(replayed, *arguments)
    x = variables_of(replayed, arguments)
    out = np.empty(x.size)
    runs = (
        lambda: primal(*arguments),
        lambda: record(tape, *arguments),
        lambda: gradient(tape, *arguments),
        lambda: _replay(replayed, x, out),
    )
    for run in runs:
        run()
    if not np.allclose(out, gradient(tape, *arguments), rtol=1e-9, atol=1e-9):
        raise AssertionError("the two tapes' gradients differ")
    times = [[] for _ in runs]
    # A replay in turn with the primal alone: a tape larger than the cache would empty it.
    for turn in ((0, 1, 2), (0, 3)):
        for _ in range(repeats):
            for k in turn:
                begin = time.perf_counter()
                runs[k]()
                times[k].append(time.perf_counter() - begin)
    return [(min(t), statistics.median(t)) for t in times], tape.n_statements(), replayed


if __name__ == "__main__":
    for _name in OBJECTIVES:
        _times, _statements, _replayed = measure(_name)
        (_p, _pm), (_r, _), (_g, _gm), (_a, _am) = _times
        _n = _replayed.n_operations()
        print(
            f"{_name}: primal {1e6 * _p:.0f} us; {_n} operations, {_statements} statements of "
            f"{STATEMENT_BYTES} bytes ({STATEMENT_BYTES * _statements / _n:.1f} an operation)"
        )
        print(
            f"  gradient {1e6 * _g:.0f} us ({1e6 * _r:.0f} of it recording): {_g / _p:.1f} (median "
            f"{_gm / _pm:.1f}) times the primal, {1e9 * _g / _n:.2f} ns an operation"
        )
        print(
            f"  replay {1e6 * _a:.0f} us: {_a / _p:.2f} (median {_am / _pm:.2f}) times the primal, "
            f"{1e9 * _a / _n:.2f} ns and {OPERATION_BYTES} bytes an operation"
        )
