"""Where derivatives can be other than zero: patterns, read off a recording.

A `fastad.ReplayTape` holds the operations that a function did at a point.  Sets of variables
are sent through them, 64 variables at once, as bits: forward for the Jacobian; forward over
reverse for the Hessian, where an operation makes variables interact that its rule does.
"""

import numba
import numpy as np
from numba.core import types
from numba.extending import overload

from ..jit.disk import keep_on_disk
from ..modes.request import internal_names, parameters_of
from ..modes.seeding import stub
from ..rules.codegen import compile_source
from ..rules.table import RULES
from ..rules.terms import terms
from ..tape.replay import ReplayTape
from ..tape.trace import RULE_CODES, number_of
from ..tape.types import is_recorded

_PIECEWISE_LINEAR = ("mod", "fmod")


def _structure():
    """Return for each code whether it depends on x, on y, and its second derivatives' zeros."""
    table = np.zeros((256, 5), np.bool_)  # by x, by y, by xx, by xy, by yy
    for rule in RULES:
        depends, curved = [False] * 2, [False] * 3
        moving = terms(rule)
        for t in moving:
            depends[t.argument] = True
        if not rule.selects and rule.name not in _PIECEWISE_LINEAR:
            for t in moving:
                by_x, by_y = (bool(t.reads & {letter, "r"}) for letter in "xy")
                curved[2 * t.argument] |= by_y if t.argument else by_x
                curved[1] |= (by_x if t.argument else by_y) and all(depends)
        table[RULE_CODES[rule.name]] = [*depends, *curved]
    return table


STRUCTURE = _structure()


@keep_on_disk
@numba.njit
def jacobian_pattern(codes, operands, end, n, outputs, structure):
    """Return the pairs (row, column) of a Jacobian's possible entries.

    Parameters
    ----------
    codes, operands : arrays
        The recording; the variables are the operations 1 to n.
    end : int
        One past the last operation.
    n : int
    outputs : array of int (m,)
        The number of the operation that made each result.
    structure : array of bool (256, 5)
    """
    found_rows, found_columns = [0 for _ in range(0)], [0 for _ in range(0)]
    sets = np.zeros(end, np.uint64)
    for first in range(0, n, 64):
        sets[: n + 1] = np.uint64(0)
        width = min(64, n - first)
        for k in range(width):
            sets[1 + first + k] = np.uint64(1) << np.uint64(k)
        _forward(codes, operands, n + 1, end, sets, structure)
        for row in range(outputs.size):
            bits = sets[outputs[row]]
            for k in range(width):
                if (bits >> np.uint64(k)) & np.uint64(1):
                    found_rows.append(row)
                    found_columns.append(first + k)
    return np.array(found_rows), np.array(found_columns)


@keep_on_disk
@numba.njit
def _forward(codes, operands, begin, end, sets, structure):
    for s in range(begin, end):
        code, bits = codes[s], np.uint64(0)
        if structure[code, 0]:
            bits |= sets[operands[s, 0]]
        if structure[code, 1]:
            bits |= sets[operands[s, 1]]
        sets[s] = bits


@keep_on_disk
@numba.njit
def hessian_pattern(codes, operands, end, n, output, structure):
    """Return the pairs of a Hessian's possible entries; parameters as `jacobian_pattern`."""
    found_rows, found_columns = [0 for _ in range(0)], [0 for _ in range(0)]
    sets, swept = np.zeros(end, np.uint64), np.zeros(end, np.uint64)
    reached = np.zeros(end, np.bool_)
    reached[output] = True
    for s in range(output, n, -1):
        if reached[s]:
            for side in range(2):
                if structure[codes[s], side]:
                    reached[operands[s, side]] = True
    for first in range(0, n, 64):
        sets[: n + 1] = np.uint64(0)
        swept[:] = np.uint64(0)
        width = min(64, n - first)
        for k in range(width):
            sets[1 + first + k] = np.uint64(1) << np.uint64(k)
        _forward(codes, operands, n + 1, end, sets, structure)
        for s in range(output, n, -1):
            if not reached[s]:
                continue
            code, i, j = codes[s], operands[s, 0], operands[s, 1]
            if structure[code, 0]:
                swept[i] |= swept[s]
            if structure[code, 1]:
                swept[j] |= swept[s]
            if structure[code, 2]:
                swept[i] |= sets[i]
            if structure[code, 3]:
                swept[i] |= sets[j]
                swept[j] |= sets[i]
            if structure[code, 4]:
                swept[j] |= sets[j]
        for row in range(n):
            bits = swept[1 + row]
            for k in range(width):
                if (bits >> np.uint64(k)) & np.uint64(1):
                    found_rows.append(row)
                    found_columns.append(first + k)
    return np.array(found_rows), np.array(found_columns)


numbers_in = stub("numbers_in", "Return the number of the operation that made each result.")


@overload(numbers_in)
def _numbers_in(control, result):
    if isinstance(result, types.Array):
        if not is_recorded(result.dtype):
            return lambda control, result: np.zeros(result.size, np.int64)

        def array(control, result):
            out = np.zeros(result.size, np.int64)
            for k, item in enumerate(result.flat):
                out[k] = number_of(control, item)
            return out

        return array
    if isinstance(result, types.BaseTuple):
        body = ["def over(control, result):", f"    out = np.zeros({len(result)}, np.int64)"]
        body += [f"    out[{i}] = number_of(control, result[{i}])" for i in range(len(result))]
        return compile_source("\n".join([*body, "    return out"]) + "\n", "over", globals())

    def scalar(control, result):
        return np.full(1, number_of(control, result))

    return scalar


def recorder(f, argnum):
    """Return an @njit function ``(tape, *args) -> numbers of the results``, which records f.

    f is an @njit function that runs in one thread.
    """
    names = [*internal_names(parameters_of(f)[0]).values()]
    arguments = ["tape_.variables(x_)" if i == argnum else p for i, p in enumerate(names)]
    parameters = ["x_" if i == argnum else p for i, p in enumerate(names)]
    source = (
        f"def record(tape_, {', '.join(parameters)}):\n"
        "    tape_.reset()\n"
        f"    result_ = f_({', '.join(arguments)})\n"
        "    return numbers_in_(tape_.control, result_)\n"
    )
    scope = {"f_": f, "numbers_in_": numbers_in}
    return numba.njit(compile_source(source, "record", scope))


def record(recorded, args, x):
    """Return a recording's (codes, operands, end, n) and the numbers of the results."""
    tape = ReplayTape()
    outputs = recorded(tape, *args)
    end = 1 + x.size + tape.n_operations()
    return (tape.codes[:end].copy(), tape.operands[:end].copy(), end, x.size), outputs
