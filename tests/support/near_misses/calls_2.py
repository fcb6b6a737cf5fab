"""Recursion, checkpoints, running extremes and the size of stacks, just beside what is assumed."""

import math

import numpy as np
from numba import njit

import fastad
from near_misses import X3, X6, case


@njit
def rs(a, t, n):
    if n == 0:
        return t * a[0]
    total = 0.0
    for c in range(2):
        total += a[n] * (c + 1)
        u = rs(a, total, n - 1)
        total += u * a[c]
    return total


@case(X3)
@njit
def use_rs(x):
    return rs(x, x[1], 2)


@njit
def rs2(a, t, n):
    total = a[n] * t
    if n > 0:
        total += rs2(a, total, n - 1)
    return total


@case(X3)
@njit
def use_rs2(x):
    return rs2(x, x[1], 2)


@njit
def rs3(a, w, n):
    if n == 0:
        return a[w[0]]
    k = w[0]
    t = a[k] * a[n]
    w[0] = (k + n) % 3
    total = t * rs3(a, w, n - 1)
    total += a[w[0]] * rs3(a, w, n - 1)
    w[0] = k
    return total


@case(X3)
@njit
def use_rs3(x):
    w = np.zeros(1, np.int64)
    return rs3(x, w, 2)


@case(X6)
@njit
def two_extremes(x):
    best = -1000000000.0
    second = -1000000000.0
    for i in range(x.size):
        t = x[i] * x[i - 1]
        second = max(second, min(best, t))
        best = max(best, t)
    return best * second


@case(X6)
@njit
def viterbi(x):
    d = np.zeros(3)
    e = np.zeros(3)
    for t in range(3):
        for j in range(3):
            best = -1e30
            for i in range(3):
                best = max(best, d[i] + x[i] * x[3 + j] * (t + 1))
            e[j] = best
        for j in range(3):
            d[j] = e[j]
    r = d[0]
    for j in range(1, 3):
        r = max(r, d[j])
    return r


@case(X3, 1)
@njit
def ck_if(x, c):
    y = x[0]
    if c > 0:
        for i in fastad.checkpoint(6):
            y = math.sin(y + x[i % 3])
    return y * x[1]


@case(X3, 0)
@njit
def ck_if_2(x, c):
    y = x[0]
    if c > 0:
        for i in fastad.checkpoint(6):
            y = math.sin(y + x[i % 3])
    return y * x[1]


@case(X3, 1)
@njit
def ex_if(x, c):
    b = 10.0
    if c > 0:
        for i in range(3):
            t = x[i] * x[i - 1]
            b = min(b, t)
    return b * x[1]


@case(X3, 0)
@njit
def ex_if_2(x, c):
    b = 10.0
    if c > 0:
        for i in range(3):
            t = x[i] * x[i - 1]
            b = min(b, t)
    return b * x[1]


@case(X3, 3, -3)
@njit
def b_max(x, n, lo):
    s = 0.0
    for r in range(3):
        for i in range(n):
            for j in range(max(lo, i - 5), n):
                t = math.exp(0.1 * x[j] * x[i])
                t = t * x[r]
                s += t * t
    return s


@case(X3, 3)
@njit
def b_prod(x, n):
    s = 0.0
    for r in range(3):
        for i in range(n):
            for j in range((i - 2) * (r - 2) + 1):
                t = math.exp(0.1 * x[j % 3] * x[i])
                t = t * x[r]
                s += t * t
    return s


@case(X3, 3)
@njit
def b_sub(x, n):
    s = 0.0
    for r in range(3):
        for i in range(n):
            m = n - i
            for j in range(m - r, n - i + 1):
                t = math.exp(0.1 * x[j % 3] * x[i])
                t = t * x[r]
                s += t * t
    return s


@case(X3, 3)
@njit
def b_neg(x, n):
    s = 0.0
    for r in range(-3, 0):
        for i in range(n):
            for j in range(-r * i):
                t = math.exp(0.1 * x[j % 3] * x[i])
                t = t * x[r]
                s += t * t
    return s


