"""The words of the report page: what each section shows, and why its relations are as they are.

A section is its title, a line on what was measured, and what it tells.
"""

FRONT = """\
# The report: everything that was measured

Written by `python -m benchmarks.harness.report` from stored results: {files}.
[How they were measured](../benchmarks.md) says what counts as a time here.

{limits} Each limit is the best that any of the stored runs reached."""

GROWTH = (
    "An EM iteration over N, D and K",
    "Medians of runs in turn, of the same rows and start; scikit-learn on one thread, oneDAL on "
    "all.",
    """\
* **Over N.** An iteration reads each row once, so its time is proportional to N. Below some ten
  thousand rows it is the cost of the plan and the M-step, which threads do not share.
* **Over K.** Each row meets each component, so the time is proportional to K at most. It grows
  more slowly where K is small, since reading rows and building their monomials does not depend
  on K, and where components are far apart, since work that cannot change a sum is skipped.
* **Over D.** The work of full covariances grows with the square of D, and the M-step's
  factorisations with its cube. The last doublings have 20,000 rows for many parameters: there
  the second thread helps less.
* **Two threads** can take less than half of one's time: each core brings caches of its own, so
  that what overflows one may fit into two; and the medians are of different moments on a
  machine that others used.""",
)

FITS = (
    "Whole fits and predictions, from 30 rows on",
    "scikit-learn's time over ours, with the defaults: medians of calls in turn. Checks, start and "
    "bookkeeping count.",
    """\
* **Few rows**: checks, the start and Python's own time are most of a call, in both. So there is
  little to gain.
* **Many rows**: the iterations count, and the ratio comes near that of one iteration. The
  start, which both make by k-means, gains less, and counts too.
* **predict** compares densities; **predict_proba** and **score_samples** also take their
  exponentials, which scikit-learn does on whole arrays of N times K, and fastgmm on blocks.""",
)

QUALITY = (
    "The likelihood that a fit reaches",
    "Mean log-likelihoods in nats per sample, over ten seeds, with the defaults (digits: reg_covar "
    "0.1). A difference within two standard errors is none.",
    """\
Both do the same EM. What differs are the draws of the starts, so single seeds end in different
local maxima, and means over seeds are equal but for chance: at two standard errors, one
comparison in twenty looks different where nothing is.""",
)

GRID = (
    "The grid",
    "Ratios are of each side's better number of threads. The log-likelihoods, in nats per sample, "
    "are of the mixture after the iterations timed; a peer whose own differs is not timed.",
    """\
* **Share of peak** is the least work of an iteration over its time, over the best rate of
  matrix products that the machine reached. It is low where D is small: there the exponentials,
  which are no products, take most of the time (see the phases below).
* **More than 100%**: work that cannot change a sum is skipped, but counted as if it was done,
  and products on blocks in the cache are faster than the large ones by which the limit was
  measured.
* **Less against scikit-learn where D is large**: there its time, too, is mostly in products,
  which BLAS does on all threads. Elsewhere it writes and reads arrays of N times K and N times
  D numbers.
* **Extra memory**: ours is some blocks of rows, and the statistics of each thread, which are
  largest for many components and features; scikit-learn's grows with N.
* **float32** takes about half the time: a vector register holds twice as many numbers.
* **Two threads** may be more than twice as fast as one (see above). Three times and more is no
  property of the code: the machine was busy during one of the two.""",
)

PHASES = (
    "Where the time of an iteration goes",
    "One thread. rows: reading and centring; building: monomials; density; exp: responsibilities; "
    "statistics; rest: planning, merging, M-step.",
    """\
With few features the exponentials take the most: there is one for each row and component, and
little else to do. With more features the two products, densities and statistics, leave them
behind, since they grow with the square of D. The rest is large where parameters are many and
rows few: factorising a covariance costs the cube of D, however many rows there are.""",
)

GRADIENTS = (
    "Gradient over primal",
    "Times the objective itself, compiled by Numba with sums reordered (as by -ffast-math), on one "
    "thread; the other libraries run the objective as an array program. Less is better.",
    """\
* **Source** and **by hand** do the same: once forward, once back. The work is a small multiple
  of the objective's, whatever the number of variables (the cheap gradient principle: Griewank
  and Walther 2008, chapter 3). A ratio near 1 means that the way back uses again what costs
  most on the way forward, such as exponentials.
* **Forward** costs a pass for each eight variables, so it grows with their number: it is for
  few.
* **Tape** writes 24 bytes an operation and reads them again. That is much against an objective
  whose sums go through vector registers.
* **autograd** and **PyTorch** call a library for each array operation. Where those are few and
  large that costs little; in loops over small ones (Runge and Kutta) it is nearly all.
* **JAX** compiles the array program, and is ahead where that suits the objective better than
  loops.
* A dash: not measured.""",
)
