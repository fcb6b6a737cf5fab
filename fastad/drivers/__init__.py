"""From a function to the function of its derivative: which mode, and why.

* `api` is what users call: grad, jacobian, hessian ...; `choose` tries the modes in their order.
* `source`, `by_size` and `replayed` are modes beside those of :mod:`fastad.modes`.
"""
