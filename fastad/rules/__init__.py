"""The formula sheet: what each operation on numbers computes, and its partial derivatives.

* `table` has the rows, with long `partials` apart; `primals` what they compute on plain numbers.
* `terms` says what a partial derivative is, and by which product a tangent is multiplied: which
  zeros are strong.
* `codegen` makes of a row what Numba compiles for a kind of number.
* `complex_formulas` are functions of complex numbers by their parts.
* `functions` are the operations by name, as users call them: ``fastad.sin``.
"""

from .table import BY_NAME, RULES, Rule

__all__ = ["BY_NAME", "RULES", "Rule"]
