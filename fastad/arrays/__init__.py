"""Operations on whole arrays: what they compute, their tangents and adjoints.

* `table` has a row for each operation with a rule; `linalg_formulas` and `reduction_formulas` have
  the compiled functions of the rows, written with `kernels` and `lu`.
* `broadcasting` writes loops over the items of several arrays.
* `forms`, `vector_forms` and `joins` have NumPy's functions written with operations that have
  rules: one form serves every mode. `own_source` reads a form's source again, for Jets and Vars.
* `writes` has writes through index arrays and masks, as loops.
* `complex_arrays` has functions of complex arrays, in terms of the arrays of their parts.
* The min and max over the items of an array (`np.max`) have no row. At a kink, where several items
  are tied, they share the derivative equally: ``_extreme`` of `reductions` for Jets and Vars;
  for source mode ``push_extreme`` of `fastad.source.tangent.arrays` and ``_pull_extreme`` of
  `fastad.source.runtime`. (`np.maximum` of two numbers is a row of `fastad.rules.table`.)
* `linalg_jets`, `reductions` and `rearrangements` are NumPy's functions for arrays of Jets and of
  Vars.
"""

from . import forms, joins, linalg_jets, rearrangements  # noqa: F401  (register with Numba)
