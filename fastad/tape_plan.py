"""Find the loops of a recording: the plan by which `ReplayTape` replays it in lanes.

A loop over data writes the same operations again and again.  Where codes repeat with a
period, the operands of one turn are of four kinds: made in the same turn, the same in all
turns, made before the loop but different from turn to turn, or made by an earlier turn.
Operations that need no other turn are done for `LANES` turns at once, one operation after
the other (:mod:`fastad.tape_lanes`); the others, a sum over the turns mostly, are done one
by one as recorded.  What is not of such a loop stays as it is.

The period is found by prefix matching (Gusfield, *Algorithms on Strings, Trees, and
Sequences*, 1997, section 1.3) from a few places of the recording, in linear time.
"""

import numba
import numpy as np

from . import _codegen
from .rules import RULES
from .tape_trace import CONSTANT, CONVERTED, GUARDS, RULE_CODES

LANES = 32
WIDTH = 8  # doubles in a vector register; what all turns share is kept this often
REPEATS = 16  # turns that make a loop worth it
LEAST = 1024  # operations that do

# Codes of a program over lanes, beyond those of the rules.
ADD_PRODUCT, SUB_PRODUCT, GATHER, EXPORT = 200, 201, 202, 203
# Of its reverse: the kind of target, plus 3 for a negative sign, plus 6 for a product.
SET, ADD_TO, SUM_TO, NEGATIVE, PRODUCT = 0, 1, 2, 3, 6
PARTIAL, SCATTER, IMPORT = 20, 16, 18  # PARTIAL + 2 code + side; IMPORT + (SET or ADD_TO)
# Flags of an address: shared by all turns, or in the block of turns at hand.
SHARED, IN_BLOCK = 1, 2
COLUMNS = 6

_ADD, _SUB, _MUL = RULE_CODES["add"], RULE_CODES["sub"], RULE_CODES["mul"]
_SQUARE, _NEG, _POS = RULE_CODES["square"], RULE_CODES["neg"], RULE_CODES["pos"]

# What an operation reads: the number of its operands by code, and by code and side
# whether the partial derivative is 0, and needs x, y or the result.
_ARITY = np.zeros(256, np.uint8)
_ARITY[GUARDS:CONVERTED] = 2
_ARITY[CONVERTED : CONVERTED + 8] = 1
_VANISHES = np.ones((256, 2), np.bool_)
_NEEDS = np.zeros((256, 2, 3), np.bool_)
for _rule in RULES:
    _code = RULE_CODES[_rule.name]
    _ARITY[_code] = _rule.arity
    for _side, _partial in enumerate(_rule.partials):
        _VANISHES[_code, _side] = _partial in (None, "0.0")
        for _k, _name in enumerate("xyr"):
            _NEEDS[_code, _side, _k] = _partial is not None and _codegen.uses(_partial, _name)

# Not cached on disk: Numba would not notice a change of the rule table's numbers.
_jit = numba.njit(error_model="numpy")

# ---- Where the codes repeat ----


@_jit
def _keys(codes, n):
    """Return the codes without the outcome of comparisons."""
    keys = codes[:n].copy()
    for s in range(n):
        if GUARDS <= keys[s] < CONVERTED:
            keys[s] -= (keys[s] - GUARDS) % 2
    return keys


@_jit
def find_period(keys, begin, end, probe):
    """Return the period at a place that covers most, and where it begins and ends."""
    m = end - probe
    same = np.zeros(m, np.int32)  # the length of the prefix found again from here
    left = right = 0
    best = 0
    for i in range(1, m):
        k = min(right - i, same[i - left]) if i < right else 0
        while i + k < m and keys[probe + k] == keys[probe + i + k]:
            k += 1
        same[i] = k
        if i + k > right:
            left, right = i, i + k
        if k >= (REPEATS - 1) * i and k + i > best:
            best = k + i
    for period in range(1, m):
        if same[period] >= (REPEATS - 1) * period and 10 * (same[period] + period) >= 9 * best:
            first = probe
            while first > begin and keys[first - 1] == keys[first - 1 + period]:
                first -= 1
            return period, first, probe + period + same[period]
    return 0, begin, begin


