"""Lists of numbers: literals, comprehensions, appended to, read by index and as a whole."""

HEAD = """    items, grown = [a, 0.3, x[0], x[1] * 0.5, 1.0], [x[2]]
"""
NAMES = ("items", "grown")


def numbers(g, loops):
    i = lambda: g.index(loops)  # noqa: E731
    return [
        lambda: f"items[{i()}]",
        lambda: f"items[{i()}] * {g.vector_name()}[{i()}]",
        lambda: "grown[-1]",
        lambda: f"grown[{g.r.choice(['0', '-1', 'k % len(grown)', 'len(grown) // 2'])}]",
        lambda: f"{g.r.choice(['sum', 'min', 'max'])}({g.r.choice(['items', 'grown'])}) * 0.2",
        lambda: "len(grown) * 0.1",
        lambda: "np.sum(np.array(items)) * 0.3",
        lambda: f"np.dot(np.array(items), {g.vector_name()}) * 0.2",
        lambda: f"max([{g.scalar(1, loops)}, {g.scalar(1, loops)}, 0.1])",
        lambda: f"sum([v * {g.number()} for v in {g.vector_name()}]) * 0.2",
        lambda: f"[{g.scalar(1, loops)}, {g.number()}, 0.5][{g.integer(loops)} % 3]",
    ]


def vectors(g, loops):
    return [
        lambda: "np.array(items)",
        lambda: f"np.array([v * {g.number()} for v in items])",
        lambda: f"np.array([{g.vector_name()}[4 - b] for b in range(5)])",
        lambda: "np.array([max(other, 0.1) * 0.5 for b, other in enumerate(items)])",
        lambda: f"np.array([{g.number()}] * 5)",
    ]


def tests(g, loops):
    return [
        lambda: f"{g.integer(loops)} in [0, 1, 4]",
        lambda: f"{g.integer(loops)} not in [2, n]",
        lambda: "len(grown) > 2",
        lambda: f"items[{g.index(loops)}] > {g.number()}",
    ]


def statements(g, loops):
    r, w, v = g.r, g.number(), g.vector_name()
    e = lambda: g.scalar(1, loops)  # noqa: E731
    one = g.name("one")
    return [
        lambda: [f"items = [{e()}, {w}, {e()}, 0.5, {v}[{g.index(loops)}]]"],
        lambda: [f"items = [v * {w} - 0.1 for v in {v}]"],
        lambda: [f"items = [{v}[b] * {w} if b % 2 == 0 else {w} for b in range(5)]"],
        lambda: [f"items = [m[b % 3, b % 4] * v for b, v in enumerate({v})]"],
        lambda: [f"items = [b * other for b, other in zip({v}, x)]"],
        lambda: [f"items[{g.index(loops)}] = {e()}"],
        lambda: [f"items[{g.index(loops)}] *= {w}"],
        lambda: [f"grown.append({e()})"],
        lambda: ["grown.append(grown[-1] * 0.5)"],
        lambda: [f"grown = [{e()}, {w}]"],
        lambda: [
            f"{one} = []",
            f"for b in range({r.choice(['n', '3', 'n + 1', 'x.size'])}):",
            f"    {one}.append({v}[b % 5] * {w})",
            f"    {w} = {w} * 0.5 + {one}[{r.choice(['0', '-1', 'b', f'len({one}) - 1'])}] * 0.3",
            f"{w} += sum({one}) * 0.2",
        ],
        lambda: [
            f"for {one} in {r.choice(['items', 'grown', '[0.5, a, x[1]]', '(x[0], a, 0.2)'])}:",
            f"    {w} = {w} * 0.6 + {one} * {e()} * 0.3",
        ],
        lambda: [
            f"for b, {one} in {r.choice(['enumerate(items)', '[(0, 1.5), (2, x[0])]'])}:",
            f"    y[b] = {one} * {w}",
        ],
        lambda: [f"for {one}, other in zip(items, {v}):", f"    {w} += {one} * other * 0.2"],
        lambda: [
            f"{one} = [other * {w} for other in {v} if other > 0.1]",
            f"{w} += sum({one}) * 0.2 + len({one}) * 0.1",
        ],
        lambda: [
            f"for b in range({r.choice(['n', '3'])}):",
            f"    if {g.test([*loops, 'b'])}:",
            "        continue",
            f"    grown.append({v}[b] * {e()})",
        ],
    ]
