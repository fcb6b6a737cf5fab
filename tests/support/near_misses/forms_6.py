"""Rules of one's own, checkpoints, flags made in a turn, and types of integers."""

import numpy as np
from numba import njit

import fastad
from near_misses import X3, X6, case


@fastad.custom_vjp
def squares(y):
    return (y * y).sum()


def squares_fwd(y):
    return (y * y).sum(), y


def squares_bwd(y, bar):
    return (2 * bar * y,)


squares.defvjp(squares_fwd, squares_bwd)


@fastad.custom_vjp
def doubled(y):
    return np.copy(y * 2.0)


def doubled_fwd(y):
    return y * 2.0, None


def doubled_bwd(nothing, bar):
    return (2.0 * bar,)


doubled.defvjp(doubled_fwd, doubled_bwd)


@fastad.custom_vjp
def cubes(y):
    out = np.empty_like(y)
    for i in range(y.size):
        out[i] = y[i] ** 3
    return out


def cubes_fwd(y):
    r = cubes(y)
    return r, (y, r)


def cubes_bwd(kept, bar):
    y, _ = kept
    return (3 * bar * y * y,)


cubes.defvjp(cubes_fwd, cubes_bwd)


@case(X3)
@njit
def rule_whose_argument_changes_later(x):
    y = x * 1.0
    s = 0.0
    for i in range(3):
        s += squares(y) * x[i]
        y[i] = s * 0.1
    return s


@case(X3)
@njit
def result_of_a_rule_that_is_written_into(x):
    y = x * 1.0
    s = 0.0
    for i in range(3):
        z = doubled(y)
        z[i] = x[0]
        s += squares(z) * x[i]
        y = z * 0.2
    return s + y.sum()


@case(X3)
@njit
def rule_that_keeps_an_array_changed_later(x):
    s = 0.0
    for i in range(3):
        w = np.zeros(3)
        for j in range(3):
            w[j] = x[j] * x[i]
        z = cubes(w)
        w[0] = 0.0
        s += z.sum() + z[0] * x[i]
        if x[i] > 1:
            z[1] = 5.0
        s += z[1] * x[i]
    return s


@case(X3)
@njit
def rule_in_a_branch(x):
    a = x
    if x[0] > 1.0:
        a = doubled(x)
    b = cubes(a)
    a[0] = 3.0 * x[1]
    return (a * b).sum()


@case(X3, 5)
@njit
def checkpoint_that_binds_again_by_turns(x, n):
    a = x * 1.0
    b = a
    for t in fastad.checkpoint(n):
        if t % 2 == 0:
            b = a * x
        else:
            a = b * 0.5
        a = a + b * b * 0.1
    return (a * b * b).sum()


@case(X3, 5)
@njit
def checkpoint_with_a_value_of_some_turns(x, n):
    s = 1.0
    last = x[0]
    for t in fastad.checkpoint(n):
        if s > 2:
            last = s * x[1]
        s = s * 1.1 + 0.4 * x[t % 3]
    return s * last


@case(X3, 5)
@njit
def checkpoint_whose_scratch_is_kept_in_part(x, n):
    w = np.zeros(3)
    s = 1.0
    for t in fastad.checkpoint(n):
        for i in range(2):
            w[i] = x[i] * s
        for i in range(3):
            s += 0.1 * w[i] * w[i] * x[t % 3]
        w[2] = s * 0.2
    return s * 1e-3 + w[1] * 1e-3


@case(X3, 5)
@njit
def checkpoint_after_another(x, n):
    y = x * 1.0
    for t in fastad.checkpoint(n):
        y *= 1.1
        y[t % 3] = y[(t + 1) % 3] * x[0]
    s = 0.0
    for t in fastad.checkpoint(n):
        s = s * 0.9 + y[t % 3] * y[0]
        y[0] = s * 0.1 + x[1]
    return s + y.sum()


@case(X3, 0)
@njit
def checkpoint_without_turns(x, n):
    y = x * 1.0
    s = 1.0
    b = y
    for _ in fastad.checkpoint(n):
        y = y * 2.0
        b = y * s
        s = s * y[0]
    return s + (b * y).sum()


@case(X3)
@njit
def flags_and_counts_made_in_a_turn(x):
    s = 0.0
    for r in range(3):
        larger = np.zeros(3, np.bool_)
        times = np.ones(3, np.int64)
        w = np.zeros(3)
        for i in range(3):
            if x[i] > x[r]:
                larger[i] = True
                times[i] = 2
        for i in range(3):
            w[i] = x[i] * times[i]
            if larger[i]:
                s += w[i] * x[r]
            s += w[i]
    return s


@case(X6, np.arange(6, dtype=np.uint8))
@njit
def small_unsigned_indices(x, k):
    s = 1.0
    c = k[0]
    for i in range(6):
        c = k[i]
        c += 1
        s = s * x[c % 6] + x[k[i]]
    return s * x[c - 1]


@case(X6, np.array([3, 200, 7, 0, 1, 255], dtype=np.uint8), np.uint8(3))
@njit
def small_unsigned_integers_that_are_subtracted_in_place(x, k, three):
    y = x * x
    y -= k
    y[1:] -= three
    for i in range(6):
        y[i] -= k[i]
    return np.sum(y * y)


@case(X6, True)
@njit
def flag_that_is_turned_over(x, flag):
    s = 1.0
    for i in range(6):
        if flag:
            s = s * x[i]
        else:
            s = s + x[i] * x[i] * s
        flag = not flag
    return s * x[int(flag)]


@case(X6)
@njit
def views_of_what_one_pass_fills(x):
    y = np.zeros(6)
    s = 0.0
    for i in range(6):
        for k in range(2):
            s += x[i] * x[k]
        y[i] = x[i] * x[i]
    v = y[1:]
    v[0] = 2.0 * x[0]
    w = v[1:]
    s += w[0]
    w[0] = x[1]
    return s + v[0] + v[1] + y[5]


@case(X6)
@njit
def column_that_is_set_twice(x):
    y = np.zeros((6, 6))
    s = 0.0
    for i in range(6):
        column = y[:, i]
        column[0] = x[i] / x[1]
        if i > 2:
            column[0] = x[i] * 3.0
        for j in range(2):
            s += x[i] * x[j]
    return s + (y * y).sum()


@case(X6)
@njit
def rows_of_quotients_with_a_diagonal(x):
    y = np.zeros((6, 6))
    for i in range(6):
        row = y[i]
        for j in range(6):
            row[j] = x[i] / x[j]
        y[i, i] = 2.0 * x[i]
    return (y * y).sum()
