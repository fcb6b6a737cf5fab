"""Index arrays of several axes, matrices that are turned, and what moves or counts items."""

HEAD = """    where = np.array([2, 0, 2, 1])
"""
NAMES = ("where",)


def numbers(g, loops):
    v, i = g.vector_name, lambda size: g.index(loops, size)
    return [
        lambda: "np.sum(g[where[:3], where[1:]] * g[where[1:], where[:3]]) * 0.1",
        lambda: f"np.sum(g[{i(2)}:, where]) * 0.1",
        lambda: f"g[:, where][{i(3)}, {i(4)}]",
        lambda: f"g[where % 3, {i(4)}][{i(4)}]",
        lambda: f"np.sum({v()}[np.array([[0, 4], [1, 1]])]) * 0.1",
        lambda: f"np.fliplr(g)[{i(3)}, {i(4)}]",
        lambda: f"np.rot90(g, {g.r.randint(-1, 3)})[{i(3)}, {i(3)}]",
        lambda: f"np.expand_dims({v()}, {g.r.randint(0, 1)}).sum() * 0.2",
        lambda: f"np.swapaxes(g, 0, 1)[{i(4)}, {i(3)}]",
        lambda: f"np.cov(g)[{i(3)}, {i(3)}] * 0.1",
        lambda: f"np.bincount(where, {v()}[:4], 3)[{i(3)}]",
        lambda: f"np.delete({v()}, {g.r.randint(-5, 4)})[{i(4)}]",
        lambda: f"np.extract({v()} > -9.0, {v()})[{i(5)}]",
        lambda: f"np.unique({v()})[0] * {g.number()}",
        lambda: f"np.nanmedian({v()}) * {g.number()}",
        lambda: f"np.polynomial.polynomial.polyval({g.number()} * 0.2, {v()}) * 0.1",
        lambda: f"np.take(g, {g.r.randint(0, 11)})",
        lambda: f"np.kron(g, g)[{i(9)}, {i(16)}] * 0.1",
    ]


def vectors(g, loops):
    v = g.vector_name
    return [
        lambda: f"np.resize({v()}[1:4], 5)",
        lambda: f"np.unwrap({v()})",
        lambda: f"np.take(g, np.array([0, 7, {g.r.randint(0, 11)}, 3, 3]))",
        lambda: f"np.append(g[{g.index(loops, 3)}, where], {g.number()})",
        lambda: f"np.flipud({v()})",
    ]


def tests(g, loops):
    return [lambda: f"np.take(g, {g.r.randint(0, 11)}) > {g.number()}"]


def statements(g, loops):
    w, v, e = g.number(), g.written(), lambda: g.scalar(1, loops)
    i = lambda size: g.index(loops, size)  # noqa: E731
    return [
        lambda: [f"np.fill_diagonal(g, {e()})"],
        lambda: [f"{v}.sort()"],
        lambda: [f"where[{i(4)}] = {g.integer(loops)} % 3"],
        lambda: [f"g = g[:, where] * {w}"],
        lambda: ["g = g[where[:3]]"],
        lambda: [f"np.fliplr(g)[{i(3)}, {i(4)}] = {e()}"],
        lambda: [f"np.expand_dims({v}, 0)[0, {i(5)}] += {w}"],
        lambda: [f"np.swapaxes(g, 1, 0)[{i(4)}] *= {w}"],
    ]
