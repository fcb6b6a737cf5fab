"""Stepwise EM against EM: what likelihood is reached after how many rows.

``python -m benchmarks.mixtures.online [--store]`` measures, and prints the table; with ``--store``
it is kept. ``--write`` writes what is stored: the table in docs/mixtures/streams.md, and the
picture.
"""

import statistics
import sys
import time
import warnings
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ..harness import common, store

# N, D, K and the spread of `common.rows`; or a data set, and K.
PROBLEMS = common.pick(
    [
        ("Old Faithful", 2),
        ("breast cancer", 3),
        ("digits", 10),
        ("blobs 100000 8 1.0", 8),
        ("blobs 1000000 4 0.7", 16),
    ],
    [("Old Faithful", 2), ("blobs 30000 4 1.0", 4)],
)
METHODS = ("EM", "mini-batches", "stream")
SEEDS = range(common.pick(3, 1))
STREAMED = 1000  # rows of a block of a stream, of little data a twentieth or 32 a component
SCORED = 100_000  # rows that scores are the mean of, at most
MOST = 300  # iterations of EM, or passes of mini-batches
DOCS = Path(__file__).parents[2] / "docs"
GUIDE, PICTURE = DOCS / "mixtures" / "streams.md", DOCS / "images" / "online.png"
MARKERS = (
    "<!-- online: written by python -m benchmarks.mixtures.online -->",
    "<!-- end of online -->",
)
COLOURS = {"EM": "#7f7f7f", "mini-batches": "#1f77b4", "stream": "#ff7f0e"}


def rows_of(name):
    """Return the rows of a problem, in an order that is drawn."""
    from sklearn.datasets import load_breast_cancer, load_digits
    from sklearn.decomposition import PCA

    from fastgmm.datasets import load_faithful

    if name == "Old Faithful":
        X = load_faithful()
    elif name == "breast cancer":
        X = load_breast_cancer().data[:, :10]
        X = (X - X.mean(axis=0)) / X.std(axis=0)
    elif name == "digits":
        X = PCA(10, random_state=0).fit_transform(load_digits().data)
    else:
        _, n, d, spread = name.split()
        k = dict(PROBLEMS)[name]
        X = common.rows(int(n), int(d), k, spread=float(spread))
    return X[np.random.default_rng(0).permutation(len(X))]


@contextmanager
def counted_rows():
    """Count the rows of which second moments are found, in a list of one number: not k-means'."""
    from fastgmm.passes.sources import ArraySource

    statistics_of, count = ArraySource.statistics, [0]

    def counting(self, *args, **kwargs):
        count[0] += self.n_rows * kwargs.get("second", True)
        return statistics_of(self, *args, **kwargs)

    ArraySource.statistics = counting
    try:
        yield count
    finally:
        ArraySource.statistics = statistics_of


def score(X, mixture):
    """Return the mean log likelihood of some rows, in nats."""
    from fastgmm import GaussianMixture

    return GaussianMixture.from_mixture(mixture).score(X[:SCORED])


