"""Optional peers, one function each; a peer that is not installed is skipped with the reason.

`mixtures` and `derivatives` hold the functions.  A peer runs in a process of its own
(`process`), under another interpreter if need be: some peers cannot share an environment.
``python -m benchmarks.peers`` compares them all; see docs/benchmarks.md.
"""
