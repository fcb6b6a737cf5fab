"""Programs whose derivative is known, in every mode, from Python and from @njit code.

A quick shard runs in auto with every test run; all programs in all modes are slow tests, to be
run in parts: ``pytest -m slow tests/conformance --shard 1/8``. What a program is, and what the
results mean, stands in `conformance`; ``python tests/conformance/run.py`` prints a table.
"""

import pytest
from conformance import MODES, PROGRAMS, files, run
from conformance_tables import QUICK, REFUSED


def check(name, mode):
    found = run(PROGRAMS / f"{name}.py", mode)
    if mode == "auto" and name in REFUSED:
        assert found.word == "REFUSED", f"{found}: no longer refused, take it off the table"
        return
    right = ("RIGHT",) if mode == "auto" else ("RIGHT", "REFUSED")
    assert found.word in right, f"{name} in {mode} is {found.word}: {found.detail}"


@pytest.mark.parametrize("name", QUICK)
def test_quick(name):
    check(name, "auto")


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", [path.stem for path in files()])
def test_every_program(name, mode):
    check(name, mode)


def test_tables_name_programs():
    names = {path.stem for path in files()}
    assert set(QUICK) <= names
    assert set(REFUSED) <= names
