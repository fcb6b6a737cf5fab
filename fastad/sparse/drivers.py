"""Sparse Jacobians and Hessians: detect the pattern, colour it, recover the entries.

One evaluation serves all variables of a colour, so a band costs its width and not its length.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numba
import numpy as np
import scipy.sparse
from numba.core.errors import NumbaError

from ..drivers.api import jacobian, jvp, vjp
from ..drivers.called import called
from ..drivers.second_order import hvp
from ..jit.call_graph import IN_THREADS, in_threads
from ..jit.effects import effects
from ..jit.generated import cache_folder
from ..modes import tape
from ..modes.request import NotTaken, Plan, internal_names, parameters_of, serial
from ..numbers.arrays import empty_array
from ..refusals import Refusal, reason
from ..rules.codegen import compile_source
from . import pattern as sparsity
from .coloring import color_columns, color_star

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .._typing import ScalarOf

    Pattern: TypeAlias = ArrayLike | scipy.sparse.sparray | scipy.sparse.spmatrix


def sparse_jacobian(
    f: Callable[..., Any], argnum: int = 0, *, pattern: Pattern | None = None, check: bool = True
) -> SparseJacobian:
    """Return a function of the Jacobian as a sparse matrix.

    Parameters
    ----------
    f : callable
        A plain Python or @njit function; its result is an array (m,) or a tuple of floats.
    argnum : int, default 0
        The parameter to differentiate by, an array (n,).
    pattern : sparse matrix or array_like (m, n), optional
        The entries that may be other than zero.  Detected by default.
    check : bool, default True
        Whether each Jacobian is compared with one product J v, v random.  Where they
        differ, a branch was taken that the pattern does not know: it is then widened by the
        one detected at this point.

    Returns
    -------
    SparseDerivative
        ``g(*args)``, a `scipy.sparse.csr_array` (m, n), to be called from Python.

    Notes
    -----
    The pattern is that of the operations f did at a point (and of the points before): an
    entry that is zero by chance stays in it.  Detection costs a recording and n / 64 passes
    over it.  Columns that share no row get one colour and one direction (Curtis, Powell and
    Reid 1974); or rows that share no column, one sweep back, where that takes fewer.

    Examples
    --------
    >>> import numpy as np
    >>> from fastad import sparse_jacobian
    >>> def laplacian(u):
    ...     out = np.empty_like(u)
    ...     n = len(u)
    ...     for i in range(n):
    ...         left = u[i - 1] if i > 0 else 0.0
    ...         right = u[i + 1] if i < n - 1 else 0.0
    ...         out[i] = left - 2.0 * u[i] + right
    ...     return out
    >>> g = sparse_jacobian(laplacian)
    >>> j = g(np.zeros(1000))
    >>> j.nnz, g.n_colors, j[0, :2].toarray()
    (2998, 3, array([-2.,  1.]))
    """
    return SparseJacobian(f, argnum, pattern, check)


def sparse_hessian(
    f: ScalarOf[...], argnum: int = 0, *, pattern: Pattern | None = None, check: bool = True
) -> SparseHessian:
    """Return a function of the Hessian of a scalar function as a sparse matrix.

    Parameters
    ----------
    f : callable
        A plain Python or @njit function that returns one float.
    argnum : int, default 0
        The parameter to differentiate by, an array (n,).
    pattern, check
        As in `sparse_jacobian`; the pattern is symmetric.

    Returns
    -------
    SparseDerivative
        ``g(*args)``, a symmetric `scipy.sparse.csr_array` (n, n).

    Notes
    -----
    Star colouring (Coleman and Moré 1984): one Hessian-vector product for each colour, and
    every entry read off one of them.

    Examples
    --------
    >>> import numpy as np
    >>> from fastad import sparse_hessian
    >>> def arrow(x):
    ...     return np.sum(x**2) * 1.0 + x[0] * np.sum(x)
    >>> g = sparse_hessian(arrow)
    >>> g(np.ones(100)).nnz, g.n_colors
    (298, 2)
    """
    return SparseHessian(f, argnum, pattern, check)


class SparseDerivative:
    """A function of a sparse derivative, with the pattern found so far.

    Attributes
    ----------
    pattern : scipy.sparse.csr_array of bool, or None before the first call
    colors : array of int, or None
        The colour of each column (of each row where ``by_rows``).
    n_colors : int
        Evaluations for one matrix, those of the check left out.
    """

    argnum: int
    pattern: scipy.sparse.csr_array | None
    colors: NDArray[np.integer[Any]] | None

    by_rows = False
    _what = "sparse derivative"

    def __init__(self, f: Callable[..., Any], argnum: int, pattern: Any, check: bool) -> None:
        names = parameters_of(f)[0]
        if isinstance(argnum, bool) or not isinstance(argnum, int):
            raise TypeError(f"argnum must be an int, got {argnum!r}")
        if not -len(names) <= argnum < len(names):
            raise ValueError(f"argnum {argnum} is out of range: f has the parameters {names}")
        self.argnum = argnum % len(names)
        threads = in_threads(f)
        if threads:
            raise TypeError(f"fastad: {threads} {IN_THREADS}")
        self._f = serial(f)
        self._defaults = parameters_of(f)[1]
        self._plan = Plan("jacobian", self._f, self.argnum, tape.NAME, written=f)
        self._made: dict[Any, Any] = {}  # (what for, types of arguments) -> function made for them
        self._given, self._check = pattern is not None, check
        self._random = np.random.default_rng(0)
        self.pattern = self.colors = None
        self._seen: set[Any] = set()  # types of arguments with which f changes nothing
        if pattern is not None:
            pattern = scipy.sparse.csr_array(pattern, dtype=bool, copy=True)
            pattern.sum_duplicates()
            pattern.data[:] = True  # what is stored, whatever its value
            self._check_given(pattern)
            self._adopt(pattern)

    def __repr__(self) -> str:
        what = f"{self._what} of {self._plan.name} by {self._plan.variables[0]}"
        if self.pattern is None:
            return f"<{what}: not called yet>"
        rows, columns = self.pattern.shape
        by = "rows" if self.by_rows else "columns"
        found = f"{self.pattern.nnz} entries, {self.n_colors} colours of {by}"
        return f"<{what}: {rows} x {columns}, {found}>"

    @property
    def n_colors(self) -> int:
        return 0 if self.colors is None or not self.colors.size else int(self.colors.max()) + 1

    def __call__(self, *args: Any) -> scipy.sparse.csr_array:
        args = self._with_defaults(args)
        x = args[self.argnum]
        if not isinstance(x, np.ndarray) or x.ndim != 1 or x.dtype.kind != "f":
            raise TypeError(
                f"argument {self.argnum} must be an array of floats of shape (n,), got "
                f"{type(x).__name__} {getattr(x, 'shape', '')} {getattr(x, 'dtype', '')}"
            )
        x = args[self.argnum] = x.astype(float)
        self._refuse_effects(args)
        shape = self._rows(args, x), x.size
        if self.pattern is None or self.pattern.shape != shape:
            if self._given:
                raise ValueError(
                    f"the pattern given has the shape {self.pattern.shape}, the derivative {shape}"  # type: ignore[union-attr]
                )
            self._adopt(self._detect(args, x))
        matrix = self._recover(args, x)
        if self._check and not self._agrees(matrix, args, x):
            disagrees = "the sparse derivative disagrees with one along a random direction: "
            if self._given:
                raise RuntimeError(disagrees + "the pattern given lacks entries")
            found = self._detect(args, x)
            if (found > self.pattern).nnz == 0:
                raise RuntimeError(disagrees + "a derivative here is infinite, or f not smooth")
            self._adopt((found + self.pattern).astype(bool))
            matrix = self._recover(args, x)
        return matrix

    def _with_defaults(self, args):
        """Return the arguments of a call as a list, with the defaults of those left out."""
        names = parameters_of(self._f)[0]
        missing = names[len(args) :]
        if len(args) > len(names) or any(n not in self._defaults for n in missing):
            raise TypeError(
                f"{self._f.__name__} takes the arguments ({', '.join(names)}), got {len(args)}"
            )
        return [*args, *(self._defaults[n] for n in missing)]

    def _check_given(self, pattern):
        """Refuse a pattern that cannot be this derivative's."""

    def _rows(self, args, x):
        return x.size

    def _refuse_effects(self, args):
        """Refuse a function that changes what the next of several calls would find."""
        kinds = tuple(map(numba.typeof, args))
        if kinds in self._seen:
            return
        found = effects(self._f, dict(zip(parameters_of(self._f)[0], kinds, strict=False)))
        if found.written:  # of a function that does not compile all that it takes is said to be
            itself = self._plan.does_not_compile(
                dict(zip(self._plan.parameters, kinds, strict=True))
            )
            if itself is not None:
                raise Refusal(
                    f"fastad: Numba does not compile {self._plan.described} itself: "
                    f"{reason(itself, str(cache_folder()))}"
                )
        if found.random or found.written:
            what = (
                f"writes into {min(found.written)!r}" if found.written else "draws random numbers"
            )
            raise TypeError(
                f"fastad: a sparse derivative takes several calls of f, which {what}; let it work "
                "on a copy, or draw before"
            )
        self._seen.add(kinds)

    def _for(self, make, args):
        """Return what ``make(f, argnum)`` makes of f, or of f lowered for the types of args.

        It is lowered where f writes what is recorded into arrays of floats that it makes.
        """
        kinds = tuple(map(numba.typeof, args))
        if (make, kinds) not in self._made:
            named = dict(zip(self._plan.parameters, kinds, strict=True))
            try:
                function, _ = called(self._plan, tape.NAME, named, {})
            except NotTaken as error:
                raise Refusal(f"fastad: {self._plan.described}: {error}") from None
            self._made[make, kinds] = make(function, self.argnum)
        return self._made[make, kinds]

    def _record(self, args, x):
        """Return the recording of f at a point; see `pattern.record`."""
        recorder = self._for(sparsity.recorder, args)
        try:
            return sparsity.record(recorder, args, x)
        except (NumbaError, NotTaken) as error:
            why = reason(error, str(cache_folder()))
            raise Refusal(
                f"fastad: cannot detect the pattern of {self._plan.described}: {why}; give it by "
                "pattern="
            ) from None

    def _agrees(self, matrix, args, x):
        direction = self._random.uniform(0.5, 1.5, x.size)
        wanted = self._product(args, x, direction)
        got = matrix @ direction
        size = abs(matrix) @ direction + abs(wanted)
        return not np.any(abs(got - wanted) > 1e-9 * size)

    def _adopt(self, pattern):
        self.pattern = pattern
        self.pattern.sort_indices()
        self._colour()


