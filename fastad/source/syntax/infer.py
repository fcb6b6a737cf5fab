"""The type of every expression of a function, as Numba infers it.

The function is rewritten so that each expression is assigned to a name of its own. Numba's type
inference (its front end only, nothing is compiled) then finds the type of each name.
"""

import ast
import builtins
import collections
import contextlib
import warnings

import numba
from numba.core import bytecode, inline_closurecall, types
from numba.core.compiler import CompilerBase, DefaultPassBuilder, Flags
from numba.core.compiler_lock import global_compiler_lock
from numba.core.errors import NumbaError, NumbaPerformanceWarning
from numba.core.registry import cpu_target
from numba.core.typed_passes import NopythonTypeInference

from ...checkpointing import checkpoint
from ...refusals import reason
from ..ir.statements import Unsupported
from .comprehensions import Comprehension

_SCOPES = ast.Lambda | ast.SetComp | ast.DictComp | ast.GeneratorExp
# In ``for v in f(a)`` the call f(a) gets a type as a whole; for these functions only a does.
_ITERATED = (range, numba.prange, enumerate, zip, checkpoint)
_FLAT = (
    *(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.Call, ast.IfExp),
    *(ast.Subscript, ast.Attribute, ast.Tuple, ast.List, ast.Name, Comprehension),
)


class _TypesOnly(CompilerBase):
    """Numba's pipeline up to type inference."""

    def define_pipelines(self):
        manager = DefaultPassBuilder.define_untyped_pipeline(self.state)
        manager.add_pass(NopythonTypeInference, "infer types")
        manager.finalize()
        return [manager]


def typed_statements(function, argument_types, flags=None):
    """Return Numba's compiler state of a plain function after type inference.

    It has the statements, ``func_ir``, and their types, ``typemap`` and ``calltypes``.
    """
    if flags is None:
        flags = Flags()
        flags.nrt = True
    typing, target = cpu_target.typing_context, cpu_target.target_context
    compiler = _TypesOnly(typing, target, None, tuple(argument_types), None, flags, {})
    state = compiler.state
    state.func_id = bytecode.FunctionIdentity.from_function(function)
    state.bc = bytecode.ByteCode(func_id=state.func_id)
    with warnings.catch_warnings(), _lists_as_they_are():
        warnings.simplefilter("ignore", NumbaPerformanceWarning)  # Numba repeats it later
        compiler.define_pipelines()[0].run(state)
    return state


def _typemap(function, argument_types, flags):
    state = typed_statements(function, argument_types, flags)
    return state.typemap, state.return_type


@contextlib.contextmanager
def _lists_as_they_are():
    """Keep Numba from making ``np.array([...])`` one step: then the list has a type of its own."""
    with global_compiler_lock:
        kept = inline_closurecall.enable_inline_arraycall
        inline_closurecall.enable_inline_arraycall = False
        try:
            yield
        finally:
            inline_closurecall.enable_inline_arraycall = kept


