"""Run programs over lanes: one operation for `LANES` turns of a loop after the other.

The functions are made from the rule table; the operations that matter most are written for
the vector registers themselves.
"""

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic, register_jitable

from . import _codegen
from .rules import COMPARISONS
from .tape_plain import SYMBOL, differentiate, evaluate, lazy, partial_cases, primal_cases, switch
from .tape_plan import (
    ADD_PRODUCT,
    ADD_TO,
    EXPORT,
    GATHER,
    IMPORT,
    IN_BLOCK,
    LANES,
    NEGATIVE,
    PARTIAL,
    PRODUCT,
    SCATTER,
    SET,
    SHARED,
    SUB_PRODUCT,
    SUM_TO,
    WIDTH,
)
from .tape_trace import GUARDS, RULE_CODES
from .tape_types import load_float, store_float

_WRITTEN = [RULE_CODES[name] for name in ("add", "sub", "mul", "square", "neg", "pos")]
_CHUNKS = LANES // WIDTH
_BYTES = 8 * WIDTH

_ARGUMENTS = (
    "program, first, last, base, shift, values, gathers, outcomes, begin, period, turns, turn"
)
_REVERSE_ARGUMENTS = (
    "program, first, last, base, shift, adjoint_base, adjoints, gathers, begin, period, turns, turn"
)

# ---- Operations on all lanes ----


class _Lanes:
    """Vector registers at addresses, as LLVM code."""

    def __init__(self, builder):
        self.builder = builder
        self.type = ir.VectorType(ir.DoubleType(), WIDTH)

    def _at(self, address, step, chunk):
        offset = self.builder.mul(step, step.type(chunk))
        return self.builder.inttoptr(self.builder.add(address, offset), self.type.as_pointer())

    def load(self, address, step, chunk):
        return self.builder.load(self._at(address, step, chunk), align=8)

    def store(self, value, address, step, chunk):
        self.builder.store(value, self._at(address, step, chunk), align=8)


def _intrinsic(n, generate):
    """Return the intrinsic of n pairs of address and step, all whole numbers."""
    word = types.intp
    names = ", ".join(f"a{k}" for k in range(2 * n))

    def codegen(context, builder, signature, args):
        generate(builder, _Lanes(builder), list(zip(args[::2], args[1::2], strict=True)))
        return context.get_dummy_value()

    def typed(typingctx, *arguments):
        return types.void(*[word] * (2 * n)), codegen

    source = f"def kernel(typingctx, {names}):\n    return typed(typingctx, {names})\n"
    return intrinsic(_codegen.compile_source(source, "kernel", {"typed": typed}))


def _forward_kernel(operation, n):
    def generate(builder, lanes, parts):
        target, *inputs = parts
        for chunk in range(_CHUNKS):
            x = [lanes.load(*part, chunk) for part in inputs]
            lanes.store(operation(builder, *x), *target, chunk)

    return _intrinsic(n + 1, generate)


# Not contracted to fused operations: a replay gives the bits that recording gave.
_FORWARD = {
    RULE_CODES["add"]: _forward_kernel(lambda b, x, y: b.fadd(x, y), 2),
    RULE_CODES["sub"]: _forward_kernel(lambda b, x, y: b.fsub(x, y), 2),
    RULE_CODES["mul"]: _forward_kernel(lambda b, x, y: b.fmul(x, y), 2),
    ADD_PRODUCT: _forward_kernel(lambda b, x, y, z: b.fadd(z, b.fmul(x, y)), 3),
    SUB_PRODUCT: _forward_kernel(lambda b, x, y, z: b.fsub(z, b.fmul(x, y)), 3),
}


def _backward_kernel(how, negative, product):
    """Return the kernel of ``target (+)= (-) v (* y)``, by lane or summed over lanes."""
    flags = ("contract",)

    def generate(builder, lanes, parts):
        target, v, *factor = parts
        total = lanes.load(*target, 0) if how == SUM_TO else None
        for chunk in range(_CHUNKS):
            term = lanes.load(*v, chunk)
            if product:
                term = builder.fmul(term, lanes.load(*factor[0], chunk), flags=flags)
            if how == SET:
                term = builder.fneg(term) if negative else term
            else:
                before = total if how == SUM_TO else lanes.load(*target, chunk)
                combine = builder.fsub if negative else builder.fadd
                term = combine(before, term, flags=flags)
            if how == SUM_TO:
                total = term
            else:
                lanes.store(term, *target, chunk)
        if how == SUM_TO:
            lanes.store(total, *target, 0)

    return _intrinsic(2 + product, generate)


_BACKWARD = {
    how + negative + product: _backward_kernel(how, negative > 0, product > 0)
    for how in (SET, ADD_TO, SUM_TO)
    for negative in (0, NEGATIVE)
    for product in (0, PRODUCT)
}

# ---- The programs' interpreters ----


@register_jitable
def place(base, address, shift):
    """Return where in memory an address of a program is, in the block at hand."""
    at = base + 8 * (address & ~(WIDTH - 1))
    return at + shift if address & IN_BLOCK else at


@register_jitable
def stride(address):
    """Return the bytes from one register of an operand to the next."""
    return 0 if address & SHARED else _BYTES


