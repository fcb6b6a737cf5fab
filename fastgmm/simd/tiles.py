"""Register tiles of matrix products, in LLVM's vector instructions: the innermost loops.

A tile is what the vector registers hold of a product: a few rows by one panel (see
`panels`), or by a few rows of another operand. Registers differ between CPUs, and so does how
a tile is cut for them; layouts do not. The cut follows the features that Numba compiles for,
which are part of the key of its disk cache. `products` makes whole products of tiles.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .panels import PANEL_BYTES

# A tile of `multiply_panel` has 8 rows, the last one 4 if that is enough.
TILE, HALF_TILE = 8, 4

# A tile of `add_products` is of 4 rows of the one operand by 6 of the other.
LEFT, RIGHT = 4, 6

_INDEX = ir.IntType(64)
_LANE = ir.IntType(32)


class _Cut:
    """How the target's registers hold vectors of an element type."""

    def __init__(self, context, dtype):
        triple, _, features = context.codegen().magic_tuple()
        features = features.split(",")
        if "+avx512f" in features:
            width, self.registers = 64, 32
        elif "+avx" in features:
            width, self.registers = 32, 16
        else:
            width, self.registers = 16, 32 if triple.startswith(("aarch64", "arm64")) else 16
        self.element = context.get_value_type(dtype)
        size = dtype.bitwidth // 8
        self.lanes = width // size
        self.vectors = PANEL_BYTES // width  # of a panel's row
        self.vector = ir.VectorType(self.element, self.lanes)
        self.zero = ir.Constant(self.vector, [0.0] * self.lanes)


def _pointer(context, builder, array_type, array, offset):
    data = context.make_array(array_type)(context, builder, array).data
    return builder.gep(data, [offset])


def _at(builder, pointer, offset):
    return builder.gep(pointer, [offset if isinstance(offset, ir.Value) else _INDEX(offset)])


def _load(builder, pointer, offset, vector, align=64):
    where = builder.bitcast(_at(builder, pointer, offset), vector.as_pointer())
    return builder.load(where, align=min(align, vector.count * _bytes(vector.element)))


def _store(builder, value, pointer, offset, align=64):
    where = builder.bitcast(_at(builder, pointer, offset), value.type.as_pointer())
    builder.store(value, where, align=min(align, value.type.count * _bytes(value.type.element)))


def _bytes(element):
    return 8 if isinstance(element, ir.DoubleType) else 4


def _splat(builder, scalar, vector):
    undefined = ir.Constant(vector, ir.Undefined)
    one = builder.insert_element(undefined, scalar, _LANE(0))
    zeros = ir.Constant(ir.VectorType(_LANE, vector.count), [0] * vector.count)
    return builder.shuffle_vector(one, undefined, zeros)


def _multiply_add(builder, a, b, c):
    """Return a * b + c, fused where the CPU can do it."""
    if isinstance(a.type, ir.VectorType):
        name = f"llvm.fmuladd.v{a.type.count}f{8 * _bytes(a.type.element)}"
    else:
        name = f"llvm.fmuladd.f{8 * _bytes(a.type)}"
    function_type = ir.FunctionType(a.type, [a.type] * 3)
    return builder.call(
        cgutils.get_or_insert_function(builder.module, function_type, name), [a, b, c]
    )


def _loop(builder, count, carried, body):
    """Emit ``for i in range(count): carried = body(i, carried)``; return the last values."""
    before = builder.block
    head, inside, after = (builder.append_basic_block(n) for n in ("head", "inside", "after"))
    builder.branch(head)
    builder.position_at_end(head)
    i = builder.phi(_INDEX)
    i.add_incoming(_INDEX(0), before)
    values = []
    for value in carried:
        values.append(builder.phi(value.type))
        values[-1].add_incoming(value, before)
    builder.cbranch(builder.icmp_signed("<", i, count), inside, after)
    builder.position_at_end(inside)
    following = body(i, values)
    end = builder.block
    i.add_incoming(builder.add(i, _INDEX(1)), end)
    for value, next_value in zip(values, following, strict=True):
        value.add_incoming(next_value, end)
    builder.branch(head)
    builder.position_at_end(after)
    return values