class _Flatten:
    """Rewrites statements so that every expression has a name; remembers the names."""

    def __init__(self, local, prefix, known):
        self.local = local  # names assigned in the function, parameters included
        self.known = known  # global names -> objects
        self.prefix = prefix  # no name in the function begins with it
        self.named = []  # (expression, its name)
        self.augmented = []  # (augmented assignment, name of the old value, name of the new one)
        self.entered = []  # (block of an if, a name that is bound in that block alone)
        self.lines = []

    def global_chain(self, node):
        """Tell whether an expression is a global name or an attribute path from one."""
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and node.id not in self.local

    def resolve(self, node):
        """Return the object that a global name or attribute path stands for, or None."""
        if not self.global_chain(node):
            return None
        if isinstance(node, ast.Attribute):
            return getattr(self.resolve(node.value), node.attr, None)
        return self.known.get(node.id, getattr(builtins, node.id, None))

    def expression(self, node):
        if isinstance(node, ast.Constant) or self.global_chain(node):
            return node
        if isinstance(node, _SCOPES):
            raise Unsupported(
                "lambdas, and comprehensions of other things than lists, are not differentiated",
                node,
            )
        if isinstance(node, ast.Slice):
            parts = {
                k: v if v is None else self.expression(v)
                for k, v in (("lower", node.lower), ("upper", node.upper), ("step", node.step))
            }
            return ast.Slice(**parts)
        if not isinstance(node, _FLAT):
            raise Unsupported(f"{type(node).__name__} is not differentiated", node)
        flat = self.operation(node)
        if isinstance(node, ast.Tuple) and any(isinstance(e, ast.Slice) for e in flat.elts):
            return flat  # an index with slices has no type of its own
        name = f"{self.prefix}{len(self.named)}"
        self.named.append((node, name))
        assigned = ast.Assign([ast.Name(name, ast.Store())], flat)
        self.lines.append(ast.copy_location(assigned, node))
        return ast.Name(name, ast.Load())

    def operation(self, node):
        e = self.expression
        if isinstance(node, ast.Name):
            return node
        if isinstance(node, ast.BinOp):
            return ast.BinOp(e(node.left), node.op, e(node.right))
        if isinstance(node, ast.UnaryOp):
            return ast.UnaryOp(node.op, e(node.operand))
        if isinstance(node, ast.BoolOp):
            return ast.BoolOp(node.op, [e(v) for v in node.values])
        if isinstance(node, ast.Compare):
            return ast.Compare(e(node.left), node.ops, [e(c) for c in node.comparators])
        if isinstance(node, ast.IfExp):
            return ast.IfExp(e(node.test), e(node.body), e(node.orelse))
        if isinstance(node, ast.Subscript):
            return ast.Subscript(e(node.value), e(node.slice), ast.Load())
        if isinstance(node, ast.Attribute):
            return ast.Attribute(e(node.value), node.attr, ast.Load())
        if isinstance(node, ast.Tuple):
            return ast.Tuple(self.items(node.elts), ast.Load())
        if isinstance(node, ast.List):
            return ast.List([e(v) for v in node.elts], ast.Load())
        if isinstance(node, Comprehension):
            self.lines.append(ast.Assign([node.list], ast.List([], ast.Load())))
            self.statement(node.loop)
            return ast.Name(node.list.id, ast.Load())
        if any(k.arg is None for k in node.keywords):
            raise Unsupported("a call with **keywords is not differentiated", node)
        keywords = [ast.keyword(k.arg, e(k.value)) for k in node.keywords]
        return ast.Call(e(node.func), self.items(node.args), keywords)

    def items(self, nodes):
        """Return the flattened arguments of a call, or items of a tuple, starred ones included."""
        return [
            ast.Starred(self.expression(e.value), ast.Load())
            if isinstance(e, ast.Starred)
            else self.expression(e)
            for e in nodes
        ]

    def target(self, node):
        if isinstance(node, ast.Name):
            return node
        if isinstance(node, ast.Tuple):
            return ast.Tuple([self.target(t) for t in node.elts], ast.Store())
        if isinstance(node, ast.Subscript):
            return ast.Subscript(
                self.expression(node.value), self.expression(node.slice), ast.Store()
            )
        raise Unsupported("an assignment to this is not differentiated", node)

    def block(self, statements):
        outer, self.lines = self.lines, []
        for s in statements:
            self.statement(s)
        inner, self.lines = self.lines, outer
        return inner or [ast.Pass()]

    def branch(self, statements):
        """Flatten a block of an `if`, after an assignment that tells if Numba prunes the block."""
        name = f"{self.prefix}entered_{len(self.entered)}"
        self.entered.append((statements, name))
        return [ast.Assign([ast.Name(name, ast.Store())], ast.Constant(0)), *self.block(statements)]

    def statement(self, s):
        add = self.lines.append
        if isinstance(s, ast.Assign):
            value = self.expression(s.value)
            for t in s.targets:
                add(ast.Assign([self.target(t)], value))
        elif isinstance(s, ast.AnnAssign):
            if s.value is not None:
                add(ast.Assign([self.target(s.target)], self.expression(s.value)))
        elif isinstance(s, ast.AugAssign):
            value = self.expression(s.value)
            if isinstance(s.target, ast.Name):
                old, new = (f"{self.prefix}{k}_{len(self.augmented)}" for k in ("old", "new"))
                self.augmented.append((s, old, new))
                variable = ast.Name(s.target.id, ast.Load())
                add(ast.Assign([ast.Name(old, ast.Store())], variable))
                add(ast.AugAssign(s.target, s.op, value))
                add(ast.Assign([ast.Name(new, ast.Store())], variable))
            else:
                add(ast.AugAssign(self.target(s.target), s.op, value))
        elif isinstance(s, ast.If):
            test = self.expression(s.test)
            add(ast.If(test, self.branch(s.body), self.branch(s.orelse)))
        elif isinstance(s, ast.While):
            # The condition is computed in the body: Numba would prune a loop with a constant one.
            outer, self.lines = self.lines, []
            test = self.expression(s.test)
            setup, self.lines = self.lines, outer
            leave = ast.If(test, [ast.Pass()], [ast.Break()])
            add(ast.While(ast.Constant(True), [*setup, leave, *self.block(s.body)], []))
        elif isinstance(s, ast.For):
            call = s.iter
            if isinstance(call, ast.Call) and self.resolve(call.func) in _ITERATED:
                named = [ast.keyword(k.arg, self.expression(k.value)) for k in call.keywords]
                iterated = ast.Call(call.func, [self.expression(a) for a in call.args], named)
            else:
                iterated = self.expression(call)
            add(ast.For(self.target(s.target), iterated, self.block(s.body), []))
        elif isinstance(s, ast.Return):
            add(ast.Return(None if s.value is None else self.expression(s.value)))
        elif isinstance(s, ast.Expr):
            if not isinstance(s.value, ast.Constant):
                self.expression(s.value)
        elif isinstance(s, ast.Raise):
            add(s)
        elif isinstance(s, ast.Assert):
            self.expression(s.test)
        elif isinstance(s, ast.Pass | ast.Break | ast.Continue):
            add(s)
        else:
            raise Unsupported(f"{type(s).__name__} is not differentiated", s)


