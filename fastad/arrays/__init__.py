"""Operations on whole arrays: what they compute, their tangents and adjoints.

* `table` has a row for each operation with a rule; `linalg_formulas` and `reduction_formulas` are
  the compiled functions that it names, written with `kernels` and `lu`.
* `broadcasting` writes loops over the items of several arrays.
* `forms` are NumPy's functions written by operations that have rules, for every mode; `joins` puts
  arrays together. `own_source` reads a form's source again, for Jets and Vars.
* `complex_arrays` are functions of arrays of complex numbers by the arrays of their parts.
* min and max over items, whose ties share, have no row: they are in `reductions` for Jets and Vars,
  in `fastad.source.runtime` for the adjoints of source transformation.
* `linalg_jets`, `reductions` and `rearrangements` are NumPy's functions for arrays of Jets and of
  Vars.
"""

from . import forms, joins, linalg_jets, rearrangements  # noqa: F401  (register with Numba)
