"""Every operation on arrays and numbers, at smooth points and at kinks, in every mode."""

import pytest
from array_forms import FORMS
from array_kinks import KINKS
from array_table import Batch, disagreements, refusal

TABLE = KINKS | FORMS
ROWS = [r for rows in TABLE.values() for r in rows]
# Singular points where a mode has no number (docs/fastad.md): row by its beginning -> of which
# mode and driver.
NOT_A_NUMBER = {
    "x times power half": ("forward vjp", "forward jvp", "source jvp"),
    "x times sqrt": ("forward vjp", "forward jvp", "source jvp"),
    "sqrt of a square": ("source vjp",),
}
QUICK = ("extremes", "one")  # compiling the rest takes minutes


def _cases():
    for group in TABLE:
        for mode in ("source", "forward", "tape"):
            if all(mode in r.refused for r in TABLE[group]):
                continue
            slow = group not in QUICK or mode == "tape"
            marks = [pytest.mark.slow] if slow else []
            yield pytest.param(group, mode, marks=marks, id=f"{group}-{mode}")


def _has_none(r, mode, kind):
    return any(
        r.name.startswith(name) and f"{mode} {kind}" in those
        for name, those in NOT_A_NUMBER.items()
    )


def _batch(group, mode, folder, kind):
    rows = [r for r in TABLE[group] if mode not in r.refused and not _has_none(r, mode, kind)]
    return Batch(rows, folder, f"{group}_{mode}".replace(" ", "_"))


@pytest.mark.parametrize(("group", "mode"), [*_cases()])
def test_values_and_derivatives_in_every_mode(group, mode, tmp_path):
    batch = _batch(group, mode, tmp_path, "vjp")
    assert disagreements(batch, mode, "vjp", compiled=group in KINKS) == []


@pytest.mark.parametrize(
    ("mode", "kind"), [("source", "vjp"), ("forward", "vjp"), ("source", "jvp")]
)
def test_where_a_mode_has_no_number_it_says_nan(mode, kind, tmp_path):
    rows = [r for r in ROWS if _has_none(r, mode, kind)]
    found = disagreements(Batch(rows, tmp_path, f"none_{mode}"), mode, kind, compiled=False)
    assert found
    assert all("nan" in said for said in found)  # and elsewhere they are right


@pytest.mark.slow
@pytest.mark.parametrize(
    ("group", "mode"), [c.values for c in _cases() if c.values[1] != "tape"], ids=str
)
def test_tangents(group, mode, tmp_path):
    assert disagreements(_batch(group, mode, tmp_path, "jvp"), mode, "jvp") == []


@pytest.mark.slow
@pytest.mark.parametrize("r", [r for r in ROWS if r.refused], ids=lambda r: r.name)
def test_what_a_mode_does_not_take_it_refuses_in_its_own_words(r, tmp_path):
    for mode in r.refused.split():
        assert "fastad: " in (refusal(r, mode, tmp_path, f"refused_{mode}") or "")


def test_names_of_rows_are_unique():
    assert len({r.function for r in ROWS}) == len(ROWS)