def local_names(tree):
    """Return the names that a function binds, its parameters included."""
    names = {a.arg for a in tree.args.args}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def unused_prefix(tree):
    """Return a prefix with which no name in a function begins."""
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} | local_names(tree)
    prefix = "t_"
    while any(n.startswith(prefix) for n in names):
        prefix = f"t{prefix}"
    return prefix


def annotate(tree, function, argument_types, inner=()):
    """Give every expression of a function's tree its Numba type, as ``node.type``.

    An augmented assignment to a variable gets the types of the variable before, ``old_type``, and
    after, ``type``. The tree gets a dict of the types of its variables, ``variables``. ``inner``
    are the functions that were defined inside (`closures.take_out`), by name.

    Returns
    -------
    numba type
        The type of the function's result.

    Raises
    ------
    Unsupported
        Where the function has a form that is not differentiated, or Numba cannot type it.
    """
    prefix = unused_prefix(tree)
    free, cells = function.__code__.co_freevars, function.__closure__ or ()
    scope = dict(function.__globals__) | dict(inner)
    closed = {n: c.cell_contents for n, c in zip(free, cells, strict=True)}
    flatten, flat_name = _Flatten(local_names(tree), prefix, scope | closed), f"{prefix}flat"
    body = flatten.block(tree.body)
    flat = ast.FunctionDef(
        name=flat_name, args=tree.args, body=body, decorator_list=[], returns=None, type_params=[]
    )
    arguments = ast.arguments([], [ast.arg(n) for n in free], None, [], [], None, [])
    maker = ast.FunctionDef(
        name=f"{prefix}make",
        args=arguments,
        body=[flat, ast.Return(ast.Name(flat_name, ast.Load()))],
        decorator_list=[],
        returns=None,
        type_params=[],
    )
    module = ast.fix_missing_locations(ast.Module([maker], []))
    exec(compile(module, function.__code__.co_filename, "exec"), scope)
    flat_function = scope[f"{prefix}make"](*closed.values())
    flags = Flags()
    flags.nrt = True
    try:
        typemap, returned = _typemap(flat_function, argument_types, flags)
    except NumbaError as error:
        raise Unsupported(f"Numba cannot type {function.__name__}: {reason(error)}") from None
    versions = collections.defaultdict(list)  # Numba splits x into x, x.1, x.2 ...
    for name, its_type in typemap.items():
        versions[name.partition(".")[0]].append(its_type)
    for node, name in flatten.named:
        node.type = _type_of(versions.get(name))
    for s, old, new in flatten.augmented:
        s.old_type, s.type = _type_of(versions.get(old)), _type_of(versions.get(new))
    tree.variables = {n: _type_of(versions.get(n)) for n in flatten.local}
    for statements, name in flatten.entered:
        if name not in versions:
            statements.clear()  # Numba has pruned it: it is never reached
    return returned


def _type_of(found):
    """Return the common type of all versions of a variable."""
    if not found:
        return types.undefined  # dead code
    found = [types.unliteral(t) for t in found]
    unified = cpu_target.typing_context.unify_types(*found)
    return unified if unified is not None else found[-1]
