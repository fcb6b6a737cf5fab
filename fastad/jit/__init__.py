"""Compilation: by types, cached on disk, called by symbol; and what a function does when it runs.

* `generated` compiles the drivers' source, and keeps it under a name that `fingerprint` makes: the
  key of the cache on disk.
* `disk` says what is kept where, and keeps fastad out of other people's entries; `symbols` keeps
  processes apart; `separate` are functions that
  their callers call by symbol; `recursion` checks what Numba guesses of recursive functions.
* `effects` tells what a function changes, `libraries` what those of libraries do, `call_graph`
  which functions it may call.
"""

from . import disk  # noqa: F401  (what Numba's cache may keep)
