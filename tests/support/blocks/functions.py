"""Functions that are passed on, and functions that are defined inside and read what is around."""

HEAD = """    def inner(q):
        return q * s * 0.5 + y[k % 5]

    def looped(q, r=0.3):
        for b in range(2):
            q = q * 0.6 + t * r
        if q > 0.5:
            return q * 0.5
        return q - 0.1

    def writing(b):
        y[b] = y[b] * 0.5 + u * 0.3
        return y[b - 1]

    short = lambda q: q * w + x[1] * 0.4
"""
NAMES = ("inner", "looped", "writing", "short")
_ONE, _TWO, _FILL = ("f_sine", "f_bent"), ("f_blend", "f_ratio"), ("f_damp", "f_shift")


def numbers(g, loops):
    r, v = g.r, g.written()
    e = lambda: g.scalar(1, loops)  # noqa: E731
    one, two = r.choice(_ONE), r.choice(_TWO)
    return [
        lambda: f"h_apply({one}, {e()})",
        lambda: f"h_fold({two}, {v})",
        lambda: f"h_fold({two}, {v}, {e()})",
        lambda: f"h_fold({two}, {v}, q={e()})",
        lambda: f"h_area({one}, 0.1, {e()}, {r.choice(['2', 'n'])})",
        lambda: f"h_both_of({one}, {two}, {e()})",
        lambda: f"h_changes({r.choice(_FILL)}, {v}, {e()})",
        lambda: f"({v}[0] + h_changes({r.choice(_FILL)}, {v}, {e()}))",
        lambda: f"inner({e()})",
        lambda: f"looped({e()})",
        lambda: f"looped({e()}, {e()})",
        lambda: f"short({e()})",
        lambda: f"inner(short({e()}))",
        lambda: f"(y[0] * writing({g.index(loops)}) + y[0])",
    ]


def vectors(g, loops):
    return [
        lambda: f"h_each({g.r.choice(_ONE)}, {g.vector_name()})",
        lambda: f"(h_each({g.r.choice(_ONE)}, x) * short(0.5))",
    ]


def tests(g, loops):
    return [
        lambda: f"inner({g.number()}) > 0.2",
        lambda: f"h_apply({g.r.choice(_ONE)}, {g.number()}) < 0.3",
    ]


def statements(g, loops):
    r, w, v = g.r, g.number(), g.written()
    e = lambda: g.scalar(1, loops)  # noqa: E731
    own, fill = g.name("own"), r.choice(_FILL)
    return [
        lambda: [f"h_by({fill}, {v}, {w}, {r.choice(['1', 'n', 'k % 3'])})"],
        lambda: [f"{fill}({v}, {e()})"],
        lambda: [f"{w} = h_changes({fill}, {v}, {e()})"],
        lambda: [f"writing({g.index(loops)})"],
        lambda: [f"{w} = inner({e()})", f"{w} += inner({w}) * 0.5"],
        lambda: [f"s = {e()}", f"{w} = inner(0.5)"],
        lambda: [f"y = {g.vector(1)}", f"{w} = inner({e()})"],
        lambda: [f"for b in range({r.choice(['n', '3'])}):", f"    {w} = short({w}) * 0.7"],
        lambda: [
            f"def {own}(q):",
            f"    return q * {w} + {v}[{g.index(loops)}]",
            f"{w} = {e()}",
            f"{v}[{g.index(loops)}] = {own}({e()})",
        ],
        lambda: [
            f"{own} = lambda q, r: q * {w} - r * {v}[0]",
            f"{w} = {own}({e()}, 0.5)",
            f"{w} = {own}({w}, {e()})",
        ],
        lambda: [
            f"def {own}(q, b):",
            f"    {v}[b] = {v}[b] * q",
            "    if q > 0.3:",
            f"        {v}[0] = q * {w}",
            f"{own}({e()}, {g.index(loops)})",
            f"{w} = {v}[0] * 0.5",
        ],
    ]
