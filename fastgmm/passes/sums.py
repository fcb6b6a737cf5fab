"""Out of a pass: its sums as `SufficientStats` in the units of the data."""

import numpy as np

from ..simd.products import unpack_square
from . import kernels
from .frames import entries_of_second, out_of_frame
from .statistics import SufficientStats


def where_shifted(plan, points, others):
    """Return `points` (K, D) of the components that are shifted, `others` (K, D) of the others."""
    if plan.local is None:
        return others
    return np.where(plan.local.shifted[:, np.newaxis], points, others)


def to_stats(plan, whiten, sums, moved, seconds, totals):
    """Take sums out of the plan's frame, into SufficientStats in the units of the data."""
    k, d = plan.shift.shape
    if plan.n_shifted:
        sums = np.where(plan.local.shifted, moved, sums[:, :k])
    packed = plan.kind == kernels.TIED or (plan.kind == kernels.FULL and plan.n_shifted == k)
    entries = entries_of_second(None if packed or not plan.second else plan.kind, d)
    nk, first, shift, second = out_of_frame(sums, plan, entries, whiten is not None)
    if not plan.second:
        second = None
    elif packed:
        second = _unpacked(seconds, plan, whiten)
    elif plan.kind == kernels.FULL:
        second = second.reshape(k, d, d)
        if plan.n_shifted:
            shifted = plan.local.shifted
            second[shifted] = _unpacked(seconds[shifted], plan, whiten)
    return SufficientStats(
        nk, first, second, shift, float(totals[0]), float(totals[1]), whiten, plan.centre
    )


def _unpacked(seconds, plan, whiten):
    """Return packed second moments as matrices, in the units of the data or of whitened rows."""
    matrices = unpack_square(seconds, len(plan.centre))
    if whiten is None:
        scale = 1.0 / plan.inv_scale
        matrices *= scale[:, np.newaxis] * scale
    return matrices
