"""Drivers that are called inside: gradients, derivatives and products of helpers."""

HEAD = ""
NAMES = ()


def numbers(g, loops):
    v, e, i = g.vector_name(), lambda: g.scalar(1, loops), lambda: g.index(loops)
    return [
        lambda: f"d_curve({e()}, {g.number()})",
        lambda: f"d_by_r({g.number()}, {e()})",
        lambda: f"g_bowl({v}, {e()})[{i()}]",
        lambda: f"vg_bowl({v}, {g.number()})[0] * 0.3",
        lambda: f"vg_bowl({v}, {g.number()})[1][{i()}]",
        lambda: f"np.sum(g_spread({v}, {g.number()})) * 0.2",
        lambda: f"both_bowl({v}, {g.number()})[1] * 0.2",
        lambda: f"j_curve({g.number()}, {e()}, {g.number()})",
        lambda: f"j_bowl({v}, {g.number()}, x) * 0.3",
        lambda: f"h_newton({e()}, {g.number()}, n % 3)",
        lambda: f"h_descends({v}, {g.number()}, 2)[{i()}]",
    ]


def vectors(g, loops):
    v = g.vector_name
    return [
        lambda: f"g_bowl({v()}, {g.number()})",
        lambda: f"({v()} - 0.2 * g_spread({v()}, {g.number()}))",
        lambda: f"h_descends({v()}, {g.number()}, n % 3)",
    ]


def tests(g, loops):
    return [lambda: f"d_curve({g.number()}, 0.5) > 0.3"]


def statements(g, loops):
    w, v, u = g.number(), g.written(), g.vector_name()
    e = lambda: g.scalar(1, loops)  # noqa: E731
    return [
        lambda: [f"{w} -= 0.2 * curve({w}, a) / (1.5 + d_curve({w}, a) ** 2)"],
        lambda: [f"{v} -= 0.2 * g_bowl({v}, {w})"],
        lambda: [f"{v}[:] = {v} - 0.2 * g_spread({u}, {e()})"],
        lambda: [f"{w}, slope = vg_bowl({v}, {w})", f"{w} = {w} * 0.3 + slope[0]"],
        lambda: [f"slope, by = both_bowl({u}, {w})", f"{v}[:] = slope * by * 0.2"],
        lambda: [f"{w} = j_bowl({u}, {w}, {v}) * 0.3"],
        lambda: [
            f"for b in range({g.r.choice(['n', '2'])}):",
            f"    {w} = {w} - 0.3 * d_curve({w}, {v}[b])",
            f"    {v}[b] = g_bowl({v}, {w})[b] * 0.5",
        ],
    ]
