"""Arithmetic on panels of rows at the CPU's full rate.

* `panels` and `tiles` are the layouts and the innermost loops; `products` are made of them, and
  `exp_log` are exponentials and logarithms that vectorise.
* `compiled` keeps the code on disk where there is a place for it.
"""

from . import compiled  # noqa: F401  (it hashes the source, for the disk cache)
