"""Every operation on arrays and numbers, at smooth points and at kinks, in every mode."""

import pytest
from array_forms import FORMS
from array_kinks import KINKS
from array_matrices import MATRICES
from array_table import Batch, disagreements, refusal

TABLE = KINKS | FORMS | MATRICES
ROWS = [r for rows in TABLE.values() for r in rows]
QUICK = ("extremes", "one")  # compiling the rest takes minutes
TOGETHER = 12  # rows in a function; compiling takes a time that grows faster than their number


def _parts():
    """Yield (name, group, rows) of what is compiled together."""
    for group, rows in TABLE.items():
        size = len(rows) if group in QUICK else TOGETHER
        for k in range(0, len(rows), size):
            yield f"{group} {k // size + 1}", group, rows[k : k + size]


PARTS = {name: (group, rows) for name, group, rows in _parts()}


def _cases():
    for name, (group, rows) in PARTS.items():
        for mode in ("source", "forward", "tape"):
            if all(mode in r.refused for r in rows):
                continue
            slow = group not in QUICK or mode == "tape"
            marks = [pytest.mark.slow] if slow else []
            yield pytest.param(name, mode, marks=marks, id=f"{name}-{mode}")


def _batch(name, mode, folder):
    rows = [r for r in PARTS[name][1] if mode not in r.refused]
    return Batch(rows, folder, f"{name}_{mode}".replace(" ", "_"))


@pytest.mark.parametrize(("part", "mode"), [*_cases()])
def test_values_and_derivatives_in_every_mode(part, mode, tmp_path):
    batch = _batch(part, mode, tmp_path)
    assert disagreements(batch, mode, "vjp", compiled=PARTS[part][0] in KINKS) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "mode"), [c.values for c in _cases() if c.values[1] != "tape"], ids=str
)
def test_tangents(part, mode, tmp_path):
    assert disagreements(_batch(part, mode, tmp_path), mode, "jvp") == []


@pytest.mark.slow
@pytest.mark.parametrize("r", [r for r in ROWS if r.refused], ids=lambda r: r.name)
def test_what_a_mode_does_not_take_it_refuses_in_its_own_words(r, tmp_path):
    for mode in r.refused.split():
        assert "fastad: " in (refusal(r, mode, tmp_path, f"refused_{mode}") or "")


def test_names_of_rows_are_unique():
    assert len({r.function for r in ROWS}) == len(ROWS)
