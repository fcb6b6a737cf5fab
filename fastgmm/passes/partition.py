"""How the rows of a pass are cut: blocks for the caches, chunks for the threads.

By shapes alone, never by threads or by where rows come from: so a pass has the same bits anywhere.
"""

import math

from ..simd.panels import panel_rows
from ..simd.products import packed_size, round_up
from ..simd.tiles import LEFT, RIGHT
from . import kernels

# A block's buffers should stay in the second-level cache of a core (1 MiB and more today).
# Within a block float32 rows are summed in float32: no more of them than lose no digit to speak of.
BLOCK_BYTES = 640 * 1024
MIN_BLOCK, MAX_BLOCK = 240, 504

# Work of a chunk in multiply-adds: about a millisecond, enough to hide what it costs to
# hand it to a thread, little enough to share the work evenly.
CHUNK_WORK = 4e7
EXP_WORK = 30  # one exponential, in multiply-adds
MIN_CHUNK = 1024  # rows
SUMS_BYTES_PER_ROW = 1024
FEWEST_CHUNKS = 4

# Of sums that wait to be merged; large ones make threads wait instead.
WAITING_BYTES = 24 * 2**20


def block_rows(n_rows, plan):
    """Return the number of rows of a block: it depends on shapes only, never on threads."""
    k, d = plan.shift.shape
    width = plan.n_quadratic + 2 * d + 8 + (k if plan.expand else 0)
    rows = max(MIN_BLOCK, min(MAX_BLOCK, BLOCK_BYTES // (plan.shift.itemsize * width)))
    return round_up(min(rows, n_rows), panel_rows(plan.shift.dtype))


def partition(n_rows, n_block, plan):
    """Return the rows at which the chunks start, and the end: whole blocks, fixed work."""
    k, d = plan.shift.shape
    width = 2 * d * d if not plan.expand and plan.kind < 2 else plan.n_quadratic + 2 * d + 1
    work = k * (2 * width + EXP_WORK) + plan.n_quadratic + 4 * d
    # Where the sums are large, so is what a chunk's own cost: merging them takes a while.
    large = min(k * width * plan.shift.itemsize // SUMS_BYTES_PER_ROW, n_rows // FEWEST_CHUNKS)
    blocks = max(1, round(max(CHUNK_WORK / work, MIN_CHUNK, large) / n_block))
    return [*range(0, n_rows, blocks * n_block), n_rows]


def shapes_of_sums(plan):
    """Return the shapes of the sums, moved, seconds and totals of `kernels.statistics_chunk`."""
    k, d = plan.shift.shape
    n_sums = round_up(1 + d + (plan.n_quadratic if plan.second else 0), RIGHT)
    n_seconds = 0
    if plan.second and plan.kind == kernels.TIED:
        n_seconds = 1
    elif plan.second and plan.kind == kernels.FULL and plan.n_shifted:
        n_seconds = k
    n_moved = n_sums if plan.n_shifted else 0
    return (n_sums, round_up(k, LEFT)), (n_moved, k), (n_seconds, packed_size(d)), (2,)


def most_waiting(shapes):
    """Return how many sums of these shapes may wait to be merged."""
    return WAITING_BYTES // (8 * sum(map(math.prod, shapes)))
