"""Progress on stderr: a bar on a terminal, a line now and then elsewhere."""

import math
import sys
import time

DELAY = 1.0  # seconds before anything is shown
INTERVAL = 10.0  # between two lines where there is no terminal
MEASURED = 0.5  # seconds after the first step before a rate is told


def on_terminal():
    """Whether somebody is looking on."""
    return sys.stderr.isatty()


def make_progress(quiet, **options):
    """Return a context with `step`: a bar of tqdm's on a terminal, else lines, or nothing."""
    if quiet or not on_terminal():
        return _Lines(quiet, **options)
    return _Bar(**options)


class _Bar:
    """A bar that appears after a second."""

    def __init__(self, unit, total=None):
        from tqdm import tqdm

        big = {"unit_scale": True} if unit == "rows" else {}
        self.bar = tqdm(
            unit=f" {unit}", total=total, delay=DELAY, mininterval=0.1, leave=False,
            file=sys.stderr, **big,
        )  # fmt: skip

    def __enter__(self):
        self.bar.__enter__()
        return self

    def __exit__(self, *ended):
        return self.bar.__exit__(*ended)

    def step(self, n, where="", figures=""):
        """Go on by n units: `where` stands before the bar, `figures` behind it."""
        self.bar.set_description_str(where, refresh=False)
        self.bar.set_postfix_str(figures, refresh=False)
        advance(self.bar, n)


def advance(bar, n=1):
    """Move a bar, whose time begins with the first step: what is compiled before is no measure."""
    if not bar.n:
        bar.unpause()
    bar.update(n)


class _Lines:
    """Lines for a log."""

    def __init__(self, quiet, unit, total=None):
        self.quiet, self.unit, self.total = quiet, unit, total
        self.n, self.shown = 0, time.monotonic()
        self.first, self.began = 0, self.shown  # the first step compiles: it is in no rate

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def step(self, n, where="", figures=""):
        """Go on by n units, and say so if the last line was a while ago."""
        if not self.n:
            self.first, self.began = n, time.monotonic()
        self.n += n
        now = time.monotonic()
        if self.quiet or now - self.shown < INTERVAL:
            return
        self.shown = now
        of = f" of {self.total:,}" if self.total else ""
        passed = now - self.began
        rate = f"{(self.n - self.first) / passed:,.3g} {self.unit}/s" if passed > MEASURED else ""
        said = [part for part in (where, f"{self.n:,}{of} {self.unit}", rate, figures) if part]
        print(f"fastgmm: {', '.join(said)}", file=sys.stderr, flush=True)


class Remaining:
    """How long a run of EM may take yet, from how its last steps grew shorter."""

    def __init__(self, tol, max_iter):
        self.tol, self.max_iter = tol, max_iter
        self.bounds, self.times = [], []

    def __call__(self, state):
        """Return seconds, or None where it cannot be told, given an EMState."""
        if state.iteration == 1:
            self.bounds, self.times = [], []
        self.bounds = [*self.bounds[-2:], state.lower_bound]
        self.times = [*self.times[-4:], time.monotonic()]
        if len(self.bounds) < 3 or self.tol <= 0.0:
            return None
        before, change = (
            abs(b - a) for a, b in zip(self.bounds[:-1], self.bounds[1:], strict=True)
        )
        if not 0.0 < change < before:
            return None
        # Changes that shrink by a constant ratio fall below `tol` after so many iterations.
        left = max(1.0, math.log(self.tol / change) / math.log(change / before))
        left = min(left, self.max_iter - state.iteration)
        each = (self.times[-1] - self.times[0]) / (len(self.times) - 1)
        return left * each


def in_words(seconds):
    """Return seconds as 0:05 or 1:02:03, or nothing for None."""
    if seconds is None:
        return ""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    shown = f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
    return f"about {shown} left"
