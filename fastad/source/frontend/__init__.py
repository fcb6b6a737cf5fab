"""From a Python function to the intermediate representation, in Python's order of evaluation.

* `lower` lowers a function by its parts. `scope` is what the parts share of one function; `unit` is
  what a function shares with those that are inlined into it.
* The parts: `single_statements` says which part takes which statement; `expressions`, `objects`
  (functions and types as values), `tuples`, `lists`, `arrays`, `calls`, `stores`, `indexed` (writes
  through index arrays), `targets` (assignments), `loops` and `exits` (break, continue, return).
* `dimensionless` rewrites arrays without dimensions, `fused` what Numba computes otherwise inside
  of expressions of arrays; `strictness` has the options of Numba's.
"""
