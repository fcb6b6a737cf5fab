"""vgvassilev/clad#851: a loop left at its first turn by break: du = 3 terms lost"""

from numba import njit


@njit
def f(u, v):
    r = 0.0
    for i in range(1, 5):
        if i == 3:
            continue
        r += i * u * v
        if u > 2.5 and i == 2:
            break
    return r


argnums = (0, 1)
points = [((3.0, 5.0), (15.0, 9.0)), ((1.0, 5.0), (7 * 5.0, 7.0))]
all_njit = True
