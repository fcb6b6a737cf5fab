"""Fits by mini-batches: stepwise EM over rows that are drawn, and EM on all of them at the end."""

import math
from functools import partial
from typing import NamedTuple

import numpy as np

from ..mixture import n_parameters
from ..passes.statistics import times
from ..passes.threads import single_threaded_blas
from .loop import EMRun, EMState, run_em, statistics_of
from .stepwise import Learning, blend, known_by, step

# A fit begins with EM on so many rows, or for each component, in so many iterations that they take
# at most a share of a pass over all rows, or the least number. It is accelerated whatever is asked
# for later: where EM is slow, the batches would come as slowly to where it is fast.
FEW_ROWS, FEW_ROWS_PER_COMPONENT = 2**13, 128
SHARE_OF_PASS, LEAST_ITERATIONS = 0.5, 10
ROWS_ASIDE = 2**12  # which tell how much is still gained
# After so many batches they are looked at, and then after so many times as many each time.
FIRST_LOOK, MORE_TO_NEXT_LOOK = 16, 1.5
LOOKS_WITHOUT_GAIN = 2  # in a row, to end: noise may hide what is gained from one to the next
# Of EM on all rows. The first makes up for rows that the batches have not seen; the second's lower
# bound, which is that of the mixture before it, tells what the first has found.
LAST_ITERATIONS = 2


class Batches(NamedTuple):
    """How mini-batches are drawn and learnt from.

    Attributes
    ----------
    size : int
        Most rows of one.
    learning : Learning
    rng : numpy.random.Generator
    """

    size: int
    learning: Learning
    rng: np.random.Generator


def run_minibatches(
    run, source, options, batches, *, mode="soft", tol=1e-3, max_iter=100, **how_of_em
):
    """Fit by stepwise EM over mini-batches, and record it in `run`.

    Parameters
    ----------
    run : EMRun
        At its start. Updated after each batch, as `run_em` does after each iteration.
    source : Source
        The rows, whose method `batches` draws some at a time.
    options : MStepOptions or MapOptions
    batches : Batches
    mode : {"soft", "hard"}
    tol : float
        Stop when the lower bound of rows that were put aside has risen by less than this at two
        looks in a row, in nats per sample, beyond what it rises by a mean of more rows alone; where
        more than a pass lies between two, by less a pass. At each look there have been half as many
        batches again as at the one before.
    max_iter : int
        Most passes over the rows by mini-batches. A table of no more than the few rows that
        a run begins with is fitted by EM, and then they are iterations.
    **how_of_em
        ``acceleration`` and ``callback`` as of `run_em`; the latter is called after each batch.

    Notes
    -----
    A run begins with EM on a few rows, and ends with two iterations of EM on all, of the last of
    which ``run.lower_bound`` is. Between them the mixture follows the batches. What is looked at,
    and kept, is the mixture of the mean of the statistics since the look before (Polyak and
    Juditsky, "Acceleration of stochastic approximation by averaging", SIAM J. Control Optim. 30,
    1992).
    """
    callback = how_of_em.pop("callback", None)
    n_few = max(FEW_ROWS, FEW_ROWS_PER_COMPONENT * len(run.mixture.means))
    if max_iter == 0 or source.n_rows <= max(n_few, batches.size):
        how_of_em |= {"mode": mode, "callback": callback}
        run_em(run, source, options, tol=tol, max_iter=max_iter, **how_of_em)
        return
    with single_threaded_blas():  # once for all batches
        few, aside = _few_and_aside(source, n_few, batches.rng)
        if not run.fitted:
            share = SHARE_OF_PASS * source.n_rows / few.n_rows
            _begin(run, few, options, mode, tol, max(LEAST_ITERATIONS, int(share)))
        path = _Path(run, source, options, batches, mode, (source if run.fitted else few).weight)
        path.follow_passes(max_iter, aside, tol, callback)
        if run.stopped:
            return
        last = EMRun(run.mixture, run.init, reseeded=run.reseeded)
        run_em(last, source, options, mode=mode, tol=tol, max_iter=LAST_ITERATIONS, **how_of_em)
        run.mixture, run.lower_bound = last.mixture, last.lower_bound
        run.converged |= last.converged  # as where there were too few batches for a second look
        run.lower_bounds.append(last.lower_bound)
        run.reseeded, run.floored, run.blurred = last.reseeded, last.floored, last.blurred


def _begin(run, few, options, mode, tol, max_iter):
    """Do EM on a few rows."""
    begun = EMRun(run.mixture)
    run_em(begun, few, options, mode=mode, tol=tol, max_iter=max_iter, acceleration="anderson")
    run.mixture, run.reseeded = begun.mixture, begun.reseeded


