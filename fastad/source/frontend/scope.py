"""What the parts of the lowering share of one function: its names, and the statements so far."""

import ast
import builtins

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
        The lowering, where the other parts are by their names.
    scope : Scope
    """

    def __init__(self, parts):
        self.parts, self.scope = parts, parts.scope


class Scope:
    """The names of a function that is lowered, and where statements go.

    Attributes
    ----------
    unit : Unit
        Of the function that is differentiated; others are put into it.
    stack : tuple of functions
        Those that this one is called from.
    globals : dict of str to object
    local : set of str
        The names that the function binds.
    rename : dict of str to str, ast.expr or tuple
        What each of them is in the unit: a variable, an expression, or a variable for each item.
    tuples : set of str
        Those that are tuples with floats or arrays.
    out : list of statements
        The block that is being lowered.
    loops : list of (str, str)
        Of the loops around, the flags that say that it is left, and that the rest is skipped.
    results : list of str
    returned_flag : str or None
        The variable that says that the function has returned.
    lazy : bool
        Whether what is lowered may not be evaluated at all.
    whole : ast.expr or None
        What is assigned as it is: it needs no variable of its own.
    in_threads : bool
        Whether loops under prange run in threads.
    line, node
        Where the lowering is.
    """

    def __init__(self, unit, python, tree, stack, raises, local):
        self.unit, self.stack, self.raises = unit, stack, raises
        self.function, self.tree, self.local = python, tree, local
        self.globals = vars(builtins) | python.__globals__ | _closure(python)
        self.out, self.loops, self.rename, self.parameters = [], [], {}, []
        self.lazy, self.whole, self.in_threads = False, None, True
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
        self.out.append(statement)

    def variable(self, hint, type_):
        """Return a new variable's name."""
        name = self.unit.fresh(hint)
        self.unit.types[name] = type_
        return name

    def flag(self, hint):
        """Return a new variable that says that a block is left."""
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
        """Return a global name for a function or a class, that no variable has."""
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
        """Return what the generated code has for a variable, None of what is none."""
        if not isinstance(node, ast.Name) or node.id not in self.rename:
            return None
        return self.variable_of(node)

    def variable_of(self, name):
        """Return what the generated code has for a name, itself for one of the generated code.

        That a name is the user's shows in its having a place in the file: one that is lowered
        already may be called as another variable here, for functions are put in place.
        """
        found = self.rename.get(name.id, name.id)
        if found != name.id and not hasattr(name, "lineno"):
            raise RuntimeError(f"the variable {name.id} of generated code is lowered once more")
        return found

    def type_of(self, node):
        """Return the type of an expression that is not lowered yet, None of an unknown one."""
        if isinstance(node, ast.Constant):
            return self.unit.typeof(node.value)
        found = getattr(node, "type", None)
        if found is None and self.is_global(node):
            value = self.resolve(node)
            if known.is_number(value) or isinstance(value, np.ndarray | tuple):
                return self.unit.typeof(value)
        return found

    def global_path(self, node):
        """Return a copy of a global path, its root known under a free name."""
        if isinstance(node, ast.Attribute):
            return typed(ast.Attribute(self.global_path(node.value), node.attr, ast.Load()), None)
        name = self.unit.import_global(node.id, self.resolve(node))
        return typed(ast.Name(name, ast.Load()), None)


def _closure(function):
    """Return what a function's closure holds, by name."""
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    return {name: cell.cell_contents for name, cell in cells}
