"""EM, accelerated EM, L-BFGS and Newton-CG from one start to one maximum: when which wins.

``python -m benchmarks.mixtures.gradient [--store]`` measures, and prints the table; with
``--store`` it is kept. ``--write`` writes what is stored: the table in docs/mixtures/gradient.md,
and the picture. All run in one thread, as fits by gradient do, and the time is CPU time.
"""

import statistics
import sys
import time
import warnings
from pathlib import Path

import numpy as np

from ..harness import common, store

# N, D, K, covariances, and the rows: blobs, each of a shape of its own, so far apart; or spheres of
# unit variance in a line, so far apart, which fits hardly tell apart.
PROBLEMS = common.pick(
    [
        (1000, 2, 3, "full", "blobs 4"),
        (1000, 2, 3, "full", "blobs 0.5"),
        (10_000, 4, 4, "full", "blobs 1"),
        (10_000, 8, 8, "full", "blobs 1"),
        (10_000, 8, 8, "diag", "blobs 0.5"),
        (100_000, 4, 4, "full", "blobs 1"),
        (100_000, 8, 8, "diag", "blobs 1"),
        (10_000, 2, 3, "tied", "spheres 2"),
        (1000, 4, 3, "full", "spheres 2"),
        (1000, 2, 2, "full", "spheres 2"),
        (1000, 1, 2, "full", "spheres 1.5"),
        (1000, 2, 2, "full", "spheres 1.5"),
        (10_000, 4, 3, "full", "spheres 2"),
        (10_000, 2, 3, "diag", "spheres 2"),
        (10_000, 2, 2, "full", "spheres 1.5"),
        (10_000, 2, 2, "diag", "spheres 1.5"),
    ],
    [(1000, 2, 3, "full", "blobs 0.5"), (1000, 2, 2, "full", "spheres 2")],
)
EM = {"EM": "none", "squarem": "squarem", "Anderson": "anderson"}
GRADIENT = {"L-BFGS": "l-bfgs", "Newton-CG": "newton-cg"}
NEAR = 1e-8  # nats per sample below the maximum, where a method has arrived
STEPS_OF_START = 10  # of EM, for all methods to see the same maximum mostly
MOST = 20_000
DOCS = Path(__file__).parents[2] / "docs"
GUIDE, PICTURE = DOCS / "mixtures" / "gradient.md", DOCS / "images" / "fits_by_gradient.png"
MARKERS = "<!-- fits: written by python -m benchmarks.mixtures.gradient -->", "<!-- end of fits -->"
COLOURS = {
    "EM": "#7f7f7f",
    "squarem": "#bcbd22",
    "Anderson": "#1f77b4",
    "L-BFGS": "#ff7f0e",
    "Newton-CG": "#d62728",
}


