"""One trial: a public function, its derivative by fastad, and differences of the function."""

import contextlib
import copy
import io
import warnings

import numpy as np

import fastad

from .arguments import candidates

STEPS = 10.0 ** np.arange(-1.5, -6.5, -0.5)
COORDINATES = 40


class Point:
    """Arguments at which a function runs, and which of them it is differentiated by."""

    def __init__(self, function, arguments):
        self.function, self.arguments = function, list(arguments)
        self.argnums = tuple(k for k, a in enumerate(self.arguments) if is_float(a))
        self.narrow = any(_narrow(self.arguments[k]) for k in self.argnums)
        self.result, self.filled = self._first_call()
        self.value = self.at(self.arguments)

    def _first_call(self):
        given = copy.deepcopy(self.arguments)
        result = self.function(*given)
        pairs = zip(self.arguments, given, strict=True)
        arrays = ((k, a, b) for k, (a, b) in enumerate(pairs) if isinstance(a, np.ndarray))
        changed = [k for k, a, b in arrays if not _same(a, b)]
        return result, changed if result is None else []

    def at(self, arguments):
        """Return the floats of the result as one vector."""
        given = copy.deepcopy(arguments)
        result = self.function(*given)
        return flat([given[k] for k in self.filled] if self.filled else result)

    def moved(self, k, item, step):
        """Return the vector of results where one number of an argument is moved."""
        arguments = copy.deepcopy(self.arguments)
        if np.ndim(arguments[k]):
            arguments[k].flat[item] += step
        else:
            arguments[k] = type(arguments[k])(arguments[k] + step)
        return self.at(arguments)

    def up_close(self, weights, k, item):
        """Return differences in steps that are too small for most functions."""
        size = max(1e-3, abs(float(np.ravel(self.arguments[k])[item])))
        return [
            weights @ (self.moved(k, item, h) - self.moved(k, item, -h)) / (2 * h)
            for h in (1e-7 * size, 3e-8 * size)
        ]

    def depends(self):
        """Tell whether the result is finite and a small step of some argument changes it."""
        if not self.value.size or not np.isfinite(self.value).all():
            return False
        step = 1e-2 if self.narrow else 1e-3
        return any(
            not _same(self.moved(k, item, step), self.value) for k, item in self.coordinates()
        )

    def coordinates(self):
        """Return (argument, item) of the numbers differentiated by, some if there are many."""
        every = [(k, i) for k in self.argnums for i in range(np.size(self.arguments[k]))]
        return every[:: max(1, -(-len(every) // COORDINATES))]

    def weights(self, rng):
        """Return a cotangent in the form of the result, and as one vector."""
        result = self.result
        if self.filled:
            result = tuple(self.arguments[k] for k in self.filled)
            result = result if len(result) > 1 else result[0]
        bar = _like(result, rng)
        return bar, flat(bar)


def is_float(a):
    return isinstance(a, float | np.floating) or (isinstance(a, np.ndarray) and a.dtype.kind == "f")


def _narrow(a):
    return getattr(a, "dtype", None) == np.float32


def _same(a, b):
    return np.array_equal(a, b, equal_nan=True)


def _like(result, rng):
    if isinstance(result, tuple):
        return tuple(_like(r, rng) for r in result)
    if isinstance(result, np.ndarray):
        return rng.uniform(0.5, 1.5, result.shape) * (result.dtype.kind == "f")
    return float(rng.uniform(0.5, 1.5)) if is_float(result) else 0.0


def flat(result):
    """Return all floats of a result as one vector."""
    if isinstance(result, tuple | list):
        return np.concatenate([np.zeros(0), *map(flat, result)])
    return np.ravel(np.asarray(result, dtype=float)) if is_float(result) else np.zeros(0)


def points(found, seed=0):
    """Yield points of a function, with the reason why there are no more as the last."""
    rng, why = np.random.default_rng(seed), ""
    for arguments in candidates(found, rng):
        try:
            point = Point(found.function, arguments.values())
            again = point.at(point.arguments)
        except Exception as error:
            why = why or f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
            continue
        if not _same(again, point.value):
            why = "random"
        elif point.depends():
            yield point
        else:
            why = (
                "no float argument"
                if not point.argnums
                else "no finite float of its result depends on a float argument"
            )
    yield why


def derivative(point, rng):
    """Return the gradient of a weighted sum of the results, the weights, and the driver."""
    if is_float(point.result) and not np.ndim(point.result):
        driver = fastad.grad(point.function, point.argnums)
        return driver, driver(*copy.deepcopy(point.arguments)), np.ones(1)
    driver = fastad.vjp(point.function, point.argnums)
    bar, weights = point.weights(rng)
    return driver, driver(*copy.deepcopy(point.arguments), bar)[1], weights


def compare(point, bars, weights):
    """Return how many partial derivatives are right, at kinks, and the wrong ones."""
    right, kinks, wrong = 0, 0, []
    for k, item in point.coordinates():
        got = float(np.ravel(bars[point.argnums.index(k)])[item])
        wanted, error, sides = difference(point, weights, k, item)
        if wanted == 0.0 != got:  # what is rounded to float32 inside stands still in small steps
            wanted, error, sides = difference(point, weights, k, item, still=False)
        size = abs(wanted) + abs(got) + 1e-6
        if error < 0.1 * size and abs(got - wanted) <= error:
            right += 1
        elif not error < 0.1 * size or min(sides) < got < max(sides):
            kinks += 1
        elif np.allclose(point.up_close(weights, k, item), got, rtol=1e-6, atol=1e-6 * size):
            kinks += 1  # a bisection: what it finds moves in small steps
        else:
            wrong.append((k, item, got, wanted, error))
    return right, kinks, wrong


def difference(point, weights, k, item, still=True):
    """Return a central difference, its error, and those of both sides.

    Of the steps, that at which three differences in a row agree best; rounding in float32, also
    inside of the function, takes a longer one than rounding in float64. Without ``still`` those in
    which nothing moves do not count.
    """
    size = max(1.0, abs(float(np.ravel(point.arguments[k])[item])))
    middle, found = weights @ point.value, []
    for h in STEPS * size:
        ahead, back = (weights @ point.moved(k, item, s * h) for s in (1.0, -1.0))
        found.append(((ahead - back) / (2 * h), (ahead - middle) / h, (middle - back) / h))
    found = np.array(found)
    found[~np.isfinite(found)] = np.inf
    if not still:
        found[found[:, 0] == 0.0] = np.inf
    with np.errstate(invalid="ignore"):
        apart = np.abs(np.diff(found[:, 0]))
        worst = np.maximum(apart[1:], apart[:-1])
    worst[~np.isfinite(worst)] = np.inf
    best = int(np.argmin(worst)) + 1
    magnitude = abs(found[best, 0]) + float(np.abs(weights) @ np.abs(point.value))
    return found[best, 0], 1e-7 * magnitude + 3.0 * worst[best - 1], found[best, 1:]


def run(found):
    """Return what a trial finds: a dictionary with ``verdict`` and what belongs to it."""
    warnings.simplefilter("ignore")
    try:
        return _found(found)
    except Exception as error:  # of arguments that the trial has no copy of, and the like
        return {"verdict": "not tried", "why": f"{type(error).__name__}: {error}"[:300]}


def _found(found):
    """Try points until one is not at kinks alone."""
    kept = {"verdict": "not tried"}
    for seed, point in enumerate(points(found)):
        if isinstance(point, str):
            return kept if seed else kept | {"why": point}
        with contextlib.redirect_stdout(io.StringIO()):
            kept = _judged(point, np.random.default_rng(seed))
        if kept["verdict"] not in ("kink",) or seed == 3:
            return kept
    return kept


def _judged(point, rng):
    try:
        driver, bars, weights = derivative(point, rng)
    except fastad.refusals.Refusal as error:
        return {"verdict": "refused", "why": str(error)}
    except fastad.refusals.Misuse as error:
        return {"verdict": "refused", "why": str(error)}
    except Exception as error:
        return {"verdict": "failed", "why": f"{type(error).__name__}: {error}"[:2000]}
    right, kinks, wrong = compare(point, bars, weights)
    said = {"mode": driver.mode, "why": driver.why, "right": right, "kinks": kinks}
    if wrong:
        return said | {"verdict": "wrong", "wrong": [list(map(float, w)) for w in wrong[:5]]}
    return said | {"verdict": "right" if right else "kink"}