def _few_and_aside(source, n_few, rng):
    """Return the source of a few rows, to begin with, and that of others, to be looked at.

    If there are no more, both are of the same.
    """
    drawn = source.drawn(n_few + ROWS_ASIDE, rng)
    # Their order is that of the source, where neighbours may be alike.
    order = rng.permutation(drawn.n_rows)
    aside = order[n_few:] if drawn.n_rows >= n_few + ROWS_ASIDE // 4 else order
    parts = order[:n_few], aside
    return tuple(type(drawn)(drawn.X[some], drawn.sample_weight[some]) for some in parts)


class _Path:
    """A mixture that follows batches, and the mean of its statistics since the last look.

    `weight`: of the rows by which the mixture at the start of the run was found.
    """

    def __init__(self, run, source, options, batches, mode, weight):
        self.run, self.options, self.mode = run, options, mode
        self.weight, self.dtype = source.weight, source.dtype
        self.batches = partial(source.batches, batches.size, batches.rng)
        self.learning, self.unit = batches.learning, self.weight * batches.size / source.n_rows
        # What n rows tell is about n_parameters / (2 n) nats below the best, so that the mean of a
        # look gains by its number of rows alone. EM on all rows gains that at once.
        free = n_parameters(run.mixture, options.covariance, options.fixed)
        self.by_noise = 0.5 * free / batches.size * (MORE_TO_NEXT_LOOK - 1.0)
        self.known = known_by(run.mixture, options, weight)
        self.seen = weight / self.unit  # in batches
        self.n_steps, self.next_look = 0, FIRST_LOOK
        self.n_averaged, self.mean, self.before = 0, None, None
        self.mixture, self.bound = run.mixture, -np.inf

    def follow_passes(self, max_iter, aside, tol, callback):
        """Learn from all batches of up to so many passes, and leave the last mean in the run."""
        run = self.run
        run.n_iter = small = 0
        while run.n_iter < max_iter and not (run.stopped or run.converged):
            run.n_iter += 1
            for batch in self.batches():
                self.follow(batch)
                if callback is not None:
                    state = EMState(run.init, self.n_steps, self.bound, run.mixture)
                    run.stopped = bool(callback(state))
                if self.n_steps >= self.next_look:
                    small = small + 1 if self.look_at(aside) < tol else 0
                    run.converged = small == LOOKS_WITHOUT_GAIN
                if run.stopped or run.converged:
                    break
        if self.n_averaged:
            if self.before is not None:  # of few batches alone a mean is none
                mean, n = self.before
                self.n_averaged += n
                self.mean = blend(self.mean, mean, n / self.n_averaged)
            self.look_at(aside)

    def follow(self, batch):
        """Learn from a batch; of rows that weigh nothing there is nothing to learn."""
        if batch.weight == 0.0:
            return
        seen = self.seen + batch.weight / self.unit
        gamma = self.learning.gamma(self.seen, seen)
        how = {"mode": self.mode, "weight": self.weight}
        self.known, made = step(batch, self.mixture, self.options, self.known, gamma, **how)
        self.mixture, self.seen, self.bound = made.mixture, seen, made.lower_bound
        self.run.mixture = made.mixture
        self.n_steps, self.n_averaged = self.n_steps + 1, self.n_averaged + 1
        first = self.n_averaged == 1
        self.mean = blend(None if first else self.mean, self.known, 1.0 / self.n_averaged)

    def look_at(self, aside):
        """Take the mean, return by how much its lower bound is above the last, and begin a new one.

        That is the mixture of the run until the next batch; what follows the batches stays apart.
        """
        run, options = self.run, self.options
        made = options.step(times(self.weight, self.mean), self.mixture, dtype=self.dtype)
        run.mixture, self.before = made.mixture, (self.mean, self.n_averaged)
        run.floored |= made.floored_components
        wanted = {"mode": self.mode, "second": False}
        stats, _ = statistics_of(aside, run.mixture, options.covariance.moments, **wanted)
        bound = stats.log_likelihood / stats.weight
        bound += options.log_prior(run.mixture) / self.weight
        gain = bound - (run.lower_bounds[-1] if run.lower_bounds else -np.inf)
        passes = self.n_averaged * self.unit / self.weight
        gain -= self.by_noise / self.n_averaged
        run.lower_bound = bound
        run.lower_bounds.append(bound)
        self.next_look = math.ceil(MORE_TO_NEXT_LOOK * self.n_steps)
        self.n_averaged = 0
        return gain / max(1.0, passes)
