"""Masks and index arrays: what is read and written through them."""

HEAD = """    mask, places = x > 0.1, np.array([3, 1, 1, 0, 4])
"""
NAMES = ("mask", "places")


def numbers(g, loops):
    v, i = g.vector_name(), lambda: g.index(loops)
    return [
        lambda: f"np.sum({v}[mask]) * 0.2",
        lambda: f"np.sum({v}[~mask] * x[~mask]) * 0.3",
        lambda: f"{v}[places][{i()}]",
        lambda: f"{v}[places[{i()}]]",
        lambda: f"{v}[np.where(mask)[0]].sum() * 0.2",
        lambda: f"np.take({v}, places)[{i()}]",
        lambda: f"np.where(mask, {v}, {g.number()})[{i()}]",
        lambda: f"np.sum(mask) * {g.number()} * 0.1",
        lambda: f"({v}[{i()}] if mask[{i()}] else {g.number()})",
        lambda: f"g[places[{i()}] % 3, places[{i()}] % 4]",
        lambda: f"np.sum(g[{g.index(loops, 3)}][places[:3] % 4]) * 0.3",
        lambda: f"np.sum({v} * mask) * 0.2",
        lambda: f"np.sum(g[g > {g.number()}]) * 0.1",
        lambda: "np.sum(g[places[:2] % 3]) * 0.1",
        lambda: "np.sum(g[:, places[1:3] % 4]) * 0.1",
    ]


def vectors(g, loops):
    v = g.vector_name
    return [
        lambda: f"{v()}[places]",
        lambda: f"np.where(mask, {v()}, {v()})",
        lambda: f"np.where(mask, {v()} * {g.number()}, {g.number()})",
        lambda: f"np.where({v()} > {g.number()}, {v()}, 0.2)",
        lambda: f"np.take({v()}, places)",
        lambda: f"{v()} * mask",
    ]


def tests(g, loops):
    return [
        lambda: f"mask[{g.index(loops)}]",
        lambda: "np.any(mask)",
        lambda: f"places[{g.index(loops)}] > 2",
        lambda: "mask.sum() > 2",
    ]


def statements(g, loops):
    w, v, u = g.number(), g.written(), g.vector_name()
    e = lambda: g.scalar(1, loops)  # noqa: E731
    i, one = lambda size=5: g.index(loops, size), g.name("one")
    return [
        lambda: [f"mask = {u} > {e()}"],
        lambda: [f"mask = ({u} < 0.6) & ({v} > -0.5)"],
        lambda: ["mask = ~mask"],
        lambda: [f"mask[{i()}] = {g.test(loops)}"],
        lambda: [f"places = np.argsort({u})"],
        lambda: [f"places = np.array([{', '.join(str(g.r.randint(0, 4)) for _ in range(5))}])"],
        lambda: [f"places[{i()}] = ({g.integer(loops)}) % 5"],
        lambda: [f"{v}[mask] = {e()}"],
        lambda: [f"{v}[mask] = {u}[mask] * {w}"],
        lambda: [f"{v}[mask] += {w} * 0.3"],
        lambda: [f"{v}[~mask] *= {w}"],
        lambda: [f"{v}[mask] -= {u}[mask] * 0.4"],
        lambda: [f"{v}[{u} > {w}] = {e()}"],
        lambda: [f"{v}[np.where(mask)] = {w}"],
        lambda: [f"{v}[np.nonzero({u} > 0.0)[0]] = {w}"],
        lambda: [f"{v}[places] = {u}"],
        lambda: [f"{v}[places] = {u} * {w} - 0.1"],
        lambda: [f"{v}[places] += {u} * 0.3"],
        lambda: [f"{v}[places] *= {w}"],
        lambda: [f"{v}[places[1:4]] = {e()}"],
        lambda: [f"{v}[places[:3]] = {u}[places[2:]]"],
        lambda: [f"{v}[places] = {v}"],
        lambda: [f"g[places[:2] % 3] = {w}"],
        lambda: [f"g[places % 3, {i(4)}] = {u} * {w}"],
        lambda: [f"g[places % 3, {i(4)}] += {w} * 0.5"],
        lambda: [f"g[:, places[:3] % 4] *= {w}"],
        lambda: [f"g[{i(3)}, places % 4] = {u}"],
        lambda: [f"g[{u}[:3] > 0.1] = {e()}"],
        lambda: [f"for {one} in places:", f"    {w} += {v}[{one}] * {u}[{i()}] * 0.2"],
        lambda: [
            f"for {one} in np.nonzero(mask)[0]:",
            f"    {v}[{one}] = {v}[{one}] * 0.5 + {e()}",
        ],
        lambda: [f"for b, {one} in enumerate(mask):", f"    if {one}:", f"        {v}[b] = {w}"],
        lambda: [
            "for b in range(5):",
            f"    {v}[places[b]] += {u}[b] * {w} * 0.3",
            f"    mask[b] = {v}[b] > {w}",
        ],
    ]
