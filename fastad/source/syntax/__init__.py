"""The user's function as a syntax tree, made ready to be lowered.

* `trees` reads it; `closures` takes out the functions inside, `known_tests` what the types leave
  out; `comprehensions` become loops.
* `infer` gives each expression the type that Numba gives it.
* `complex_statements` makes of complex numbers pairs of real ones, by `complex_assignments`,
  `complex_expressions`, `complex_arithmetic` and `complex_calls`; `pairs` are their types.
"""
