"""two lambdas on one line, lists of lambdas, lambda as argument"""

import numpy as np

from fastad import grad

fs = [lambda x: x * x, lambda x: x * x * x]
a, b = (lambda x: 2.0 * x), (lambda x: 5.0 * x)


def custom(mode):
    for k, (fn, w) in enumerate([(fs[0], 6.0), (fs[1], 27.0), (a, 2.0), (b, 5.0)]):
        try:
            r = grad(fn, mode=mode)(3.0)
            yield f"{mode}{k}", np.isclose(r, w), r
        except Exception as e:
            yield f"{mode}{k}", False, f"{type(e).__name__}: {str(e)[:300]}"
    try:
        r = grad(lambda x: x**4, mode=mode)(1.0) + 10 * grad(lambda x: x**5, mode=mode)(1.0)
        yield f"{mode} inline", np.isclose(r, 54.0), r
    except Exception as e:
        yield f"{mode} inline", False, f"{type(e).__name__}: {str(e)[:300]}"