class SparseJacobian(SparseDerivative):
    """See `sparse_jacobian`."""

    _what = "sparse Jacobian"

    def __init__(
        self, f: Callable[..., Any], argnum: int, pattern: Pattern | None, check: bool
    ) -> None:
        super().__init__(f, argnum, pattern, check)
        self._jvp = jvp(self._f, self.argnum)
        self._vjp = vjp(self._f, self.argnum)

    def _rows(self, args, x):
        result = self._f(*args)
        if np.ndim(result) != 1:
            raise TypeError(
                f"sparse_jacobian needs a function that returns an array of shape (m,), this one "
                f"returns {type(result).__name__} {getattr(result, 'shape', '')}; for a number use "
                "grad, for other shapes .ravel()"
            )
        return len(result)

    def _detect(self, args, x):
        record, outputs = self._record(args, x)
        rows, columns = sparsity.jacobian_pattern(*record, outputs, sparsity.STRUCTURE)
        ones = np.ones(rows.size, dtype=bool)
        return scipy.sparse.csr_array((ones, (rows, columns)), (outputs.size, x.size))

    def _colour(self):
        by_row, by_column = self.pattern, self.pattern.tocsc()
        self.colors = color_columns(
            by_row.indptr, by_row.indices, by_column.indptr, by_column.indices
        )
        self.by_rows = False
        rows = color_columns(by_column.indptr, by_column.indices, by_row.indptr, by_row.indices)
        # A sweep back with its recording costs as much as a dozen directions of a pass.
        if 12 * (rows.max(initial=-1) + 1) < self.n_colors:
            self.colors, self.by_rows = rows, True

    def _product(self, args, x, direction):
        return np.ravel(self._jvp(*args, direction)[1])

    def _recover(self, args, x):
        rows, columns = self.pattern.nonzero()
        if self.by_rows:
            shape = (self.n_colors, x.size)
            products = np.empty(shape)
            for c in range(self.n_colors):
                products[c] = self._vjp(*args, (self.colors == c).astype(float))[1]
            values = products[self.colors[rows], columns]
        else:
            t = np.zeros(self.n_colors)
            products = self._for(_compressed, args)(t, self.colors, *args)
            values = products[rows, self.colors[columns]]
        return scipy.sparse.csr_array((values, (rows, columns)), self.pattern.shape)


