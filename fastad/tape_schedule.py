"""The order in which a recording is done again: loops over lanes, the rest one by one."""

import numpy as np
from numba.extending import register_jitable

from .tape import _address
from .tape_lanes import backward, forward
from .tape_plain import plain_backward, plain_forward
from .tape_plan import (
    COLUMNS,
    INVARIANT,
    LANES,
    OUTSIDE,
    WIDTH,
    _carried,
    _exported,
    _jit,
    _operand_kinds,
    loops_of,
)
from .tape_program import (
    DATA,
    activity_of,
    adjoint_roots,
    backward_program,
    forward_program,
    instructions_of,
    nodes_of,
    value_slots,
)
from .tape_trace import GUARDS

# What a row of `loops` says of one: where it lies in the recording, where its lanes begin, the
# bytes from one block of turns to the next, and where in the other arrays its part ends.  Row 0
# is no loop, for the first one's parts to begin somewhere.
BEGIN, PERIOD, TURNS, VALUES, SHIFT, FORWARD, BACKWARD, SHARES, GATHERS, OUTCOMES = range(10)
WORDS = 10


@_jit
def _plain_runs(carried, loops, first, end):
    """Return the runs of operations done one by one, and how many come before each loop."""
    n = 1
    for loop in range(len(carried)):
        n += 1 + carried[loop].sum() * loops[loop, TURNS]
    runs, before = np.empty((n, 2), np.int64), np.empty(len(carried) + 1, np.int64)
    n, at = 0, first
    for loop in range(len(carried)):
        begin, period, turns = loops[loop, :3]
        runs[n] = at, begin
        n += 1
        before[loop] = n
        for t in range(turns):
            for k in range(period):
                if carried[loop][k]:
                    s = begin + t * period + k
                    if n > before[loop] and runs[n - 1, 1] == s:
                        runs[n - 1, 1] = s + 1
                    else:
                        runs[n] = s, s + 1
                        n += 1
        at = begin + turns * period
    runs[n] = at, end
    before[-1] = n + 1
    return runs[: n + 1], before


@_jit
def _aligned(array):
    """Return a copy that begins where a vector register may."""
    room = np.empty(array.size + WIDTH)
    skip = -_address(room) % (8 * WIDTH) // 8
    out = room[skip : skip + array.size]
    for k in range(array.size):
        out[k] = array[k]
    return out