def _emit_panel_tile(builder, cut, rows, triangular, factor, panel, count, finish):
    """Emit products of a packed tile of `rows` rows by a panel, for each cut of registers.

    The tile is (count, rows) in memory; if `triangular`, ``rows`` more steps follow, in step s
    of which the rows before s are zero. ``finish(row, vector_index, value)`` takes the results.
    """
    panel_length = cut.vectors * cut.lanes
    height = min(rows, 8 if cut.registers == 32 else 4)
    for top in range(0, rows, height):
        for left in range(0, cut.vectors, 3):

            def step(i, sums, first=0, top=top, left=left):
                at_x = _at(builder, panel, builder.mul(i, _INDEX(panel_length)))
                at_w = _at(builder, factor, builder.mul(i, _INDEX(rows)))
                x = [_load(builder, at_x, (left + v) * cut.lanes, cut.vector) for v in range(3)]
                sums = list(sums)
                for r in range(max(first - top, 0), height):
                    w = builder.load(_at(builder, at_w, top + r))
                    w = _splat(builder, w, cut.vector)
                    for v in range(3):
                        sums[3 * r + v] = _multiply_add(builder, w, x[v], sums[3 * r + v])
                return sums

            sums = _loop(builder, count, [cut.zero] * (3 * height), step)
            if triangular:
                for s in range(rows):
                    sums = step(builder.add(count, _INDEX(s)), sums, first=s)
            for r in range(height):
                for v in range(3):
                    finish(top + r, left + v, sums[3 * r + v])


def _panel_tile(rows, squares):
    """Make the intrinsic of one tile: rows stored, or, of a triangle, their squares added."""

    @intrinsic
    def tile(typing_context, factor, at_factor, panels, at_panel, count, out, at_out):
        index = types.intp
        signature = types.void(factor, index, panels, index, index, out, index)

        def codegen(context, builder, signature, args):
            cut = _Cut(context, panels.dtype)
            factor_pointer = _pointer(context, builder, factor, args[0], args[1])
            panel = _pointer(context, builder, panels, args[2], args[3])
            target = _pointer(context, builder, out, args[5], args[6])

            def finish(row, v, value):
                place = v * cut.lanes
                if squares:
                    total = _load(builder, target, place, cut.vector)
                    value = _multiply_add(builder, value, value, total)
                else:
                    place += row * cut.vectors * cut.lanes
                _store(builder, value, target, place)

            _emit_panel_tile(builder, cut, rows, squares, factor_pointer, panel, args[4], finish)
            return context.get_dummy_value()

        return signature, codegen

    return tile


full_tile = _panel_tile(TILE, False)
half_tile = _panel_tile(HALF_TILE, False)
full_squares = _panel_tile(TILE, True)
half_squares = _panel_tile(HALF_TILE, True)


def _row_tile(rows):
    """Make the intrinsic of one tile of a triangle by one row of the data: the squares added."""

    @intrinsic
    def tile(typing_context, factor, at_factor, panels, at_row, count, square):
        index = types.intp
        signature = panels.dtype(factor, index, panels, index, index, panels.dtype)

        def codegen(context, builder, signature, args):
            cut = _Cut(context, panels.dtype)
            column = ir.VectorType(cut.element, rows)
            weights = _pointer(context, builder, factor, args[0], args[1])
            numbers = _pointer(context, builder, panels, args[2], args[3])

            def step(i, sums):
                x = builder.load(_at(builder, numbers, builder.mul(i, length)))
                w = _load(builder, weights, builder.mul(i, _INDEX(rows)), column, align=4)
                return [_multiply_add(builder, w, _splat(builder, x, column), sums[0])]

            length = _INDEX(cut.vectors * cut.lanes)
            zero = ir.Constant(column, [0.0] * rows)
            (values,) = _loop(builder, builder.add(args[4], _INDEX(rows)), [zero], step)
            # In the order of `_emit_panel_tile`, for the same result bit by bit.
            square = args[5]
            for r in range(rows):
                value = builder.extract_element(values, _LANE(r))
                square = _multiply_add(builder, value, value, square)
            return square

        return signature, codegen

    return tile


