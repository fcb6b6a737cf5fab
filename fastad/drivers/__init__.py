"""From a function to the function of its derivative: which mode, and why.

* `api` has the drivers that users call: grad, jacobian ...; `second_order` hessian and hvp.
* `choose` says which modes are tried, in which order (`preferences`), and takes the first that
  works; `called` finds the function that the code of a mode calls.
* `source`, `by_size` and `replayed` are modes beside those of :mod:`fastad.modes`.
* `packed` takes apart arguments that are tuples; `inside` has the rule of a driver that a
  differentiated function calls; `warm` compiles a driver ahead of time.
"""
