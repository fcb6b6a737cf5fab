"""Reverse mode by a record of what was computed, swept backwards.

* `types` is what compiled code knows of a tape, `push` and `trace` how it is written to.
* `overloads`, `linalg` and `var` give numbers on a tape their operations.
* `tape` records and sweeps; `replay` does a recording again at other inputs, by `interpreter`.
"""

from . import linalg  # noqa: F401  (registers with Numba)