@_jit
def first_turn(codes, operands, period, begin, end):
    """Return where the first turn begins: where the fewest operands are of another turn."""
    crossing = np.zeros(period + 1, np.int64)
    middle = begin + (end - begin) // period // 2 * period
    for s in range(middle, middle + period):
        for side in range(_ARITY[codes[s]]):
            g = operands[s, side]
            if g > s - period:
                a, e = (g + 1 - begin) % period, (s - begin) % period
                crossing[a] += 1
                crossing[e + 1] -= 1
                if a > e:
                    crossing[0] += 1
    level, best, shift = 0, -1, 0
    for k in range(period):
        level += crossing[k]
        if best < 0 or level < best:
            best, shift = level, k
    return begin + shift


# ---- What the operands of a turn are ----

LOCAL, INVARIANT, OUTSIDE, CARRIED = 0, 1, 2, 3


@_jit
def _operand_kinds(codes, operands, begin, period, turns):
    """Return for each operation of a turn and side the kind of operand."""
    same = np.ones((period, 2), np.bool_)
    local = np.ones((period, 2), np.bool_)
    before = np.ones((period, 2), np.bool_)
    for t in range(turns):
        start = begin + t * period
        for k in range(period):
            for side in range(_ARITY[codes[start + k]]):
                g, first = operands[start + k, side], operands[begin + k, side]
                same[k, side] &= g == first
                local[k, side] &= g >= start and g - start == first - begin
                before[k, side] &= g < begin
    kinds = np.full((period, 2), CARRIED)
    for k in range(period):
        for side in range(2):
            if local[k, side]:
                kinds[k, side] = LOCAL
            elif before[k, side]:
                kinds[k, side] = INVARIANT if same[k, side] else OUTSIDE
    return kinds


@_jit
def _carried(codes, operands, kinds, begin, period):
    """Return which operations of a turn need another turn."""
    carried = np.zeros(period, np.bool_)
    for k in range(period):
        carried[k] = codes[begin + k] >= CONVERTED  # rare: not worth a program
        for side in range(_ARITY[codes[begin + k]]):
            kind = kinds[k, side]
            carried[k] |= kind == CARRIED
            carried[k] |= kind == LOCAL and carried[operands[begin + k, side] - begin]
    return carried


@_jit
def _exported(codes, operands, carried, begin, period, turns, end, result):
    """Return which operations of a turn are read by others than their own turn's lanes."""
    exported = np.zeros(period, np.bool_)
    last = begin + turns * period
    if begin <= result < last:
        exported[(result - begin) % period] = True
    for s in range(begin, end):
        if s < last and not carried[(s - begin) % period]:
            continue
        for side in range(_ARITY[codes[s]]):
            g = operands[s, side]
            if begin <= g < last:
                exported[(g - begin) % period] = True
    return exported


# ---- The loops ----


@_jit
def _turns_of(codes, operands, period, begin, end):
    """Return begin, period and turns of the loop in a stretch of repeating codes, or zeros.

    Where most operations need another turn, a turn may take several of the codes' periods.
    """
    for several in (1, 2, 3, 4):
        long = several * period
        if end - begin < (REPEATS + 1) * long and several > 1:
            break
        start = first_turn(codes, operands, long, begin, end)
        turns = (end - start) // long
        kinds = _operand_kinds(codes, operands, start, long, turns)
        carried = _carried(codes, operands, kinds, start, long)
        operations = free = 0
        for k in range(long):
            if codes[start + k] != CONSTANT:
                operations += 1
                free += not carried[k]
        if 2 * free >= operations:
            return start, long, turns
    return begin, period, 0


@_jit
def loops_of(codes, operands, begin, end):
    """Return the loops of a recording: rows of begin, period and turns, in order."""
    keys = _keys(codes, end)
    found = np.zeros((16, 3), np.int64)
    n = 0
    work = np.zeros((64, 2), np.int64)
    work[0] = begin, end
    waiting, tries = 1, 0
    while waiting > 0 and n < found.shape[0] and tries < 64:
        waiting -= 1
        tries += 1
        low, high = work[waiting]
        if high - low < LEAST:
            continue
        for part in (8, 4, 12, 2, 14):
            probe = low + (high - low) // 16 * part
            period, first, last = find_period(keys, low, high, probe)
            if period > 0 and last - first >= LEAST:
                start, period, turns = _turns_of(codes, operands, period, first, last)
                if turns > 0:
                    found[n] = start, period, turns
                    n += 1
                else:  # nothing gained there: look at what is around it
                    turns = (last - start) // period
                if waiting + 2 <= work.shape[0]:
                    work[waiting] = low, start
                    work[waiting + 1] = start + turns * period, high
                    waiting += 2
                break
    found = found[:n]
    return found[np.argsort(found[:, 0])]
