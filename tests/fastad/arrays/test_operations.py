"""Every operation on arrays and numbers, at smooth points and at kinks, in every mode."""

import pytest
from array_forms import FORMS
from array_kinks import KINKS
from array_table import Batch, disagreements, refusal

TABLE = KINKS | FORMS
ROWS = [r for rows in TABLE.values() for r in rows]
QUICK = ("extremes", "one")  # compiling the rest takes minutes


def _cases():
    for group in TABLE:
        for mode in ("source", "forward", "tape"):
            if all(mode in r.refused for r in TABLE[group]):
                continue
            slow = group not in QUICK or mode == "tape"
            marks = [pytest.mark.slow] if slow else []
            yield pytest.param(group, mode, marks=marks, id=f"{group}-{mode}")


def _batch(group, mode, folder):
    rows = [r for r in TABLE[group] if mode not in r.refused]
    return Batch(rows, folder, f"{group}_{mode}".replace(" ", "_"))


@pytest.mark.parametrize(("group", "mode"), [*_cases()])
def test_values_and_derivatives_in_every_mode(group, mode, tmp_path):
    batch = _batch(group, mode, tmp_path)
    assert disagreements(batch, mode, "vjp", compiled=group in KINKS) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("group", "mode"), [c.values for c in _cases() if c.values[1] != "tape"], ids=str
)
def test_tangents(group, mode, tmp_path):
    assert disagreements(_batch(group, mode, tmp_path), mode, "jvp") == []


@pytest.mark.slow
@pytest.mark.parametrize("r", [r for r in ROWS if r.refused], ids=lambda r: r.name)
def test_what_a_mode_does_not_take_it_refuses_in_its_own_words(r, tmp_path):
    for mode in r.refused.split():
        assert "fastad: " in (refusal(r, mode, tmp_path, f"refused_{mode}") or "")


def test_names_of_rows_are_unique():
    assert len({r.function for r in ROWS}) == len(ROWS)