@case(X3, 3)
@njit
def b_neg2(x, n):
    s = 0.0
    for r in range(-3, 0):
        for i in range(n):
            for j in range(r * r):
                t = math.exp(0.1 * x[j % 3] * x[i])
                t = t * x[r]
                s += t * t
    return s


@case(X3, 3, -1)
@njit
def b_param(x, n, k):
    s = 0.0
    for r in range(3):
        for i in range(n):
            for j in range(k * i, n):
                t = math.exp(0.1 * x[j % 3] * x[i])
                t = t * x[r]
                s += t * t
    return s


@case(X3, 3)
@njit
def b_shadow(x, n):
    s = 0.0
    for r in range(3):
        m = 1
        if r == 1:
            m = n
        for i in range(m):
            for j in range(m):
                t = math.exp(0.1 * x[j % 3] * x[i])
                t = t * x[r]
                s += t * t
    return s


@case(X3, 3)
@njit
def b_step(x, n):
    s = 0.0
    for r in range(3):
        for i in range(n - 1, -1, -1):
            for j in range(i):
                t = math.exp(0.1 * x[j % 3] * x[i])
                t = t * x[r]
                s += t * t
    return s


@case(X3, 3)
@njit
def b_cond(x, n):
    s = 0.0
    for r in range(3):
        for i in range(n):
            k = i
            if x[i] > 1.0:
                for j in range(k + r):
                    t = math.exp(0.1 * x[j % 3] * x[i])
                    t = t * x[r]
                    s += t * t
            else:
                for j in range(2 - r):
                    t = math.sin(0.1 * x[j % 3] * x[i])
                    t = t * t * x[r]
                    s += t * t
    return s


@case(X6, 3)
@njit
def b_glob(x, n):
    s = 0.0
    for i in range(n):
        for j in range(x.shape[0] - i * 2):
            t = math.exp(0.1 * x[j % 3] * x[i])
            t = t * t
            s = s * 0.5 + t * t
    return s


@case(X3, 3, -1)
@njit
def b_param2(x, n, k):
    s = 1.0
    for i in range(n):
        for j in range(n + k * i):
            t = math.exp(0.1 * x[j % 3] * x[i])
            s = s * 0.5 + t * t * s
    return s


@case(X3)
@njit
def ck_a(x):
    y = x.copy()
    w = np.zeros(3)
    s = 1.0
    for i in fastad.checkpoint(20, 2):
        for j in range(i % 3 - 1):
            w[0] = y[1] * s
        s = math.sin(s * 0.7 + w[0] * y[0])
        y[i % 3] = math.sin(s + y[2])
    return s


@case(X3)
@njit
def ck_b(x):
    y = x.copy()
    w = np.zeros(3)
    s = 1.0
    for i in range(20):
        for j in range(i % 3 - 1):
            w[0] = y[1] * s
        s = math.sin(s * 0.7 + w[0] * y[0])
        y[i % 3] = math.sin(s + y[2])
    return s


@case(X3, np.array([0.5, 1.5, 0.8]))
@njit
def ck_p(x, c):
    w = np.zeros(1)
    s = 1.0
    for i in fastad.checkpoint(20, 2):
        for j in range(i % 3 - 1):
            w[0] = c[i % 3] + i
        s = math.sin(s * 0.7 + w[0] * x[i % 3])
    return s


@njit
def joint_sum2(a, t, n):
    total = a[n] * t
    r = total
    if n > 0:
        total += joint_sum2(a, r, n - 1)
    return total


@case(X3)
@njit
def use_js2(x):
    return joint_sum2(x, x[1], 2)


@njit
def joint_sum3(a, t, n):
    if n == 0:
        return a[0] * t
    s = a[n] * t
    for c in range(2):
        v = joint_sum3(a, s, n - 1)
        s += v
    return s


@case(X3)
@njit
def use_js3(x):
    return joint_sum3(x, x[1], 2)
