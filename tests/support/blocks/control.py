"""Calls in conditions and as statements, stars and defaults, conditional arrays, odd loops."""

HEAD = ""
NAMES = ()


def numbers(g, loops):
    v, w = g.vector_name(), g.number()
    e, i = lambda: g.scalar(1, loops), lambda: g.index(loops)
    return [
        lambda: f"h_star({e()})",
        lambda: f"h_star({e()}, {w}, {e()})",
        lambda: f"h_starred({e()}, {w})",
        lambda: f"h_handed({v}, {e()}, {w})",
        lambda: "h_star(*d)",
        lambda: f"h_default({e()}, k=n)",
        lambda: f"h_default({e()}, {w}, k={g.integer(loops)} % 3)",
        lambda: f"h_default(shift={e()}, q={w})",
        lambda: f"({v} if {g.test(loops)} else {g.vector_name()})[{i()}]",
        lambda: f"np.sum(y if {g.test(loops)} else x * {w}) * 0.2",
        lambda: f"({w} if h_large({g.written()}, {i()}) else {e()})",
        lambda: f"x[h_searches({v}, {w})]",
        lambda: f"x[int(abs({w}) * 3.0) % 5]",
        lambda: f"float({w}) * float(k) * 0.3",
    ]


def vectors(g, loops):
    v = g.vector_name
    return [
        lambda: f"({v()} if {g.test(loops)} else {v()} * {g.number()})",
        lambda: f"(x if {g.test(loops)} else {g.r.choice('yzp')})",
        lambda: f"np.array([h_star({g.number()}, v) for v in {v()}])",
    ]


def tests(g, loops):
    v, i = g.written(), lambda: g.index(loops)
    return [
        lambda: f"h_large({v}, {i()})",
        lambda: f"h_bump({v}, {i()}, {g.number()}) > 0.2",
        lambda: f"-0.5 < h_bump({v}, {i()}, 0.3) < {g.number()}",
        lambda: f"({v}[0] > 0.1 and h_large({v}, 0))",
        lambda: f"({v}[0] > 0.1 or not h_large({v}, 0))",
        lambda: "h_step(count) % 2 == 0",
    ]


def statements(g, loops):
    r, w, v, u = g.r, g.number(), g.written(), g.vector_name()
    e, i = lambda: g.scalar(1, loops), lambda: g.index(loops)
    one, two = g.name("one"), g.name("two")
    return [
        lambda: [f"h_bump({v}, {i()}, {e()})"],
        lambda: [f"h_negates({v}, {i()})"],
        lambda: [f"h_negates({v} if {g.test(loops)} else z, {i()})"],
        lambda: ["h_step(count)"],
        lambda: [f"{r.choice('yzp')} = {u} if {g.test(loops)} else {r.choice('yzp')}"],
        lambda: [f"{w}, {g.number()} = ({e()}, {w}) if {g.test(loops)} else ({w}, a)"],
        lambda: [
            f"for {one} in range({r.choice(['n', '4'])}):",
            f"    {w} = {w} * 0.7 + {v}[{one}] * 0.3",
            f"    if {w} > {r.choice(['0.2', 'a', 'x[0]'])}:",
            f"        {r.choice(['break', 'continue'])}",
            "else:",
            f"    {w} = {e()}",
            f"    {v}[{one}] *= {w}",
        ],
        lambda: [
            f"{one} = 0",
            f"while {one} < {r.choice(['3', 'n'])}:",
            f"    {one} += 1",
            f"    {w} += {v}[{one}] * 0.3",
            f"    if {w} > 0.4:",
            "        break",
            "else:",
            f"    {v}[0] = {w} * {e()}",
        ],
        lambda: [
            f"for {one}, ({two}, other) in enumerate(zip({u}, {v})):",
            f"    {w} += {two} * other * 0.2 * {one}",
        ],
        lambda: [f"for {one} in zip({u}, x):", f"    {w} += {one}[0] * {one}[1] * 0.2"],
        lambda: [f"for {one}, other in enumerate({u}, 1):", f"    {w} += other / {one} * 0.3"],
        lambda: [
            f"for {one} in {r.choice(['np.arange(n)', 'np.argsort(x)', 'range(4, 0, -2)'])}:",
            f"    {v}[{one}] = {v}[{one}] * 0.5 + {w}",
        ],
        lambda: [f"for {one} in (0, 2, 3):", f"    {w} += {u}[{one}] * 0.2"],
        lambda: [
            f"for {one}, other in np.ndenumerate(g):",
            f"    {w} += other * x[{one}[0]] * 0.05",
        ],
        lambda: [
            f"while h_step(count) % {r.choice('345')} != 0:",
            f"    {w} = {w} * 0.6 + {v}[count[0] % 5] * 0.3",
        ],
        lambda: [
            f"if {g.test(loops)}:",
            f"    {one} = {u}",
            "else:",
            f"    {one} = x * {w}",
            f"{w} += np.sum({one}) * 0.2",
        ],
    ]
