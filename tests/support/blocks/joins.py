"""Arrays put together, made of numbers, or made like others, and names that are bound to them."""

HEAD = ""
NAMES = ()


def numbers(g, loops):
    v, i = g.vector_name(), lambda size=5: g.index(loops, size)
    return [
        lambda: f"np.sum(np.append({v}, {g.scalar(1, loops)}) ** 2) * 0.2",
        lambda: f"np.concatenate(({v}, x))[{i(10)}]",
        lambda: f"np.stack((x, {v}))[{i(2)}, {i()}]",
        lambda: f"np.array([{g.scalar(1, loops)}, {g.number()}])[{i(2)}]",
        lambda: f"np.column_stack((x, {v}))[{i()}, {i(2)}]",
        lambda: f"np.vstack((x, {v}, {v}))[{i(3)}, {i()}]",
        lambda: f"np.eye(3)[{i(3)}, {i(3)}] * {g.number()}",
        lambda: f"np.diag({v})[{i()}, {i()}]",
        lambda: f"np.array([[{g.number()}, 0.3], [a, {g.scalar(1, loops)}]])[{i(2)}, {i(2)}]",
        lambda: f"np.repeat({v}, 2)[{i(10)}]",
    ]


def vectors(g, loops):
    v, e = g.vector_name, lambda: g.scalar(1, loops)
    return [
        lambda: f"np.concatenate(({v()}[:2], {v()}[2:]))",
        lambda: f"np.hstack(({v()}[3:], {v()}[:3]))",
        lambda: f"np.append({v()}[:4], {e()})",
        lambda: f"np.append({v()}[1:3], np.array([{e()}, {g.number()}, 0.5]))",
        lambda: f"np.zeros_like({v()})",
        lambda: f"np.full_like({v()}, {e()})",
        lambda: f"np.full(5, {e()})",
        lambda: f"np.ones_like(x) * {e()}",
        lambda: f"np.eye(5)[{g.index(loops)}]",
        lambda: f"np.linspace(0.1, {g.number()}, 5)",
        lambda: f"np.array([{e()}, {g.number()}, {e()}, 1, {v()}[0]])",
        lambda: f"np.roll({v()}, {g.r.randint(-2, 2)})",
    ]


def tests(g, loops):
    return [lambda: f"np.append({g.vector_name()}, 0.1).min() < {g.number()}"]


def statements(g, loops):
    w, v = g.number(), g.vector_name()
    target, e = g.r.choice("yzp"), lambda: g.scalar(1, loops)
    one = g.name("one")
    return [
        lambda: [f"{target} = {g.vector(1)}", f"{target}[{g.index(loops)}] = {e()}"],
        lambda: [f"g = np.vstack(({v}[:4], x[1:], np.full(4, {w})))"],
        lambda: [f"g = np.stack(({v}[1:], x[:4], {v}[:4] * {w}))"],
        lambda: [f"g = np.eye(3, 4) * {w}"],
        lambda: [f"g = np.full((3, 4), {w})", f"g[1, 2] = {e()}"],
        lambda: ["g = np.zeros_like(m)", f"g[{g.index(loops, 3)}] = {v}[:4]"],
        lambda: [f"g = np.concatenate((g[1:], {v}[:4].reshape(1, 4)))"],
        lambda: [
            f"{one} = np.zeros(0)",
            f"for b in range({g.r.choice(['n', '3'])}):",
            f"    {one} = np.append({one}, {v}[b] * {w})",
            f"{w} += np.sum({one} * {one}) * 0.2",
        ],
        lambda: [
            f"{one} = np.empty((2, 5))",
            f"{one}[0], {one}[1] = {v}, x * {w}",
            f"{target} = {one}[{g.integer(loops)} % 2] * 0.5",
        ],
    ]