def path_of(method, X, k, seed):
    """Return ``[[rows seen, mixture], ...]`` of a method, its start and its end among them."""
    from fastgmm import GaussianMixture

    gm, path = GaussianMixture(k, random_state=seed), []
    with warnings.catch_warnings(), counted_rows() as count:
        warnings.simplefilter("ignore")  # of what did not converge
        if method == "stream":
            size = min(STREAMED, max(32 * k, len(X) // 20))
            for start in range(0, len(X), size):
                gm.partial_fit(X[start : start + size])
                path.append([count[0], gm.mixture_])
        else:
            gm.set_params(callback=lambda state: path.append([count[0], state.mixture]))
            gm.set_params(max_iter=MOST, algorithm="em" if method == "EM" else "minibatch")
            gm.fit(X)
            path.append([count[0], gm.mixture_])
    return path


def measured(name, k):
    """Return ``{method: [{"rows", "scores", "seconds"}, ...]}`` of each seed."""
    X, found = rows_of(name), {}
    for method in METHODS:
        found[method] = []
        for seed in SEEDS:
            path_of(method, X[:2000], k, seed)  # compiles
            begin = time.perf_counter()
            path = path_of(method, X, k, seed)
            seconds = time.perf_counter() - begin
            some = np.unique(np.geomspace(1, len(path), 40).astype(int) - 1)
            found[method].append(
                {
                    "rows": [path[i][0] / len(X) for i in some],
                    "scores": [score(X, path[i][1]) for i in some],
                    "seconds": seconds,
                }
            )
    return found


def entries():
    """Return what is stored: a list of ``{"data", "components", "methods"}``."""
    found = []
    for name, k in PROBLEMS:
        found.append({"data": name, "components": k, "methods": measured(name, k)})
        print(table(found[-1:]).splitlines()[-1], file=sys.stderr, flush=True)
    return found


def _median(runs, what):
    return statistics.median(what(run) for run in runs)


def table(found):
    """Return the table of docs/mixtures/streams.md, in Markdown: medians over the seeds."""
    lines = ["| data, K | " + " | ".join(METHODS) + " |", "|---|---|---|---|"]
    for entry in found:
        cells = []
        for method in METHODS:
            runs = entry["methods"][method]
            reached = _median(runs, lambda run: run["scores"][-1])
            passes = _median(runs, lambda run: run["rows"][-1])
            seconds = _median(runs, lambda run: run["seconds"])
            cells.append(f"{reached:.4f} ({passes:.1f} passes, {seconds:.2g} s)")
        lines.append(f"| {entry['data']}, {entry['components']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def draw(found, path=PICTURE):
    """Draw how far each method is below the best likelihood of all, over the rows that it saw."""
    from matplotlib.figure import Figure  # not pyplot: no window, no global state
    from matplotlib.ticker import NullFormatter

    figure = Figure(figsize=(11.0, 5.6), layout="constrained")
    panels = figure.subplots(2, 3)
    for axes, entry in zip(panels.flat, found, strict=False):
        runs = [(name, run) for name in METHODS for run in entry["methods"][name]]
        best = max(max(run["scores"]) for _, run in runs)
        for name, run in runs:
            lost = np.maximum(best - np.array(run["scores"]), 1e-5)
            axes.loglog(run["rows"], lost, color=COLOURS[name], lw=1, label=name)
        axes.set_title(f"{entry['data']}, K = {entry['components']}", fontsize=9)
        axes.grid(alpha=0.3)
        axes.xaxis.set_minor_formatter(NullFormatter())
    for axes in panels.flat[len(found) :]:
        axes.set_axis_off()
    lines = dict(zip(*panels.flat[0].get_legend_handles_labels()[::-1], strict=True))
    panels.flat[-1].legend(lines.values(), lines.keys(), loc="center")
    figure.supxlabel("rows seen, in passes over all of them, without those of k-means")
    figure.supylabel("nats per sample below the best")
    figure.savefig(path, dpi=100)


def text(stored):
    """Return what stands between the markers in docs/mixtures/streams.md."""
    machine = stored["machine"]
    where = f"{machine['processor']}; {machine['date']}, load average {machine['load']}."
    return f"{MARKERS[0]}\n{table(stored['entries'])}\n\n{where}\n{MARKERS[1]}"


def with_table(page, stored):
    """Return a page's text with the table that is stored."""
    before, rest = page.split(MARKERS[0])
    return before + text(stored) + rest.split(MARKERS[1])[1]


class Online(common.Suite):
    """Fits by mini-batches over fits by EM, from starts of their own, both with defaults."""

    params = (common.pick(["300000,4,16,full", "1000000,8,16,full"], ["30000,4,4,full"]),)
    param_names = ("n,d,k,covariance",)
    timeout = 1200

    def setup_cache(self):
        """Write the rows once."""
        common.save_rows(self.params[0])

    def setup(self, shape):
        """Compile."""
        self.X = common.load_rows(shape)
        for algorithm in ("em", "minibatch"):
            self._fit(shape, algorithm, self.X[:5000])

    def _fit(self, shape, algorithm, X=None, seed=0):
        from fastgmm import GaussianMixture

        _, _, k, covariance_type, _ = common.shape_of(shape)
        how = {"covariance_type": covariance_type, "random_state": seed, "algorithm": algorithm}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return GaussianMixture(k, **how).fit(self.X if X is None else X)

    def track_ratio_of_em_to_minibatch(self, shape):
        """Return EM's time over that of mini-batches."""
        return common.ratio(
            lambda: self._fit(shape, "em"), lambda: self._fit(shape, "minibatch"), least=1
        )

    track_ratio_of_em_to_minibatch.unit = "times faster"

    def track_ratio_of_rows(self, shape):
        """Return the rows that EM sees over those that mini-batches see."""
        seen = []
        for algorithm in ("em", "minibatch"):
            with counted_rows() as count:
                self._fit(shape, algorithm)
            seen.append(count[0])
        return seen[0] / seen[1]

    track_ratio_of_rows.unit = "times fewer"

    def track_likelihood_gained(self, shape):
        """Return the mean log likelihood by mini-batches less that by EM, over seeds."""
        ours, theirs = (
            statistics.fmean(
                self._fit(shape, algorithm, seed=seed).score(self.X) for seed in range(3)
            )
            for algorithm in ("minibatch", "em")
        )
        return ours - theirs

    track_likelihood_gained.unit = "nats per sample"


def main(arguments):
    """Measure and print, or write what is stored."""
    if "--write" in arguments:
        stored = store.load("online")
        GUIDE.write_text(with_table(GUIDE.read_text(), stored))
        draw(stored["entries"])
        return
    found = entries()
    if "--store" in arguments:
        store.save("online", found)
    print(table(found))


if __name__ == "__main__":
    main(sys.argv[1:])
