"""What the parts of the lowering share of one function: its names, and the statements so far."""

import ast
import builtins
import enum

import numpy as np
from numba.core import types

from ..ir import callees as known
from ..ir.expressions import constant, typed
from ..ir.statements import Assign, Unsupported


class Part:
    """A part of the lowering of a function.

    Attributes
    ----------
    parts : Lower
        The lowering, whose attributes are the other parts.
    scope : Scope
    """

    def __init__(self, parts):
        self.parts, self.scope = parts, parts.scope


class Scope:
    """The names of a function that is lowered, and where statements go.

    Attributes
    ----------
    unit : Unit
        Of the function that is differentiated; called functions are inlined into it.
    stack : tuple of functions
        The callers of this function, the outermost first.
    globals : dict of str to object
    local : set of str
        The names that the function binds.
    rename : dict of str to str, ast.expr or tuple
        The function's name -> what stands for it in the unit: a variable, an expression, or for a
        tuple a variable for each item.
    tuples : set of str
        The variables that hold tuples with floats or arrays.
    out : list of statements
        The block that is being lowered.
    loops : list of (str, str)
        For each loop around: the flag of ``break``, and the flag of ``continue``.
    results : list of str
    returned_flag : str or None
        The variable that says that the function has returned.
    lazy : bool
        Whether the expression that is being lowered is evaluated on some paths only.
    whole : ast.expr or None
        The right side of an assignment, which needs no variable beside the target.
    in_threads : bool
        Whether loops under prange run in threads.
    compiled_for_threads : bool
        Whether the function is compiled with parallel=True; of a plain one that is not known.
    in_prange : bool
        Whether a loop that runs in threads is being lowered: Numba runs those inside as ranges.
    line, node
        The line and the node that are being lowered, for messages.
    """

    def __init__(self, unit, python, tree, stack, raises, local):
        self.unit, self.stack, self.raises = unit, stack, raises
        self.function, self.tree, self.local = python, tree, local
        self.globals = vars(builtins) | python.__globals__ | _closure(python)
        self.out, self.loops, self.rename, self.parameters = [], [], {}, []
        self.lazy, self.whole, self.in_threads = False, None, True
        self.compiled_for_threads, self.in_prange = False, False
        self.line, self.node = tree.lineno, tree
        self.tuples, self.results, self.returned_flag, self.tuple_result = set(), [], None, False

    # Statements and variables ------------------------------------------------------------

    def at(self, s):
        """Remember the line for statements and errors."""
        self.line, self.node = getattr(s, "lineno", self.line), s

    def located(self, statement):
        """Return a statement with the line being lowered."""
        statement.line, statement.file = self.line, self.function.__code__.co_filename
        return statement

    def emit(self, statement):
        """Append a statement, with the line being lowered."""
        self.unit.note(self.located(statement))
        if isinstance(statement, Assign) and self.unit.is_unsigned(statement.value):
            self.unit.unsigned.add(statement.name)
        self.out.append(statement)

    def variable(self, hint, type_):
        """Return a new variable's name."""
        name = self.unit.fresh(hint)
        self.unit.types[name] = type_
        return name

    def flag(self, hint):
        """Return a new exit flag: a variable that says that a block is left."""
        name = self.variable(f"{hint}_", types.boolean)
        self.unit.flags.add(name)
        return name

    def set_flag(self, name, value):
        self.emit(Assign(name, constant(value, types.boolean)))

    # Names of the user's -----------------------------------------------------------------

    def resolve(self, node):
        """Return the object that a global name or attribute path stands for."""
        if isinstance(node, ast.Attribute):
            return getattr(self.resolve(node.value), node.attr)
        if node.id in self.globals:
            return self.globals[node.id]
        raise Unsupported(f"the name {node.id} is not known", node)

    def named(self, known):
        """Return a new global name, which no variable has, for a function or a class."""
        name = known.__name__
        while name in self.local or self.globals.get(name, known) is not known:
            name += "_"
        self.globals[name] = known
        return ast.Name(name, ast.Load())

    def is_global(self, node):
        """Tell whether an expression is a path from a global name."""
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and node.id not in self.local

    def rename_of(self, node):
        """Return what stands for a variable in the unit; None where the node is no variable."""
        if not isinstance(node, ast.Name) or node.id not in self.rename:
            return None
        return self.variable_of(node)

    def variable_of(self, name):
        """Return what stands for a name in the unit; for a name of the unit, that name.

        A node of the user's has a line number, and a node of the unit none. A name of the unit must
        not be renamed again: a function that is inlined may have a variable of the same name.
        """
        found = self.rename.get(name.id, name.id)
        if found != name.id and not hasattr(name, "lineno"):
            raise RuntimeError(f"the variable {name.id} of generated code is lowered once more")
        return found

    def type_of(self, node):
        """Return the type of an expression that is not lowered yet, or None."""
        if isinstance(node, ast.Constant):
            return self.unit.typeof(node.value)
        found = getattr(node, "type", None)
        if found is None and self.is_global(node):
            value = self.resolve(node)
            if known.is_number(value) or isinstance(value, np.ndarray | tuple | enum.Enum):
                return self.unit.typeof(value)
        return found

    def global_path(self, node):
        """Return a copy of a global path, whose root the generated code knows by its new name."""
        if isinstance(node, ast.Attribute):
            return typed(ast.Attribute(self.global_path(node.value), node.attr, ast.Load()), None)
        name = self.unit.import_global(node.id, self.resolve(node))
        return typed(ast.Name(name, ast.Load()), None)


def _closure(function):
    """Return what a function's closure holds, by name."""
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    return {name: cell.cell_contents for name, cell in cells}