def _compressed(f, argnum):
    """Return a function of the Jacobian's products with the 0-1 matrix of the colours."""
    return jacobian(_by_color(f, argnum), 0, mode="forward")


class SparseHessian(SparseDerivative):
    """See `sparse_hessian`."""

    _what = "sparse Hessian"

    def __init__(
        self, f: Callable[..., Any], argnum: int, pattern: Pattern | None, check: bool
    ) -> None:
        super().__init__(f, argnum, pattern, check)
        self._hvp = hvp(self._f, self.argnum)

    def _check_given(self, pattern):
        if pattern.shape[0] != pattern.shape[1] or (pattern != pattern.T).nnz:
            raise ValueError("the pattern of a Hessian is symmetric: give both of its triangles")

    def _detect(self, args, x):
        record, outputs = self._record(args, x)
        if outputs.size != 1:
            raise TypeError("sparse_hessian needs a function that returns one float")
        rows, columns = sparsity.hessian_pattern(*record, outputs[0], sparsity.STRUCTURE)
        ones = np.ones(rows.size, dtype=bool)
        return scipy.sparse.csr_array((ones, (rows, columns)), (x.size, x.size))

    def _colour(self):
        self.colors = color_star(self.pattern.indptr, self.pattern.indices)

    def _product(self, args, x, direction):
        return self._hvp(*args, direction)

    def _recover(self, args, x):
        products = np.empty((x.size, self.n_colors))
        for c in range(self.n_colors):
            products[:, c] = self._hvp(*args, (self.colors == c).astype(float))
        rows, columns = self.pattern.nonzero()
        # How many neighbours of each row have each colour: an entry alone in its colour is
        # read from its own row, else it is alone in its mirror image's.
        one_hot = scipy.sparse.csr_array(
            (np.ones(x.size), (np.arange(x.size), self.colors)), (x.size, self.n_colors)
        )
        shared = (self.pattern.astype(float) @ one_hot).toarray()
        alone = shared[rows, self.colors[columns]] == 1
        values = np.where(
            alone, products[rows, self.colors[columns]], products[columns, self.colors[rows]]
        )
        return scipy.sparse.csr_array((values, (rows, columns)), self.pattern.shape)


def _by_color(f, argnum):
    """Return a function of one number for each colour, added to all items of x of it."""
    names = [*internal_names(parameters_of(f)[0]).values()]
    called = ", ".join("moved_" if i == argnum else p for i, p in enumerate(names))
    source = (
        f"def by_color(t_, colors_, {', '.join(names)}):\n"
        f"    moved_ = spread_(t_, colors_, {names[argnum]})\n"
        f"    return f_({called})\n"
    )
    return compile_source(source, "by_color", {"f_": f, "spread_": spread})


def spread(t, colors, x):
    """Return ``x + t[colors]`` (compiled code)."""
    raise NotImplementedError


@numba.extending.overload(spread)
def _spread(t, colors, x):
    item = t.dtype

    def implementation(t, colors, x):
        out = empty_array(item, (x.size,))
        for i in range(x.size):
            out[i] = t[colors[i]] + x[i]
        return out

    return implementation
