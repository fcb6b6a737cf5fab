"""Conversions of types, and arrays in single precision.

The oracle of such a program has doubles in their place, so nothing here is a view of them alone.
"""

HEAD = """    narrow = x.astype(np.float32)
"""
NAMES = ("narrow",)


def numbers(g, loops):
    i, w = lambda: g.index(loops), g.number()
    return [
        lambda: f"narrow[{i()}] * {w}",
        lambda: f"np.float32(0.5) * {w}",
        lambda: f"np.float64({w}) * np.float32({g.r.choice(['1.5', '0.25', '-0.75'])})",
        lambda: f"np.sum(narrow) * {w} * 0.2",
        lambda: "np.sum(narrow * narrow) * 0.2",
        lambda: f"np.dot(narrow, {g.r.choice(['narrow', 'narrow[::-1].copy()'])}) * 0.2",
        lambda: f"float(narrow[{i()}])",
        lambda: f"max(narrow[{i()}], {w})",
        lambda: f"np.sum(narrow[narrow > {w}]) * 0.2",
        lambda: "narrow.max() * 0.5",
        lambda: f"np.where(narrow > 0.1, narrow, {g.vector_name()})[{i()}]",
        lambda: f"np.float32({g.integer(loops)}) * 0.1",
        lambda: f"np.concatenate((narrow, x))[{g.index(loops, 10)}]",
    ]


def vectors(g, loops):
    return [
        lambda: "narrow.astype(np.float64)",
        lambda: f"(narrow * {g.vector_name()})",
        lambda: f"(narrow + {g.number()}).astype(np.float64)",
        lambda: "np.asarray(narrow, np.float64) * 1.0",
        lambda: "np.array([v * 0.5 for v in narrow], np.float64)",
    ]


def tests(g, loops):
    return [lambda: f"narrow[{g.index(loops)}] > {g.number()}"]


def statements(g, loops):
    w, v, u = g.number(), g.written(), g.vector_name()
    e, i = lambda: g.scalar(1, loops), lambda: g.index(loops)
    one = g.name("one")
    return [
        lambda: [f"narrow = {u}.astype(np.float32)"],
        lambda: [f"narrow = np.asarray({u} * 0.5, np.float32)"],
        lambda: ["narrow = np.zeros(5, np.float32)", f"narrow[{i()}] = {e()}"],
        lambda: [f"narrow[{i()}] = {e()}"],
        lambda: [f"narrow[{i()}] += {w}"],
        lambda: [f"narrow[:] = {u}"],
        lambda: [f"narrow[1:] = narrow[:-1] * {w}"],
        lambda: [f"narrow *= {w}"],
        lambda: [f"narrow += {u}"],
        lambda: [f"narrow[narrow > {w}] = {e()}"],
        lambda: [f"{v}[:] = narrow"],
        lambda: [f"{v}[{i()}] = narrow[{i()}]"],
        lambda: [f"for {one} in narrow:", f"    {w} += {one} * {u}[{i()}] * 0.2"],
        lambda: [
            "for b in range(4):",
            f"    narrow[b + 1] = narrow[b] * 0.5 + {w}",
            f"    {v}[b] = narrow[b + 1] * {e()}",
        ],
    ]
