"""What kernels need for a block of rows, and who has it when."""

from typing import NamedTuple

import numpy as np

from ..simd.panels import PANEL_BYTES, panel_rows, panels
from ..simd.products import round_up
from ..simd.tiles import LEFT, RIGHT
from .log_densities import SIDE, TIED

# Of the densities of a group of panels: they should stay in the second-level cache.
GROUP_BYTES = 256 * 1024

# With so many rows that wait to be added up, for each component, they wait no longer.
DEFERRED_PER_COMPONENT = 32

# Of buffers that are kept for the passes to come; of small data a pass takes less time than they
# take to make.
KEPT_BYTES, MOST_KEPT = 2**19, 8


class Gathered(NamedTuple):
    """What a kernel needs to take moments of a component's own rows."""

    flat: np.ndarray  # phi in one dimension
    at: np.ndarray
    share: np.ndarray
    deferred_of: np.ndarray  # components, row numbers and responsibilities that wait
    deferred_at: np.ndarray
    deferred_share: np.ndarray
    order: np.ndarray
    begin: np.ndarray
    most: int  # that may wait


class Buffers(NamedTuple):
    """What a kernel needs for a block of rows: one thread's, for any number of blocks in turn."""

    phi: np.ndarray
    joint: np.ndarray
    side: np.ndarray
    whitened: np.ndarray | None  # None where neither it nor `scaled` is needed
    scaled: np.ndarray
    needed: np.ndarray
    label: np.ndarray
    which: np.ndarray  # components
    tiles: np.ndarray
    first: np.ndarray
    by_lane: np.ndarray
    gathered: Gathered | None  # None where the plan has no `local`
    group: int  # panels whose densities are made, and made use of, together


def make_buffers(plan, n_panels, of=()):
    """Return the `Buffers` for blocks of n_panels under a plan.

    ``of=(n,)`` gives those of n threads, each array with one more dimension.
    """
    k, d = plan.shift.shape
    dtype = plan.shift.dtype
    size = panel_rows(dtype)
    d_padded, k_padded = 1 + round_up(d, LEFT), round_up(k, LEFT)
    # Padded for all that reads it in tiles.
    lead = (*of, n_panels)
    of_rows = plan.local is not None or plan.kind == TIED
    phi = panels(lead, round_up(max(1 + d + plan.n_quadratic, d_padded), RIGHT), dtype)
    return Buffers(
        phi,
        panels(lead, k_padded, dtype),
        panels(lead, SIDE, dtype),
        panels((*of, n_panels if plan.kind == TIED else 0), d_padded, dtype) if of_rows else None,
        panels((*of, n_panels if of_rows and plan.kind <= TIED else 0), d_padded, dtype),
        np.ones((*lead, k), np.uint8),
        np.zeros((*lead, size), np.int64),
        np.empty((*of, k), np.int64),
        np.empty((*of, k_padded // LEFT, n_panels + 1), np.int64),
        np.zeros((*of, d_padded - 1)),
        np.zeros((*of, 2, size)),
        None if plan.local is None else _make_gathered(plan, phi, of),
        max(1, GROUP_BYTES // (k_padded * PANEL_BYTES)),
    )


def _make_gathered(plan, phi, of):
    (k, _), dtype = plan.shift.shape, phi.dtype
    n = phi.shape[-3] * phi.shape[-1]
    most = DEFERRED_PER_COMPONENT * k
    # A block may defer so many more.
    n_deferred = most + k * phi.shape[-1] // 2 if plan.n_shifted else 0
    return Gathered(
        phi.reshape(*of, -1),
        np.empty((*of, n + 1), np.int64),
        np.empty((*of, n + 1), dtype),
        np.empty((*of, n_deferred), np.int32),
        np.empty((*of, n_deferred), np.int64),
        np.empty((*of, n_deferred), dtype),
        np.empty((*of, n_deferred), np.int64),
        np.empty((*of, k + 1), np.int64),
        most,
    )


class BuffersOfPass:
    """The `Buffers` of one pass over blocks of n_panels: as many as threads are at work at once.

    Those of small blocks are kept, one of each shape, for the next such pass to begin with, of
    whatever plan. It need not know what is in them, for kernels write what they read, but not all
    that they multiply by zero in rows about a shift: where there are such, none are kept. And not
    what random responsibilities have no use for: those ask for `fresh` ones. ``of=(n,)`` asks for
    those of n threads together.
    """

    _kept = {}

    def __init__(self, plan, n_panels, fresh=False, of=()):
        self.plan, self.n_panels, self.of = plan, n_panels, of
        self._free = []
        shape, char = plan.shift.shape, plan.shift.dtype.char
        self._key = plan.kind, plan.n_quadratic, plan.local is None, shape, char, n_panels, *of
        if fresh or plan.n_shifted:
            return
        if (kept := self._kept.pop(self._key, None)) is not None:
            self._free.append(kept)

    def take(self):
        """Return Buffers that no other thread has."""
        try:
            return self._free.pop()
        except IndexError:
            return make_buffers(self.plan, self.n_panels, self.of)

    def give_back(self, buffers):
        """Have `buffers`, which were taken, be taken again."""
        self._free.append(buffers)

    def end(self):
        """Keep some for the next pass."""
        if self.plan.n_shifted or not self._free:
            return
        one = self._free[0]
        if one.phi.nbytes + one.joint.nbytes > KEPT_BYTES:
            return
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[self._key] = one
