"""The programs themselves, without fastad: f runs, and what is called right is, by differences.

All are run by plain Python, in one process in which Numba compiles nothing.
"""

import json
import os
import subprocess
import sys

import conformance

SCRIPT = """
import json, sys, warnings
warnings.simplefilter("ignore")
import conformance
found = {}
for path in conformance.files():
    if "fastad" in path.read_text():  # it does not import where nothing is compiled
        continue
    try:
        program = conformance.Program(path)
        bad = [] if program.custom else program.complaints_about_itself()
    except Exception as error:
        bad = [f"{type(error).__name__}: {error}"]
    if bad:
        found[path.stem] = bad
json.dump(found, sys.stdout)
"""


def test_what_is_called_right_agrees_with_differences():
    support = os.path.dirname(conformance.__file__)
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": support},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert not found, "\n".join(f"{name}: {'; '.join(bad)}" for name, bad in found.items())


def test_every_program_says_what_it_is_like():
    for path in conformance.files():
        first = path.read_text().split("\n", 1)[0]
        assert first.startswith('"""'), path.name
        assert first.endswith('"""'), path.name
        assert len(first) > 12, path.name


def test_there_are_at_least_four_hundred():
    assert len(conformance.files()) >= 400
