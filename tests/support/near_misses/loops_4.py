"""Loops that just miss the condition of an optimisation: items, covers, counters, order."""

import math

import numpy as np
from numba import njit

from near_misses import X3, X6, case


@case(X3, 3, -2)
@njit
def neg_start(x, n, lo):
    y = np.zeros(n)
    for i in range(lo, n):
        t = 0.0
        for j in range(n):
            t += x[i] * x[j]
        y[i] = t * (i + 5)
    s = 0.0
    for i in range(n):
        s += y[i] * y[i]
    return s


@case(X3, 3)
@njit
def down(x, n):
    y = np.zeros(n)
    for i in range(n - 1, -n - 1, -1):
        y[i] = x[i] * x[i] * (i + 5)
    s = 0.0
    for i in range(n):
        s += y[i] * y[i]
    return s


@case(X3, 3)
@njit
def mixed3(x, n):
    y = np.zeros(n)
    for i in range(n):
        for k in range(n):
            y[i] += x[k] * x[i]
        y[i] = y[i] * 0.0 + x[i] if False else x[i] * 2.0
    return (y * y).sum()


@case(X3, 3)
@njit
def cover_col(x, n):
    w = np.zeros((n, n))
    s = 0.0
    for r in range(n):
        for i in range(n):
            w[i, 0] = x[i] * x[r]
        for i in range(n):
            for j in range(n):
                if j == 0:
                    s += w[i, j] * x[r]
        w[0, 1] = x[r]
    return s


@case(X3, 3)
@njit
def cover_row_read(x, n):
    w = np.zeros((n, n))
    s = 0.0
    for r in range(n):
        for i in range(n):
            w[i, r] = x[i] * x[r]
        for i in range(n):
            s += (w[i] * w[i]).sum() * x[r]
    return s


@case(X3, np.array([0, 1, 2]), 3)
@njit
def cover_indirect(x, p, n):
    q = p.copy()
    w = np.zeros(n)
    s = 0.0
    for r in range(n):
        w[q[r]] = x[r] * x[r]
        for j in range(n):
            q[j] = (q[j] + r) % n
        s += w[q[r]] * x[r]
    return s


@njit
def nxt(k):
    k[0] = (k[0] + 1) % 3
    return k[0]


@case(X3, 3)
@njit
def cover_call(x, n):
    w = np.zeros(n)
    k = np.zeros(1, np.int64)
    s = 0.0
    for r in range(n):
        w[nxt(k)] = x[r] * x[r]
        for j in range(2):
            s += w[nxt(k)] * x[r]
    return s


@case(X3)
@njit
def counter_two(x):
    a = 0
    b = 1
    s = 1.0
    for i in range(4):
        s += x[a % 3] * x[b % 3] * s
        a += b
        b += i
        if s > 30.0:
            b -= a
    return s * x[a % 3]


@case(X3)
@njit
def counter_nest(x):
    s = 0.0
    a = 0
    for i in range(3):
        for j in range(2):
            s += x[a % 3] * x[j] * x[i]
            a += 1
        a -= i
    return s * x[a % 3]


@case(X6)
@njit
def nests_that_add_to_one_sum(x):
    s = 0.0
    for i in range(x.size):
        for k in range(3):
            for j in range(i, 2):
                s += x[j] * x[i] * k
    s = 0.5 * s + x[0]
    for i in range(3):
        for j in range(2):
            s += math.sin(x[i] * x[j])
    return s


@case(X6)
@njit
def a_nest_after_another_that_no_cotangent_enters(x):
    s = 0.0
    for i in range(x.size):
        for k in range(3):
            for j in range(i, 2):
                s += x[j] * k
    s += 0.5
    for _ in range(3):
        for _ in range(4):
            s += 0.5
    return s


@case(X6)
@njit
def a_number_that_a_branch_not_taken_binds(x):
    number = 3
    y = np.zeros(5)
    y[1:4] = x[:3] * number
    if x[2] < 0.0:
        for _ in range(3):
            number = 4
    return y[1] * y[2] + y[3]
