"""Random programs of what the front end takes: lists, masks, functions, drivers, joins, casts.

They are wild programs with the features of `blocks` put in, some of them in each program, so that
any two meet.
"""

from programs import SCALARS, VECTORS, WRITTEN
from wild import FEATURES as WILD
from wild import Wild

from . import casts, control, drivers, functions, joins, lists, masks, matrices

BLOCKS = {
    "lists": lists,
    "masks": masks,
    "functions": functions,
    "drivers": drivers,
    "control": control,
    "joins": joins,
    "casts": casts,
    "matrices": matrices,
}
FEATURES = tuple(BLOCKS)
IMPORTS = """from blocks.helpers import Given, both_bowl, bowl, curve, d_by_r, d_curve, f_bent
from blocks.helpers import f_blend, f_damp, f_ratio, f_shift, f_sine, g_bowl, g_spread, h_apply
from blocks.helpers import h_area, h_both_of, h_by, h_changes, h_default, h_descends, h_each
from blocks.helpers import h_fold, h_handed, h_large, h_negates, h_newton, h_searches, h_star
from blocks.helpers import h_starred, j_bowl, j_curve, spread, vg_bowl
"""

# How arguments are packed, and how they come in.
PACKED = (
    ("Given(x, m), a, n", "def f(pack_, a, n):\n    x, m = pack_\n"),
    (
        "Given(x, m), a, n",
        "def f(pack_, a=0.2, *more_):\n    (x, m), n = pack_, more_[0]\n",
    ),
    ("(x, m, a), n", "def f(pack_, n=2):\n    x, m, a = pack_\n"),
    ("(x, (m, a)), n", "def f(pack_, n):\n    x, (m, a) = pack_\n"),
    ("x, (m, (a,)), n", "def f(x, pack_, n):\n    m, a = pack_[0], pack_[1][0]\n"),
)


class Forms(Wild):
    """A generator of programs with blocks, from a seed.

    Parameters
    ----------
    seed : int
    features : sequence of str
        Of `FEATURES` those of which a program has up to three, and of `wild.FEATURES`.
    packs : bool
        Whether the arguments that are differentiated are tuples, and others are ``*rest``.
    """

    def __init__(self, seed, features=FEATURES, packs=False):
        super().__init__(seed, arrays=(0.0, 0.3)[seed % 2], named=seed % 3 == 1)
        mine = [f for f in features if f in BLOCKS]
        chosen = self.r.sample(mine, min(len(mine), self.r.randint(1, 3)))
        self.blocks = [BLOCKS[f] for f in FEATURES if f in chosen]
        self.features = self.r.sample(WILD, self.r.choice((0, 0, 2)))
        self.budget = self.r.randint(3, 12)
        self.packing = self.r.choice(PACKED) if packs else None

    def imports(self):
        pack = f"\n\ndef pack(x, m, a, n):\n    return {self.packing[0]}\n" if self.packing else ""
        return super().imports() + IMPORTS + pack

    def head(self):
        head = super().head()
        return head.replace("def f(x, m, a, n):\n", self.packing[1]) if self.packing else head

    def more_head(self):
        return super().more_head() + "".join(b.HEAD for b in self.blocks)

    def names(self):
        return [*super().names(), *(n for b in self.blocks for n in b.NAMES)]

    # What blocks ask of a generator ----------------------------------------------------------

    def number(self):
        return self.r.choice(SCALARS)

    def vector_name(self):
        return self.r.choice(VECTORS)

    def written(self):
        return self.r.choice(WRITTEN)

    def of_blocks(self, part, loops):
        """Return one of the choices of one of the blocks: a number, a vector, a statement."""
        return self.r.choice(getattr(self.r.choice(self.blocks), part)(self, list(loops)))()

    # Where blocks go in ----------------------------------------------------------------------

    def scalar(self, depth, loops=()):
        if depth > 0 and self.r.random() < 0.2:
            return self.of_blocks("numbers", loops)
        return super().scalar(depth, loops)

    def vector(self, depth=1):
        if depth > 0 and self.r.random() < 0.4:
            return self.of_blocks("vectors", ())
        return super().vector(depth)

    def test(self, loops):
        return self.of_blocks("tests", loops) if self.r.random() < 0.3 else super().test(loops)

    def statement(self, depth, in_loop, loops):
        if self.r.random() < 0.5:
            self.budget -= 1
            return ["    " * depth + line for line in self.of_blocks("statements", loops)]
        return super().statement(depth, in_loop, loops)

    def loop(self, depth, loops):
        return super().loop(depth, loops) + self.otherwise(depth, loops)

    def while_loop(self, depth, loops):
        return super().while_loop(depth, loops) + self.otherwise(depth, loops)

    def otherwise(self, depth, loops):
        """Return the ``else`` of a loop, or nothing."""
        if self.r.random() < 0.7:
            return []
        return ["    " * depth + "else:", *self.block(depth + 1, bool(loops), loops)]


def program(seed, features=FEATURES, packs=False):
    """Return the source of the program of a seed."""
    return Forms(seed, features, packs).source()
