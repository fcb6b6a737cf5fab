"""The derivative rules of whole-array operations: one table, formulas as compiled functions.

It is to operations on arrays what :mod:`fastad.rules.table` is to operations on numbers.  Its
functions are written once, for floats and for Jets: on arrays of floats they compute the first
derivative; on arrays of Jets, where ``@`` and ``np.linalg`` find their rules in this same table,
the second and higher ones.

Notation: ``r`` is the result; ``x_dot`` a tangent, ``x_bar`` an adjoint (the derivative of the
final result by x), both in the shape of x.  A tangent function takes *all directions at once*,
``x_dots`` with a leading axis, so that one factorisation serves them all; None for an argument
that does not move.

The largest and the smallest item (`np.max`) have no row; see the front page of `fastad.arrays`.

Conventions
-----------
* Φ halves the diagonal of the lower triangle; Fᵢⱼ = 1 / (wⱼ - wᵢ), and 0 on the diagonal.
* `cholesky` and `eigh` read the lower triangle of their argument, as NumPy does: the
  derivative by an entry above the diagonal is 0, and an entry below it counts twice.
* `norm` at the origin has derivative 0, the subgradient of least norm (as ``hypot``).
* `eigh` at repeated eigenvalues (closer than n eps times the largest): the eigenvectors have
  no derivative there, so theirs is NaN, unless it is multiplied by a strong zero.  The derivative
  of the eigenvalues along A_dot is the diagonal of ``V.T @ A_dot @ V``: right for functions that
  are symmetric in the repeated ones, such as their sum; one by one they have no derivative.
* `det` has a derivative at a singular matrix too, the matrix of cofactors; its second
  derivative there is refused, as the derivatives of `inv`, `solve` and `slogdet` are.

References
----------
Giles, M. B., "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation", Advances in Automatic Differentiation, Springer 2008.
Murray, I., "Differentiation of the Cholesky decomposition", arXiv:1602.07527, 2016.
Magnus, J. R., "On differentiating eigenvalues and eigenvectors", Econometric Theory 1, 1985.
"""

from collections.abc import Callable
from typing import NamedTuple

import numba

from . import linalg_formulas as matrix
from . import reduction_formulas as reduction


class ArrayRule(NamedTuple):
    """One differentiable operation on arrays.

    Parameters
    ----------
    name : str
    overloads : tuple of str
        What programs call it: ``"np.linalg.solve"``, ``"operator.matmul"``.
    primal : callable
        The operation, ``primal(*arguments) -> r``; r may be a tuple of arrays.
    tangent : callable
        ``tangent(*arguments, r, *dots) -> r_dots``, all with a leading axis of directions.
    adjoint : callable
        ``adjoint(*arguments, r, r_bar) -> bars``: the adjoint of the argument, or a tuple of those
        of several arguments.
    alone : tuple of callable
        For several arguments: functions that compute the adjoint of one of them only.
    formula : str
        The tangent, then the adjoint, for readers.
    """

    name: str
    overloads: tuple
    primal: Callable
    tangent: Callable
    adjoint: Callable
    alone: tuple = ()
    formula: str = ""

    @property
    def arity(self):
        """Number of arguments."""
        return max(1, len(self.alone))


def _rule(module, name, overloads, formula):
    """Return the row made of a module's functions f, f_dot, f_bar, and f_bar_a, f_bar_b if any."""
    suffixes = [s for s in ("_bar_a", "_bar_b") if hasattr(module, name + s)]
    function, tangent, adjoint, *alone = (
        numba.njit(getattr(module, name + suffix)) for suffix in ("", "_dot", "_bar", *suffixes)
    )
    return ArrayRule(
        name, tuple(overloads.split()), function, tangent, adjoint, tuple(alone), formula
    )


RULES = {
    row[1]: _rule(*row)
    for row in (
        (matrix, "dot", "np.dot operator.matmul", "dA B + A dB;  A' = R' Bᵀ, B' = Aᵀ R'"),
        (matrix, "outer", "np.outer", "da bᵀ + a dbᵀ;  a' = R' b, b' = R'ᵀ a"),
        (matrix, "trace", "np.trace", "tr(dA);  A' = r' I"),
        (matrix, "solve", "np.linalg.solve", "A⁻¹ (dB - dA R);  B' = A⁻ᵀ R', A' = -B' Rᵀ"),
        (matrix, "inv", "np.linalg.inv", "-R dA R;  A' = -Rᵀ R' Rᵀ"),
        (matrix, "det", "np.linalg.det", "<cof A, dA>;  A' = r' cof A"),
        (matrix, "slogdet", "np.linalg.slogdet", "tr(A⁻¹ dA);  A' = r' A⁻ᵀ"),
        (matrix, "cholesky", "np.linalg.cholesky", "R Φ(R⁻¹ dA R⁻ᵀ);  A' = R⁻ᵀ Φ(Rᵀ R') R⁻¹"),
        (
            matrix,
            "eigh",
            "np.linalg.eigh",
            "M = Vᵀ dA V: dw = diag M, dV = V (M∘F);  A' = V (diag w' + VᵀV'∘F) Vᵀ",
        ),
        (matrix, "norm", "np.linalg.norm", "<A, dA> / r;  A' = r' A / r"),
        (reduction, "sum", "np.sum", "Σ dA;  A' = r'"),
        (reduction, "mean", "np.mean", "Σ dA / n;  A' = r' / n"),
        (reduction, "prod", "np.prod", "Σᵢ dAᵢ pᵢ;  Aᵢ' = r' pᵢ, the product of all j ≠ i"),
        (reduction, "cumsum", "np.cumsum", "Σ dAⱼ, j ≤ i;  Aⱼ' = Σ rᵢ', i ≥ j"),
        (reduction, "diag", "np.diag", "diag(dA);  A' = diag(r')"),
        (reduction, "logsumexp", "fastad.logsumexp", "<exp(A - r), dA>;  A' = r' exp(A - r)"),
    )
}
