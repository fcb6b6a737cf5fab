"""The formula sheet: what each operation on numbers computes, and its partial derivatives.

* `table` has the rows, `partials` the longest of their formulas; `primals` has the functions that
  the rows compute, for plain numbers.
* `terms` turns a row into the terms of its derivative, and says by which product a partial and a
  tangent are multiplied: which zeros are strong.
* `codegen` makes of a row the source that Numba compiles for a kind of number.
* `complex_formulas` has functions of complex numbers, in terms of their parts.
* `functions` has the operations by name, as users call them: ``fastad.sin``.
"""

from .table import BY_NAME, RULES, Rule

__all__ = ["BY_NAME", "RULES", "Rule"]
