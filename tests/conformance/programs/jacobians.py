"""tall, wide, matrix-valued, tuple-valued, by two arguments"""

import numpy as np
from numba import njit

from fastad import jacobian


@njit
def tall(x):
    out = np.empty_like(np.zeros(7) + x[0])
    for i in range(7):
        out[i] = x[0] ** i * x[1]
    return out


@njit
def wide(x):
    return np.array([np.sum(x * x), x[3]])


@njit
def mat(x):
    return np.outer(x, x)


@njit
def tup(x, y):
    return x[0] * y, x[1] + y * y


def custom(mode):
    x2 = np.array([2.0, 3.0])
    x20 = np.arange(20.0)
    k = np.arange(7)
    for nm, fn, a, w in (
        ("tall", tall, (x2,), np.stack([k * 2.0 ** (k - 1.0) * 3, 2.0**k], 1)),
        ("wide", wide, (x20,), np.stack([2 * x20, np.eye(20)[3]])),
        (
            "mat",
            mat,
            (x2,),
            np.einsum("ik,j->ijk", np.eye(2), x2) + np.einsum("jk,i->ijk", np.eye(2), x2),
        ),
    ):
        try:
            r = jacobian(fn, mode=mode)(*a)
            yield f"{mode} {nm}", np.allclose(r, w), r
        except Exception as e:
            yield f"{mode} {nm}", False, f"{type(e).__name__}: {str(e)[:300]}"
    try:
        r = jacobian(tup, (0, 1), mode=mode)(x2, 5.0)
        yield (
            f"{mode} tup",
            np.allclose(r[0], [[5.0, 0], [0, 1]]) and np.allclose(r[1], [2.0, 10.0]),
            r,
        )
    except Exception as e:
        yield f"{mode} tup", False, f"{type(e).__name__}: {str(e)[:300]}"
