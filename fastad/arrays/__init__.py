"""Operations on whole arrays: what they compute, their tangents and adjoints.

* `table` has a row for each operation with a rule; `linalg_formulas` and `reduction_formulas` are
  the compiled functions that it names, written with `kernels` and `lu`.
* `broadcasting` writes loops over the items of several arrays.
* `linalg_jets`, `reductions`, `rearrangements` and `joins` are NumPy's functions for arrays of Jets
  and of Vars.
"""

from . import joins, linalg_jets, rearrangements  # noqa: F401  (register with Numba)
