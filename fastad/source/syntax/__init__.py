"""The user's function as a syntax tree, made ready to be lowered.

* `trees` reads the tree; `closures` takes out the functions defined inside; `known_tests` drops
  branches that the types of the arguments rule out; `comprehensions` turns these into loops.
* `infer` gives each expression the type that Numba infers.
* `complex_statements` turns complex numbers into pairs of real ones, with `complex_assignments`,
  `complex_expressions`, `complex_arithmetic` and `complex_calls`; `pairs` has the types of pairs.
"""
