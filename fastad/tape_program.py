"""Write one loop of a recording as a program over lanes, and the program of its reverse.

A program is rows of a code and addresses, see :mod:`fastad.tape_plan` for the codes and
:mod:`fastad.tape_lanes` for what they do.  Values that the reverse needs stay in memory for
every turn, the others share slots as a compiler's variables share registers; so do adjoints.
A product that only a sum reads is one row with it, and what only a sum reads has the
adjoint of the sum: it needs no row.
"""

import numpy as np

from .tape_plan import (
    _ADD,
    _ARITY,
    _MUL,
    _NEEDS,
    _NEG,
    _POS,
    _SQUARE,
    _SUB,
    _VANISHES,
    ADD_PRODUCT,
    ADD_TO,
    COLUMNS,
    EXPORT,
    GATHER,
    IMPORT,
    IN_BLOCK,
    INVARIANT,
    LANES,
    LOCAL,
    NEGATIVE,
    OUTSIDE,
    PARTIAL,
    PRODUCT,
    SCATTER,
    SET,
    SHARED,
    SUB_PRODUCT,
    SUM_TO,
    WIDTH,
    _jit,
)
from .tape_trace import CONSTANT, GUARDS

DATA = 4  # a kind of operand: constants that differ from turn to turn


@_jit
def _column_hash(column):
    h = np.int64(0)
    for t in range(column.size):
        h = h * np.int64(1000003) ^ column[t]
    return h