@_jit
def schedule_of(codes, operands, values, first, end, result):
    """Return the schedule of a recording: the arrays that the functions below take."""
    found = loops_of(codes, operands, first, end)
    loops = np.zeros((1 + found.shape[0], WORDS), np.int64)
    n = 1
    lists = [np.zeros(0, np.bool_)]
    forwards, backwards = np.empty((0, COLUMNS), np.int32), np.empty((0, COLUMNS), np.int32)
    shares, gathers = np.empty(0, np.int64), np.empty(0, np.int32)
    outcomes, lanes = np.empty(0, np.uint8), np.empty(0, np.float64)
    adjoint_room = 0
    for loop in range(found.shape[0]):
        begin, period, turns = found[loop]
        kinds = _operand_kinds(codes, operands, begin, period, turns)
        carried = _carried(codes, operands, kinds, begin, period)
        exported = _exported(codes, operands, carried, begin, period, turns, end, result)
        reads, kind, reference = nodes_of(
            codes, operands, values, kinds, carried, begin, period, turns
        )
        rows = instructions_of(codes, reads, kind, carried, exported, begin, period)
        active, kept = activity_of(rows, codes, kind, reference, period, first)
        slots, n_kept, n_passing, n_shared = value_slots(rows, kind, kept, period)
        program, address, gather_row, n_gathers, n_guards = forward_program(
            rows, kind, slots, kept, period, n_passing, n_shared
        )
        roots = adjoint_roots(rows, kind, active, exported, period)
        reverse, n_slots = backward_program(
            rows, kind, slots, active, address, gather_row, roots, period, n_shared
        )
        width = (turns + LANES - 1) // LANES * LANES
        turn = np.minimum(np.arange(width), turns - 1)  # the last one over again to the end
        fixed = n_shared * WIDTH + n_passing * LANES
        own = np.zeros(fixed + n_kept * width)
        for x in range(kind.size):
            if kind[x] == DATA:
                for t in range(width):
                    at = fixed + (t // LANES * n_kept + slots[period + x]) * LANES + t % LANES
                    own[at] = values[begin + turn[t] * period + reference[x]]
        table = np.empty((n_gathers, width), np.int32)
        own_outcomes = np.zeros((n_guards, width), np.uint8)
        own_shares = np.empty(n_shared, np.int64)
        for x in range(kind.size):
            if kind[x] == INVARIANT:
                own_shares[slots[period + x]] = reference[x]
            elif kind[x] == OUTSIDE and gather_row[period + x] >= 0:
                k, side = reference[x] // 2, reference[x] % 2
                for t in range(width):
                    table[gather_row[period + x], t] = operands[begin + turn[t] * period + k, side]
        for m in range(rows.shape[0]):
            if GUARDS <= rows[m, 0] < GUARDS + 12:
                k = rows[m, 5]
                for t in range(width):
                    code = codes[begin + turn[t] * period + k]
                    own_outcomes[program[m, 5], t] = (code - GUARDS) % 2
        forwards = np.concatenate((forwards, program))
        backwards = np.concatenate((backwards, reverse))
        lanes = np.concatenate((lanes, own))
        shares = np.concatenate((shares, own_shares))
        gathers = np.concatenate((gathers, table.ravel()))
        outcomes = np.concatenate((outcomes, own_outcomes.ravel()))
        adjoint_room = max(adjoint_room, n_shared * WIDTH + n_slots * LANES)
        loops[n, :5] = begin, period, turns, lanes.size - own.size, 8 * n_kept * LANES
        loops[n, 5:] = (
            forwards.shape[0],
            backwards.shape[0],
            shares.size,
            gathers.size,
            outcomes.size,
        )
        lists.append(carried)
        n += 1
    loops = loops[:n].copy()
    runs, before = _plain_runs(lists[1:], loops[1:], first, end)
    return (
        loops,
        runs,
        before,
        forwards,
        backwards,
        shares,
        gathers,
        outcomes,
        _aligned(lanes),
        _aligned(np.zeros(adjoint_room)),
    )


@register_jitable
def _parts(loops, loop, gathers, outcomes):
    """Return what of the tables belongs to a loop: a column for each turn of whole blocks."""
    width = (loops[loop, TURNS] + LANES - 1) // LANES * LANES
    g = gathers[loops[loop - 1, GATHERS] : loops[loop, GATHERS]]
    o = outcomes[loops[loop - 1, OUTCOMES] : loops[loop, OUTCOMES]]
    return g.reshape((g.size // width, width)), o.reshape((o.size // width, width))


@register_jitable
def run_forward(
    loops, runs, before, program, shares, gathers, outcomes, lanes, codes, operands, values
):
    """Do a recording again; False where an outcome changed."""
    done = 0
    for loop in range(1, loops.shape[0]):
        if not plain_forward(codes, operands, values, runs, done, before[loop - 1]):
            return False
        done = before[loop - 1]
        begin, period, turns = loops[loop, 0], loops[loop, 1], loops[loop, 2]
        at, first = loops[loop, VALUES], loops[loop - 1, SHARES]
        for k in range(first, loops[loop, SHARES]):
            lanes[at + (k - first) * WIDTH : at + (k - first + 1) * WIDTH] = values[shares[k]]
        own_gathers, own_outcomes = _parts(loops, loop, gathers, outcomes)
        base, block = _address(lanes) + 8 * at, loops[loop, SHIFT]
        for turn in range(0, turns, LANES):
            if not forward(
                program,
                loops[loop - 1, FORWARD],
                loops[loop, FORWARD],
                base,
                turn // LANES * block,
                values,
                own_gathers,
                own_outcomes,
                begin,
                period,
                turns,
                turn,
            ):
                return False
    return plain_forward(codes, operands, values, runs, done, before[-1])


@register_jitable
def run_backward(
    loops,
    runs,
    before,
    program,
    shares,
    gathers,
    outcomes,
    lanes,
    lane_adjoints,
    codes,
    operands,
    values,
    adjoints,
):
    """Sweep back over what `run_forward` did."""
    last = before[-1]
    for loop in range(loops.shape[0] - 1, 0, -1):
        plain_backward(codes, operands, values, adjoints, runs, before[loop - 1], last, False)
        last = before[loop - 1]
        begin, period, turns = loops[loop, 0], loops[loop, 1], loops[loop, 2]
        first = loops[loop - 1, SHARES]
        n = loops[loop, SHARES] - first
        lane_adjoints[: n * WIDTH] = 0.0
        own_gathers, _ = _parts(loops, loop, gathers, outcomes)
        base, block = _address(lanes) + 8 * loops[loop, VALUES], loops[loop, SHIFT]
        for turn in range((turns - 1) // LANES * LANES, -1, -LANES):
            backward(
                program,
                loops[loop - 1, BACKWARD],
                loops[loop, BACKWARD],
                base,
                turn // LANES * block,
                _address(lane_adjoints),
                adjoints,
                own_gathers,
                begin,
                period,
                turns,
                turn,
            )
        for k in range(n):
            total = 0.0
            for lane in range(WIDTH):
                total += lane_adjoints[k * WIDTH + lane]
            adjoints[shares[first + k]] += total
    plain_backward(codes, operands, values, adjoints, runs, 0, last, False)
