"""Reverse mode by a record of what was computed, swept backwards.

* `tape` has the `Tape`, which records derivatives and sweeps them (`recording`, `sweeps`); `replay`
  has the `ReplayTape`, which records operations and runs them again at other inputs
  (`interpreter`).
* `types` has Numba's types of Vars and of expressions, and the tape's control block; `push` writes
  an expression to a `Tape`, `trace` an operation to a `ReplayTape`.
* `overloads` and `linalg` give Vars their operations in compiled code, `var` in the interpreter.
"""

from . import linalg  # noqa: F401  (registers with Numba)
