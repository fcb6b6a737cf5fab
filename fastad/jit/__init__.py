"""Compilation, by types, and the cache on disk; and what a function does when it runs.

* `generated` compiles the drivers' source, and says of what the key of the cache on disk is made;
  `fingerprint` is the part of the key that stands for the user's function.
* `disk` opens fastad's part of the cache, and keeps fastad's types out of Numba's own.
* `symbols` keeps the symbols of two processes apart; `separate` compiles functions once, to be
  called by address; `recursion` checks what Numba guesses of recursive functions.
* `effects` tells what a function changes, `libraries` what library functions change, `call_graph`
  which functions a function may call.
"""

from . import disk  # noqa: F401  (what Numba's cache may keep)