full_square_of_row = _row_tile(TILE)
half_square_of_row = _row_tile(HALF_TILE)


def _sum_lanes(builder, cut, four):
    """Return the sums of the lanes of four vectors (None is zero), as a list of vectors."""
    vectors, step = [cut.zero if v is None else v for v in four], 1
    while len(vectors) > 1 and step < cut.lanes:
        # Lane j of a pair's sum is of the first vector where bit `step` of j is 0, else of the
        # second: after two rounds lane j is of vector j % 4.
        lanes = range(cut.lanes)
        low = [j if not j & step else cut.lanes + j - step for j in lanes]
        high = [j + step if not j & step else cut.lanes + j for j in lanes]
        vectors = [
            builder.fadd(*(builder.shuffle_vector(a, b, _lane_list(m)) for m in (low, high)))
            for a, b in zip(vectors[::2], vectors[1::2], strict=True)
        ]
        step *= 2
    if len(vectors) == 1:
        (total,) = vectors
        while total.type.count > 4:
            half = total.type.count // 2
            total = builder.fadd(
                *(
                    builder.shuffle_vector(total, total, _lane_list(range(first, first + half)))
                    for first in (0, half)
                )
            )
        vectors = [total]
    return vectors


def _lane_list(lanes):
    lanes = list(lanes)
    return ir.Constant(ir.VectorType(_LANE, len(lanes)), lanes)


def _add_four(builder, cut, four, target, offset):
    """Add the sums of the lanes of four vectors to four doubles in memory."""
    for part, vector in enumerate(_sum_lanes(builder, cut, four)):
        doubles = ir.VectorType(ir.DoubleType(), vector.type.count)
        if vector.type != doubles:
            vector = builder.fpext(vector, doubles)
        place = builder.add(offset, _INDEX(part * doubles.count))
        old = _load(builder, target, place, doubles, align=8)
        _store(builder, builder.fadd(old, vector), target, place, align=8)


def _emit_products(builder, cut, n_panels, groups, load, finish, panel_of=lambda i: i):
    """Emit sums over panels of products of pairs of rows, in groups of four pairs.

    ``load(panel, vector_index, name)`` returns a vector of the row of that name.
    ``finish(group, four)`` takes the sums, by lane. ``panel_of(i)`` is the i-th panel.
    """
    at_once = 6 if cut.registers == 32 else 3
    for first in range(0, len(groups), at_once):
        part = groups[first : first + at_once]
        pairs = [pair for group in part for pair in group if pair is not None]

        def step(i, sums, pairs=pairs):
            panel, sums = panel_of(i), list(sums)
            for v in range(cut.vectors):
                rows = {}
                for n, pair in enumerate(pairs):
                    for name in pair:
                        if name not in rows:
                            rows[name] = load(panel, v, name)
                    sums[n] = _multiply_add(builder, rows[pair[0]], rows[pair[1]], sums[n])
            return sums

        sums = iter(_loop(builder, n_panels, [cut.zero] * len(pairs), step))
        for g, group in enumerate(part, first):
            finish(g, [None if pair is None else next(sums) for pair in group])


