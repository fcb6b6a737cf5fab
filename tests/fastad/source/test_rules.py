"""Every row of the rule table by source transformation, arrays too; rules of one's own."""

import importlib.util
import math

import mpmath
import numpy as np
import pytest
from fastad_oracles import mp_primal, samples
from interpreted import value_and_grad

import fastad
from fastad import grad
from fastad.rules.table import RULES

HEAD = "import math\nimport operator\n\nimport numpy as np\n\nimport fastad\n\n"


def loaded(source, folder):
    """Return a module from its source."""
    path = folder / "by_rules.py"
    path.write_text(HEAD + source)
    spec = importlib.util.spec_from_file_location("by_rules", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def paths(rule):
    """Return what calls a rule: the table's names of it, and fastad's own."""
    found = [p for p in rule.overloads if not p.startswith("builtins.")]
    found += [p.split(".")[1] for p in rule.overloads if p.startswith("builtins.")]
    return found + [f"fastad.{rule.name}"] * (rule.name in fastad.FUNCTIONS)


def exact(rule, point):
    """Return the partials at a point, by mpmath's differences; of an integer order 0."""
    out = []
    for k, partial in enumerate(rule.partials):
        if partial is None:
            out.append(0.0)
            continue
        with mpmath.workdps(40):
            given = [
                mpmath.mpf(v) if p is not None else v
                for v, p in zip(point, rule.partials, strict=True)
            ]

            def along(t, k=k, given=given):
                return mp_primal(rule)(*given[:k], mpmath.mpf(t), *given[k + 1 :])

            out.append(float(mpmath.diff(along, point[k])))
    return out


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_every_row(rule, tmp_path):
    """By each of its names, called once with variables and once with what was computed."""
    names = "xy"[: rule.arity]
    active = tuple(k for k, p in enumerate(rule.partials) if p is not None)
    point = samples(rule, 1, np.random.default_rng(1))[0]
    wanted = [exact(rule, point)[k] for k in active]
    body = "".join(
        f"def f{k}({', '.join(names)}):\n    return {p}({', '.join(names)})\n\n"
        for k, p in enumerate(paths(rule))
    )
    module = loaded(body, tmp_path)
    for k in range(len(paths(rule))):
        (value, bars), source = value_and_grad(getattr(module, f"f{k}"), point, active)
        assert value == pytest.approx(float(mp_primal(rule)(*point)), rel=1e-12), paths(rule)[k]
        np.testing.assert_allclose(bars, wanted, rtol=1e-9, atol=1e-12, err_msg=source)


ARRAYS = [(r, p) for r in RULES for p in r.overloads if p.startswith("np.")]
ARRAYS = list({r.name: (r, p) for r, p in ARRAYS if r.name not in ("polygamma",)}.values())


@pytest.mark.slow
def test_every_row_on_arrays(tmp_path):
    """One function of all rows, compiled."""
    rng = np.random.default_rng(2)
    x, y = np.empty((len(ARRAYS), 3)), np.ones((len(ARRAYS), 3))
    lines, wanted = ["def f(x, y):", "    s = 0.0"], np.zeros((2, len(ARRAYS), 3))
    for k, (rule, path) in enumerate(ARRAYS):
        for j, point in enumerate(samples(rule, 3, rng)):
            for i, (v, partial) in enumerate(zip(point, exact(rule, point), strict=True)):
                (x, y)[i][k, j], wanted[i, k, j] = v, partial
        given = f"x[{k}], y[{k}]" if rule.arity == 2 else f"x[{k}]"
        lines.append(f"    s += np.sum({path}({given}))")
    f = loaded("\n".join([*lines, "    return s"]) + "\n", tmp_path).f
    x_bar, y_bar = grad(f, (0, 1), mode="source")(x, y)
    np.testing.assert_allclose(x_bar, wanted[0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(y_bar, wanted[1], rtol=1e-9, atol=1e-12)


@fastad.custom_jvp
def softplus(x):
    return math.log1p(math.exp(x)) if x < 30.0 else x


@softplus.defjvp
def softplus_jvp(primals, tangents):
    x, x_dot = primals[0], tangents[0]
    return softplus(x), x_dot / (1.0 + math.exp(-x))


@fastad.custom_jvp
def weighted(x, a):
    return np.sum(x * x) * a


@weighted.defjvp
def weighted_jvp(primals, tangents):
    (x, a), (x_dot, a_dot) = primals, tangents
    return np.sum(x * x) * a, 2.0 * np.sum(x * x_dot) * a + np.sum(x * x) * a_dot


@fastad.custom_vjp
def scaled(x, a, n):
    return a * x, np.sum(x) * a * n


def scaled_fwd(x, a, n):
    return scaled(x, a, n), (x, a, n)


def scaled_bwd(residuals, bars):
    (x, a, n), (y_bar, s_bar) = residuals, bars
    a_bar = np.sum(y_bar * x) + s_bar * np.sum(x) * n
    return a * y_bar + s_bar * a * n, a_bar, None


scaled.defvjp(scaled_fwd, scaled_bwd)


def calls_rules(x):
    s = 0.0
    for i in range(x.size):
        s += softplus(x[i] + s) * x[0]
        x[i] = s
    y, t = scaled(x, s, 3)
    for i in range(2):
        y, t = scaled(y, 0.1 * t, 2)
        x[i] *= y[2]
    return weighted(x, s) * weighted(x * y, 2.0) + t


def makes_arrays(x):
    y = np.array([x[0], 1.0, x[1] * x[2]])
    z = np.array([[x[0], x[1]], [x[2], 3.0]])
    p = (x[0], x[1])
    for i in range(3):
        if i % 2 == 0:
            p = (p[1] * x[2], p[0])
        else:
            p = p[0] * p[1], p[1]
    q = p
    p = (p[1], p[0])
    taken = x[np.array([1, 1, 3])] * x[x > 0.4][:3]
    return np.sum(y * y) * np.linalg.det(z) + p[0] * p[1] * q[0] + np.sum(taken * y)


def decomposes(x):
    a = np.outer(x, x) + np.diag(x * np.arange(1.0, 5.0))
    sign, logdet = np.linalg.slogdet(a)
    w, v = np.linalg.eigh(a)
    s = logdet * sign + w[-1] * np.sum(v[:, -1] ** 4) + np.linalg.slogdet(a * x[0])[1]
    return s + fastad.logsumexp(x) * np.linalg.norm(x)


X = np.array([0.3, 0.5, 0.7, 0.95])


SLOW = [pytest.param(f, marks=pytest.mark.slow) for f in (makes_arrays, decomposes)]


@pytest.mark.parametrize("f", [calls_rules, *SLOW])
def test_rules_with_several_results(f):
    bars = grad(f, mode="source")(X)
    steps = 1e-6 * np.eye(4)
    wanted = [(f(X + e) - f(X - e)) / 2e-6 for e in steps]
    np.testing.assert_allclose(bars, wanted, rtol=1e-7, atol=1e-8)