@_jit
def nodes_of(codes, operands, values, kinds, carried, begin, period, turns):
    """Return what the operations of a turn read, each thing once.

    Returns
    -------
    reads : array (period, 2)
        A node for each operand; a node below `period` is the operation of that place.
    kind, reference : arrays (nodes,)
        Of a node from outside of the turn, at ``node - period``: INVARIANT and its number;
        OUTSIDE and ``2 place + side`` of one that reads it; DATA and its place.
    """
    bits = values.view(np.int64)
    reads = np.full((period, 2), -1)
    kind, reference = np.empty(3 * period, np.int64), np.empty(3 * period, np.int64)
    hashes = np.zeros(3 * period, np.int64)
    columns = np.empty((3 * period, 1), np.int64)[:, 0]  # node of the n-th column
    n = n_columns = 0
    invariant = np.full(begin + period, -1)
    own = np.arange(period)
    column, other = np.empty(turns, np.int64), np.empty(turns, np.int64)
    for k in range(period):
        code = codes[begin + k]
        if carried[k]:
            continue
        written = code == CONSTANT
        for side in range(1 if written else _ARITY[code]):
            g = begin + k if written else np.int64(operands[begin + k, side])
            what = DATA if written else kinds[k, side]
            if what == LOCAL:
                reads[k, side] = own[g - begin]
                continue
            if what != INVARIANT:
                for t in range(turns):
                    s = begin + t * period + k
                    column[t] = bits[s] if written else operands[s, side]
                if written and (column == column[0]).all():
                    what = INVARIANT
            if what == INVARIANT:
                node = invariant[g]
                if node < 0:
                    node = period + n
                    invariant[g] = node
                    kind[n], reference[n] = INVARIANT, g
                    n += 1
            else:
                h = _column_hash(column) * 2 + (what == DATA)
                node = -1
                for c in range(n_columns):
                    if hashes[c] == h:
                        x = columns[c]
                        r = reference[x]
                        for t in range(turns):
                            s = begin + t * period
                            other[t] = bits[s + r] if what == DATA else operands[s + r // 2, r % 2]
                        if (other == column).all():
                            node = period + x
                            break
                if node < 0:
                    node = period + n
                    kind[n], reference[n] = what, k if written else 2 * k + side
                    hashes[n_columns], columns[n_columns] = h, n
                    n_columns += 1
                    n += 1
            if written:
                own[k] = node
            else:
                reads[k, side] = node
    return reads, kind[:n], reference[:n]


@_jit
def instructions_of(codes, reads, kind, carried, exported, begin, period):
    """Return what one turn does: rows of code, result, up to three operands, place."""
    nodes = period + kind.size
    uses = np.zeros(nodes, np.int64)
    for k in range(period):
        for side in range(2):
            if reads[k, side] >= 0:
                uses[reads[k, side]] += 1
    product = np.full(period, -1)  # the side of a sum that is a product of its own
    inside = np.zeros(period, np.bool_)
    for k in range(period):
        code = codes[begin + k]
        if carried[k] or (code != _ADD and code != _SUB):
            continue
        for side in (1, 0):
            p = reads[k, side]
            if p >= period or uses[p] != 1 or exported[p] or (code == _SUB and side == 0):
                continue
            if codes[begin + p] == _MUL or codes[begin + p] == _SQUARE:
                inside[p] = True
                product[k] = side
                break
    rows = np.full((2 * period + kind.size, COLUMNS), np.int64(-1))
    n = 0
    loaded = np.zeros(nodes, np.bool_)
    for k in range(period):
        code = np.int64(codes[begin + k])
        if carried[k] or inside[k] or code == CONSTANT:
            continue
        a, b, c = reads[k, 0], reads[k, 1], np.int64(-1)
        if product[k] >= 0:
            p = reads[k, product[k]]
            code = ADD_PRODUCT if code == _ADD else SUB_PRODUCT
            c = reads[k, 1 - product[k]]
            a, b = reads[p, 0], reads[p, 1]
            if codes[begin + p] == _SQUARE:
                b = a
        elif code == _SQUARE:
            code, b = np.int64(_MUL), a
        elif GUARDS <= code < ADD_PRODUCT:
            code -= (code - GUARDS) % 2
        for x in (a, b, c):
            if x >= period and kind[x - period] == OUTSIDE and not loaded[x]:
                loaded[x] = True
                rows[n, 0], rows[n, 1] = GATHER, x
                n += 1
        rows[n] = code, np.int64(-1 if code >= GUARDS and code < ADD_PRODUCT else k), a, b, c, k
        n += 1
        if exported[k] and rows[n - 1, 1] >= 0:
            rows[n, 0], rows[n, 2], rows[n, 5] = EXPORT, k, k
            n += 1
    return rows[:n]


@_jit
def _is_sum(code, side):
    """Tell whether the partial derivative by an operand is 1."""
    if code in (ADD_PRODUCT, SUB_PRODUCT):
        return side == 2
    return code in (_ADD, _POS) or (code == _SUB and side == 0)


@_jit
def _differentiable(code, side):
    """Tell whether an operand's adjoint gets anything."""
    if code in (ADD_PRODUCT, SUB_PRODUCT):
        return True
    return code < GUARDS and side < 2 and not _VANISHES[code, side]


@_jit
def activity_of(rows, codes, kind, reference, period, first):
    """Return which nodes depend on variables, and whose values the reverse needs."""
    nodes = period + kind.size
    active, kept = np.zeros(nodes, np.bool_), np.zeros(nodes, np.bool_)
    for x in range(kind.size):
        g = reference[x]  # a variable is written as a constant too, before the first operation
        known = kind[x] == INVARIANT and g >= first and codes[g] == CONSTANT
        active[period + x] = kind[x] != DATA and not known
    for m in range(rows.shape[0]):
        code, d = rows[m, 0], rows[m, 1]
        if d < 0 or code == GATHER:
            continue
        for side in range(3):
            x = rows[m, 2 + side]
            if x < 0 or not active[x] or not _differentiable(code, side):
                continue
            active[d] = True
            if code >= ADD_PRODUCT or code == _MUL:
                if side < 2:
                    kept[rows[m, 3 - side]] = True
                continue
            if _NEEDS[code, side, 0]:
                kept[rows[m, 2]] = True
            if _NEEDS[code, side, 1]:
                kept[rows[m, 3]] = True
            if _NEEDS[code, side, 2]:
                kept[d] = True
    return active, kept


@_jit
def value_slots(rows, kind, kept, period):
    """Return each node's slot, and how many are kept for every turn and how many are not."""
    nodes = period + kind.size
    last = np.full(nodes, -1)
    for m in range(rows.shape[0]):
        for x in rows[m, 2:5]:
            if x >= 0:
                last[x] = m
    slots = np.full(nodes, -1)
    n_kept = n_shared = 0
    for x in range(kind.size):
        if kind[x] == DATA:
            kept[period + x] = True
            slots[period + x] = n_kept
            n_kept += 1
        elif kind[x] == INVARIANT:
            slots[period + x] = n_shared
            n_shared += 1
    free = np.empty(nodes, np.int64)
    n_free = n_passing = 0
    for m in range(rows.shape[0]):
        d = rows[m, 1]
        if d >= 0 and kept[d]:
            slots[d] = n_kept
            n_kept += 1
        elif d >= 0:
            if n_free > 0:
                n_free -= 1
                slots[d] = free[n_free]
            else:
                slots[d] = n_passing
                n_passing += 1
            if last[d] < m:
                last[d] = m
        for x in rows[m, 1:5]:
            mine = x >= 0 and (x < period or kind[x - period] == OUTSIDE)
            if mine and not kept[x] and last[x] == m:
                free[n_free] = slots[x]
                n_free += 1
                last[x] = -2
    return slots, n_kept, n_passing, n_shared


@_jit
def forward_program(rows, kind, slots, kept, period, n_passing, n_shared):
    """Return the program of addresses, the addresses, and the guards' and gathers' places."""
    nodes = period + kind.size
    address = np.zeros(nodes, np.int64)
    for x in range(nodes):
        if x >= period and kind[x - period] == INVARIANT:
            address[x] = slots[x] * WIDTH | SHARED
        elif kept[x]:
            address[x] = n_shared * WIDTH + (n_passing + slots[x]) * LANES | IN_BLOCK
        else:
            address[x] = n_shared * WIDTH + slots[x] * LANES
    program = np.zeros((rows.shape[0], COLUMNS), np.int32)
    guards = gathers = 0
    gather_row = np.full(nodes, -1)
    for m in range(rows.shape[0]):
        code = rows[m, 0]
        program[m, 0] = code
        for column in range(1, 5):
            if rows[m, column] >= 0:
                program[m, column] = address[rows[m, column]]
        program[m, 5] = rows[m, 5]
        if code == GATHER:
            gather_row[rows[m, 1]] = gathers
            program[m, 5] = gathers
            gathers += 1
        elif GUARDS <= code < ADD_PRODUCT:
            program[m, 5] = guards
            guards += 1
    return program, address, gather_row, gathers, guards


@_jit
def adjoint_roots(rows, kind, active, exported, period):
    """Return for each node the one that it shares the adjoint with, and how many do."""
    nodes = period + kind.size
    uses = np.zeros(nodes, np.int64)
    for m in range(rows.shape[0]):
        if rows[m, 1] >= 0 and rows[m, 0] != GATHER:
            for side in range(3):
                x = rows[m, 2 + side]
                if x >= 0 and _differentiable(rows[m, 0], side):
                    uses[x] += 1
    root = np.arange(nodes)
    for m in range(rows.shape[0] - 1, -1, -1):
        code, d = rows[m, 0], rows[m, 1]
        if d < 0 or code == GATHER or not active[d]:
            continue
        for side in range(3):
            x = rows[m, 2 + side]
            if x < 0 or uses[x] != 1 or not active[x] or not _is_sum(code, side):
                continue
            if not exported[x] if x < period else kind[x - period] == OUTSIDE:
                root[x] = root[d]
    members = np.zeros(nodes, np.int64)
    for m in range(rows.shape[0]):
        if rows[m, 1] >= 0:
            members[root[rows[m, 1]]] += 1
    return root, members


@_jit
def backward_program(rows, kind, slots, active, address, gather_row, roots, period, n_shared):
    """Return the program of the reverse, and its number of slots."""
    root, members = roots
    nodes = period + kind.size
    program = np.zeros((4 * rows.shape[0] + 1, COLUMNS), np.int32)
    n = 0
    slot = np.full(nodes, -1)
    free = np.empty(nodes, np.int64)
    n_free, n_slots = 0, 1  # slot 0 is for the product with a partial
    first = n_shared * WIDTH
    for m in range(rows.shape[0] - 1, -1, -1):
        code, d = rows[m, 0], rows[m, 1]
        if code == EXPORT:
            d = rows[m, 2]
        if d < 0 or not active[d]:
            continue
        top = root[d]
        if code == EXPORT:
            kind_of_write = ADD_TO
            if slot[top] < 0:
                kind_of_write = SET
                if n_free > 0:
                    n_free -= 1
                    slot[top] = free[n_free]
                else:
                    slot[top] = n_slots
                    n_slots += 1
            program[n, 0], program[n, 1] = IMPORT + kind_of_write, first + slot[top] * LANES
            program[n, 5] = rows[m, 5]
            n += 1
            continue
        if slot[top] >= 0:
            v = first + slot[top] * LANES
            if code == GATHER:
                program[n, 0], program[n, 2], program[n, 5] = SCATTER, v, gather_row[d]
                n += 1
            else:
                for side in range(3):
                    x = rows[m, 2 + side]
                    if x < 0 or not active[x] or not _differentiable(code, side):
                        continue
                    shared = x >= period and kind[x - period] == INVARIANT
                    if not shared and root[x] == top:
                        continue
                    how = SUM_TO if shared else ADD_TO
                    if not shared and slot[root[x]] < 0:
                        how = SET
                        if n_free > 0:
                            n_free -= 1
                            slot[root[x]] = free[n_free]
                        else:
                            slot[root[x]] = n_slots
                            n_slots += 1
                    if shared:
                        target = slots[x] * WIDTH | SHARED
                    else:
                        target = first + slot[root[x]] * LANES
                    simple = _is_sum(code, side) or code in (_SUB, _NEG)
                    factor = code >= ADD_PRODUCT or code == _MUL
                    if not simple and not factor:
                        # v times the partial, and then that to where it belongs
                        program[n, 0] = PARTIAL + 2 * code + side
                        program[n, 1] = target if how == SET else first
                        program[n, 2] = v
                        for column, y in ((3, rows[m, 2]), (4, rows[m, 3]), (5, d)):
                            if y >= 0:
                                program[n, column] = address[y]
                        n += 1
                        if how != SET:
                            program[n, 0], program[n, 1], program[n, 2] = how, target, first
                            n += 1
                        continue
                    if factor and side < 2:
                        how += PRODUCT
                        program[n, 3] = address[rows[m, 3 - side]]
                    if (
                        code == _NEG
                        or (code == _SUB and side == 1)
                        or (code == SUB_PRODUCT and side < 2)
                    ):
                        how += NEGATIVE
                    program[n, 0], program[n, 1], program[n, 2] = how, target, v
                    n += 1
        members[top] -= 1
        if members[top] == 0 and slot[top] >= 0:
            free[n_free] = slot[top]
            n_free += 1
    return program[:n], n_slots