@intrinsic
def rectangle(
    typing_context, a, at_a, step_a, b, at_b, step_b, which, at_which, n, out, at_out, stride
):
    """Add products of 4 rows of a by 6 of b, summed over n panels, numbered in `which`."""
    index = types.intp
    signature = types.void(a, index, index, b, index, index, which, index, index, out, index, index)

    def codegen(context, builder, signature, args):
        cut = _Cut(context, a.dtype)
        operands = {
            "a": (_pointer(context, builder, a, args[0], args[1]), args[2]),
            "b": (_pointer(context, builder, b, args[3], args[4]), args[5]),
        }
        numbers = _pointer(context, builder, which, args[6], args[7])
        target = _pointer(context, builder, out, args[9], args[10])

        def load(panel, v, name):
            pointer, step = operands[name[0]]
            row = _at(builder, pointer, builder.mul(panel, step))
            return _load(builder, row, (name[1] * cut.vectors + v) * cut.lanes, cut.vector)

        def finish(j, four):
            _add_four(builder, cut, four, target, builder.mul(args[11], _INDEX(j)))

        groups = [[(("b", j), ("a", i)) for i in range(LEFT)] for j in range(RIGHT)]
        _emit_products(
            builder,
            cut,
            args[8],
            groups,
            load,
            finish,
            panel_of=lambda i: builder.load(_at(builder, numbers, i)),
        )
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def square(typing_context, z, at_i, at_j, step, n_panels, out, at_out, stride):
    """Add the products of 4 rows of z by 4 others."""
    index = types.intp
    signature = types.void(z, index, index, index, index, out, index, index)

    def codegen(context, builder, signature, args):
        cut = _Cut(context, z.dtype)
        rows = {n: _pointer(context, builder, z, args[0], args[1 + n]) for n in (0, 1)}
        target = _pointer(context, builder, out, args[5], args[6])

        def load(panel, v, name):
            row = _at(builder, rows[name[0]], builder.mul(panel, args[3]))
            return _load(builder, row, (name[1] * cut.vectors + v) * cut.lanes, cut.vector)

        def finish(j, four):
            _add_four(builder, cut, four, target, builder.mul(args[7], _INDEX(j)))

        groups = [[((1, j), (0, i)) for i in range(LEFT)] for j in range(LEFT)]
        _emit_products(builder, cut, args[4], groups, load, finish)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def diagonal(typing_context, z, at_s, at_z, step, n_panels, out, at_out, stride, first, at_first):
    """Add the products of 4 rows of z by each other, those on and below the diagonal, and by s."""
    index = types.intp
    signature = types.void(z, index, index, index, index, out, index, index, first, index)

    def codegen(context, builder, signature, args):
        cut = _Cut(context, z.dtype)
        scale = _pointer(context, builder, z, args[0], args[1])
        rows = _pointer(context, builder, z, args[0], args[2])
        target = _pointer(context, builder, out, args[5], args[6])
        sums = _pointer(context, builder, first, args[8], args[9])

        def load(panel, v, name):
            pointer = scale if name == "s" else rows
            row = _at(builder, pointer, builder.mul(panel, args[3]))
            place = v if name == "s" else name * cut.vectors + v
            return _load(builder, row, place * cut.lanes, cut.vector)

        def finish(j, four):
            if j == LEFT:
                _add_four(builder, cut, four, sums, _INDEX(0))
            else:
                _add_four(builder, cut, four, target, builder.mul(args[7], _INDEX(j)))

        groups = [[(i, j) if i >= j else None for i in range(LEFT)] for j in range(LEFT)]
        groups.append([(i, "s") for i in range(LEFT)])
        _emit_products(builder, cut, args[4], groups, load, finish)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def multiply_rows(typing_context, panels, at_row, at_others, count, at_out):
    """Store the products of one row of a panel by each of `count` rows of it."""
    index = types.intp
    signature = types.void(panels, index, index, index, index)

    def codegen(context, builder, signature, args):
        cut = _Cut(context, panels.dtype)
        row, others, out = (_pointer(context, builder, panels, args[0], args[i]) for i in (1, 2, 4))
        places = [v * cut.lanes for v in range(cut.vectors)]
        factors = [_load(builder, row, place, cut.vector) for place in places]

        def step(i, _):
            here = builder.mul(i, _INDEX(cut.vectors * cut.lanes))
            other, target = _at(builder, others, here), _at(builder, out, here)
            for place, factor in zip(places, factors, strict=True):
                product = builder.fmul(factor, _load(builder, other, place, cut.vector))
                _store(builder, product, target, place)
            return []

        _loop(builder, args[3], [], step)
        return context.get_dummy_value()

    return signature, codegen