def _per_lane(expression, target="d"):
    """Return the lines that compute an expression of x, y, r and v lane by lane."""
    lines = [f"for chunk in range({_CHUNKS}):", f"    for lane in range({WIDTH}):"]
    for name, at, step in (("x", "a", "sa"), ("y", "b", "sb"), ("r", "c", "sc")):
        if _codegen.uses(expression, name):
            lines.append(f"        {name} = load_float({at} + chunk * {step}, lane)")
    if _codegen.uses(expression, "v"):
        lines.append(f"        v = load_float(e + chunk * {_BYTES}, lane)")
    return [*lines, f"        store_float({target} + chunk * {_BYTES}, lane, {expression})"]


def _program_source(name, arguments, setup, cases, end):
    lines = [f"def {name}({arguments}):", "    for m in range(first, last):"]
    lines += ["        " + line for line in setup] + switch(cases, 8)
    return "\n".join([*lines, f"    {end}"]) + "\n"


def forward_source():
    """Return the source of running a program forwards; False where an outcome changed."""
    setup = [
        "code = program[m, 0]",
        *(f"{x} = place(base, program[m, {k}], shift)" for k, x in enumerate("dabc", 1)),
        *(f"s{x} = stride(program[m, {k}])" for k, x in enumerate("abc", 2)),
        "extra = program[m, 5]",
    ]
    cases = []
    for code, operands in (
        *((ADD_PRODUCT, "abc"), (RULE_CODES["mul"], "ab"), (SUB_PRODUCT, "abc")),
        *((RULE_CODES["add"], "ab"), (RULE_CODES["sub"], "ab")),
    ):
        parts = ", ".join([f"d, {_BYTES}", *(f"{x}, s{x}" for x in operands)])
        cases.append((f"code == {code}", [f"kernel{code}({parts})"]))
    for code, primal in primal_cases():
        if code not in _FORWARD:
            cases.append((f"code == {code}", _per_lane(primal)))
    cases.append((f"code < {GUARDS}", _per_lane("evaluate(code, x, y)")))
    for k, name in enumerate(COMPARISONS):
        body = [
            "changed = 0",
            f"for lane in range({LANES}):",
            f"    x = load_float(a + (lane >> 3) * sa, lane & {WIDTH - 1})",
            f"    y = load_float(b + (lane >> 3) * sb, lane & {WIDTH - 1})",
            f"    changed |= (x {SYMBOL[name]} y) ^ outcomes[extra, turn + lane]",
            "if changed:",
            "    return False",
        ]
        cases.append((f"code == {GUARDS + 2 * k}", body))
    body = [f"for lane in range({LANES}):"]
    body.append("    store_float(d, lane, values[unsigned(gathers[extra, turn + lane])])")
    cases.append((f"code == {GATHER}", body))
    body = [f"for lane in range(min({LANES}, turns - turn)):"]
    body.append("    values[begin + (turn + lane) * period + extra] = load_float(a, lane)")
    cases.append((f"code == {EXPORT}", body))
    return _program_source("forward", _ARGUMENTS, setup, cases, "return True")


def backward_source():
    """Return the source of running the program of the reverse."""
    setup = [
        "code = program[m, 0]",
        "d, e = place(adjoint_base, program[m, 1], 0), place(adjoint_base, program[m, 2], 0)",
        *(f"{x} = place(base, program[m, {k}], shift)" for k, x in enumerate("abc", 3)),
        *(f"s{x} = stride(program[m, {k}])" for k, x in enumerate("abc", 3)),
        "extra = program[m, 5]",
    ]
    cases = []
    for code in sorted(_BACKWARD, reverse=True):
        parts = f"d, {_BYTES}, e, {_BYTES}" + (", a, sa" if code >= PRODUCT else "")
        cases.append((f"code == {code}", [f"kernel{code}({parts})"]))
    for code, side, factor in partial_cases():
        if code not in _WRITTEN:
            cases.append((f"code == {PARTIAL + 2 * code + side}", _per_lane(f"v * ({factor})")))
    cases.append(
        (
            f"code == {SCATTER}",
            [
                f"for lane in range({LANES}):",
                "    adjoints[unsigned(gathers[extra, turn + lane])] += load_float(e, lane)",
            ],
        )
    )
    for how, before in ((SET, "0.0"), (ADD_TO, "load_float(d, lane)")):
        body = [
            f"for lane in range({LANES}):",
            "    v = 0.0",
            "    if turn + lane < turns:",
            "        s = begin + (turn + lane) * period + extra",
            "        v = adjoints[s]",
            "        adjoints[s] = 0.0",
            f"    store_float(d, lane, {before} + v)",
        ]
        cases.append((f"code == {IMPORT + how}", body))
    other = _per_lane(f"v * differentiate(code - {PARTIAL}, x, y, r)")
    cases.append((f"code >= {PARTIAL}", other))
    return _program_source("backward", _REVERSE_ARGUMENTS, setup, cases, "return")


_TOOLS = {"place": place, "stride": stride, "load_float": load_float, "store_float": store_float}
_TOOLS |= {"evaluate": evaluate, "differentiate": differentiate}
# Run a program for the turns from `turn` on; forwards, False where a comparison changed.
forward = lazy(
    forward_source,
    "forward",
    _ARGUMENTS,
    _TOOLS | {f"kernel{code}": kernel for code, kernel in _FORWARD.items()},
)
backward = lazy(
    backward_source,
    "backward",
    _REVERSE_ARGUMENTS,
    _TOOLS | {f"kernel{code}": kernel for code, kernel in _BACKWARD.items()},
)