def spheres(n, d, k, spread):
    """Return rows (n, d) of k spheres of unit variance, so far from one to the next."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, d))
    X[:, 0] += spread * rng.integers(k, size=n)
    return X


def rows_and_start(problem):
    """Return rows and the mixture from which all methods start."""
    from fastgmm import GaussianMixture

    n, d, k, covariance_type, rows = problem
    kind, spread = rows.split()
    made = {"blobs": common.rows, "spheres": spheres}[kind]
    X = made(n, d, k, spread=float(spread))
    how = {"covariance_type": covariance_type, "reg_covar": 0.0, "random_state": 0, "tol": 0.0}
    return X, GaussianMixture(k, max_iter=STEPS_OF_START, **how).fit(X).mixture_


def by_em(X, start, covariance_type, acceleration, target=None):
    """Fit by EM from `start`, until the likelihood is `target`; return (mixture, passes)."""
    from fastgmm import GaussianMixture

    gm = GaussianMixture.from_mixture(start, covariance_type=covariance_type, warm_start=True)
    gm.set_params(reg_covar=0.0, max_iter=MOST, acceleration=acceleration)
    gm.set_params(tol=1e-13 if target is None else 0.0)
    if target is not None:
        gm.set_params(callback=lambda state: state.lower_bound >= target)
    gm.fit(X)
    return gm.mixture_, gm.n_iter_


def by_gradient(X, start, method, tol):
    """Fit by gradient from `start`; return the `MapFit`."""
    from fastgmm.gradient import fit_map

    return fit_map(X, start, method=method, tol=tol)


def maximum(X, mixture):
    """Return the mean log likelihood of the maximum that a mixture is near."""
    return by_gradient(X, mixture, "newton-cg", 1e-11).log_likelihood


def measured(problem, repeats=5):
    """Return ``{method: {"passes", "seconds", "maximum"}}`` of a problem."""
    from fastgmm import set_num_threads

    set_num_threads(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of iterations that end where they are told to
        found, runs = _found(*rows_and_start(problem), problem[3])
        for name, run in runs.items():
            found[name]["seconds"] = statistics.median(_seconds(run) for _ in range(repeats))
    set_num_threads(None)
    return found


def _found(X, start, covariance_type):
    """Return ``{method: {"passes", "maximum"}}``, and functions that fit once more."""
    found, runs = {}, {}
    for name, acceleration in EM.items():
        limit = maximum(X, by_em(X, start, covariance_type, acceleration)[0])
        args = X, start, covariance_type, acceleration, limit - NEAR
        found[name] = {"passes": by_em(*args)[1], "maximum": limit}
        runs[name] = lambda args=args: by_em(*args)
    for name, method in GRADIENT.items():
        limit = maximum(X, by_gradient(X, start, method, 1e-7).mixture)
        for tol in (10.0**-p for p in range(2, 9)):
            fit = by_gradient(X, start, method, tol)
            if abs(fit.log_likelihood - limit) < NEAR:
                break
        found[name] = {"passes": fit.n_evaluations, "maximum": limit, "tol": tol}
        runs[name] = lambda method=method, tol=tol: by_gradient(X, start, method, tol)
    return found, runs


def _seconds(run):
    """Return the CPU time that a function takes: they all run in one thread."""
    begin = time.process_time()
    run()
    return time.process_time() - begin


def entries():
    """Return what is stored: a list of ``{"problem", "methods"}``."""
    found = []
    for problem in PROBLEMS:
        found.append({"problem": list(problem), "methods": measured(problem)})
        print(table(found[-1:]).splitlines()[-1], file=sys.stderr, flush=True)
    return found


def table(found):
    """Return the table of docs/mixtures/gradient.md, in Markdown."""
    names = [*EM, *GRADIENT]
    lines = [f"| N, D, K, covariances, rows | {' | '.join(names)} |"]
    lines.append("|---|" + "---|" * len(names))
    for entry in found:
        n, d, k, covariance_type, rows = entry["problem"]
        methods = entry["methods"]
        best = max(m["maximum"] for m in methods.values())
        fastest = min(m["seconds"] for m in methods.values() if best - m["maximum"] < NEAR)
        cells = [f"{n:,}, {d}, {k}, {covariance_type}, {rows}"]
        for name in names:
            m = methods[name]
            text = f"{_milliseconds(m['seconds'])} ({m['passes']})"
            text = f"**{text}**" if m["seconds"] == fastest else text
            lower = best - m["maximum"]
            cells.append(f"{text}, {lower:.1g} lower" if lower >= NEAR else text)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _milliseconds(seconds):
    return f"{1e3 * seconds:.3g} ms" if seconds < 1.0 else f"{seconds:.3g} s"


def draw(found, path=PICTURE):
    """Draw how many times EM's time each method takes, over the passes that EM takes."""
    from matplotlib.figure import Figure  # not pyplot: no window, no global state

    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    axes = figure.add_subplot()
    for name in [*EM, *GRADIENT][1:]:
        passes = [entry["methods"]["EM"]["passes"] for entry in found]
        times = [
            entry["methods"]["EM"]["seconds"] / entry["methods"][name]["seconds"] for entry in found
        ]
        axes.loglog(passes, times, "o", color=COLOURS[name], label=name)
    axes.axhline(1.0, color=COLOURS["EM"], lw=1)
    axes.set(xlabel="passes over the rows that EM takes", ylabel="times faster than EM")
    axes.set_title("From one start to within 1e-8 nats of the maximum, one thread", fontsize=10)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120)


class Gradient(common.Suite):
    """Fits by gradient over EM that is accelerated by Anderson's method."""

    params = (PROBLEMS,)
    param_names = ("problem",)
    timeout = 1200

    def setup(self, problem):
        """Compile."""
        self.X, self.start = rows_and_start(problem)
        for method in GRADIENT.values():
            by_gradient(self.X[:1000], self.start, method, 1e-3)

    def track_ratio_of_anderson_to_newton(self, problem):
        """Return accelerated EM's time over that of Newton-CG, both to about 1e-8 nats."""
        limit = maximum(self.X, by_em(self.X, self.start, problem[3], "anderson")[0])
        return common.ratio(
            lambda: by_em(self.X, self.start, problem[3], "anderson", limit - NEAR),
            lambda: by_gradient(self.X, self.start, "newton-cg", 1e-5),
        )

    track_ratio_of_anderson_to_newton.unit = "times faster"

    def track_ratio_of_gradient_to_iteration(self, problem):
        """Return the time of a gradient by fastad over that of an EM iteration, one thread each."""
        from fastgmm import set_num_threads
        from fastgmm.gradient.fit import MixtureProblem

        objective = MixtureProblem(self.X, None, self.start)
        set_num_threads(1)
        found = common.ratio(
            lambda: objective.value_and_gradient(objective.start),
            lambda: by_em(self.X, self.start, problem[3], "none", -1e300),
        )
        set_num_threads(None)
        return found

    track_ratio_of_gradient_to_iteration.unit = "times"


def text(stored):
    """Return what stands between the markers in docs/mixtures/gradient.md."""
    machine = stored["machine"]
    where = f"{machine['processor']}; {machine['date']}, load average {machine['load']}."
    return f"{MARKERS[0]}\n{table(stored['entries'])}\n\n{where}\n{MARKERS[1]}"


def with_table(page, stored):
    """Return a page's text with the table that is stored."""
    before, rest = page.split(MARKERS[0])
    return before + text(stored) + rest.split(MARKERS[1])[1]


def main(arguments):
    """Measure and print, or write what is stored."""
    if "--write" in arguments:
        stored = store.load("fits")
        GUIDE.write_text(with_table(GUIDE.read_text(), stored))
        draw(stored["entries"])
        return
    found = entries()
    if "--store" in arguments:
        store.save("fits", found)
    print(table(found))


if __name__ == "__main__":
    main(sys.argv[1:])
