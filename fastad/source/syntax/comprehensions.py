"""List comprehensions become loops that append to a list; lists get statements of their own."""

import ast


class Comprehension(ast.expr):
    """A list comprehension: the variable of a list, and the loop that appends to it."""

    _fields = ("list", "loop")


def with_loops(tree):
    """Put loops in place of a function's list comprehensions, in its tree.

    Their variables get new names, as they are not visible outside of the comprehension.
    """
    names = {a.arg for a in tree.args.args}
    names |= {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    return ast.fix_missing_locations(_Loops(names).visit(tree))


class _Loops(ast.NodeTransformer):
    def __init__(self, names):
        self.names = names

    def fresh(self, hint):
        name, k = hint, 1
        while name in self.names:
            name, k = f"{hint}_{k}", k + 1
        self.names.add(name)
        return name

    def visit_ListComp(self, node):
        text = ast.unparse(node)
        self.generic_visit(node)  # inner ones first: they may read the variables of this one
        first = node.generators[0]
        own = {
            n.id: self.fresh(n.id)
            for g in node.generators
            for n in ast.walk(g.target)
            if isinstance(n, ast.Name)
        }
        rename = _Renamed(own)
        outer, first.iter = first.iter, ast.Constant(None)  # it may not read them
        rename.visit(node)
        first.iter = outer
        name = self.fresh("listed")
        append = ast.Attribute(ast.Name(name, ast.Load()), "append", ast.Load())
        body = ast.Expr(ast.Call(append, [node.elt], []))
        for g in reversed(node.generators):
            for test in reversed(g.ifs):
                body = ast.If(test, [ast.copy_location(body, node)], [])
            body = ast.For(g.target, g.iter, [ast.copy_location(body, node)], [])
        made = Comprehension(ast.Name(name, ast.Store()), ast.copy_location(body, node))
        made.written = text
        return ast.copy_location(made, node)

    def visit_Assign(self, node):
        """Split ``a, b = [], []`` into two statements, if neither reads what the other binds."""
        self.generic_visit(node)
        target, value = node.targets[0], node.value
        if len(node.targets) > 1 or not isinstance(target, ast.Tuple):
            return node
        if not isinstance(value, ast.Tuple) or len(value.elts) != len(target.elts):
            return node
        read = {n.id for n in ast.walk(value) if isinstance(n, ast.Name)}
        names = [e.id for e in target.elts if isinstance(e, ast.Name)]
        if len({*names}) < len(target.elts) or read & {*names}:
            return node
        if not any(isinstance(e, ast.List | Comprehension) for e in value.elts):
            return node
        pairs = zip(target.elts, value.elts, strict=True)
        return [ast.copy_location(ast.Assign([t], v), node) for t, v in pairs]


class _Renamed(ast.NodeTransformer):
    def __init__(self, own):
        self.own = own

    def visit_Name(self, node):
        node.id = self.own.get(node.id, node.id)
        return node


def written_as(node):
    """Return the user's text of an expression, or of a statement's first line."""
    if isinstance(node, Comprehension):
        return node.written
    return ast.unparse(node).splitlines()[0]
