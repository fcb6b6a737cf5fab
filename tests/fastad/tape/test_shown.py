"""A tape is printed as the table of its statements, and nothing is compiled for it."""

import re

import numba
import numpy as np
import pytest
from numba.core import event

import fastad


@numba.njit
def record_powers(tape, x):
    tape.reset()
    v = tape.variables(x)
    total = 0.0
    for i in range(v.size):
        total = total + v[i] * v[i] * v[0]
    return total.value


@pytest.fixture
def tape():
    return fastad.Tape()


def test_a_tape_is_a_table_of_parents_and_partials(tape):
    assert repr(tape) == "<Tape: 0 variables, 0 statements>"
    x, y = tape.variable(2.0), tape.variable(5.0)
    x * y - 3.0 * fastad.exp(x * 0.0)
    lines = repr(tape).splitlines()
    assert lines[0] == f"<Tape: 2 variables, {tape.n_statements()} statements>"
    assert [line.split() for line in lines[1:5]] == [
        ["k", "parents", "partials"],
        ["1", "variable"],
        ["2", "variable"],
        ["3", "1,", "2", "5,", "2"],
    ]
    assert len(lines) == 2 + 2 + tape.n_statements()
    assert str(tape) == repr(tape)


def test_a_sum_names_the_statement_that_it_continues(tape):
    record_powers(tape, np.array([3.0, 2.0]))
    rows = [line.split(maxsplit=1) for line in repr(tape).splitlines()[4:]]
    steps = {int(k): [float(p) for p in re.findall(r"[\d.]+", rest)] for k, rest in rows}
    by_hand = {1: 0.0, 2: 0.0}
    adjoints = dict.fromkeys(steps, 0.0) | by_hand
    adjoints[max(steps)] = 1.0
    for k in sorted(steps, reverse=True):  # the sweep, by what was printed
        half = len(steps[k]) // 2
        for parent, partial in zip(steps[k][:half], steps[k][half:], strict=True):
            adjoints[int(parent)] += adjoints[k] * partial
    assert [adjoints[1], adjoints[2]] == [3 * 9.0 + 4.0, 2 * 2.0 * 3.0]


def test_of_a_long_tape_the_first_and_the_last_statements_are_shown(tape):
    record_powers(tape, np.arange(1.0, 101.0))
    lines = repr(tape).splitlines()
    assert lines[0] == f"<Tape: 100 variables, {tape.n_statements()} statements>"
    assert lines[2].split() == ["1", "...", "100", "variables"]
    assert lines[13].split() == ["...", "...", "..."]
    assert len(lines) == 18
    assert lines[-1].split()[0] == str(100 + tape.n_statements())


def test_a_notebook_gets_a_table_of_html(tape):
    x = tape.variable(2.0)
    x * x
    shown = tape._repr_html_()
    assert shown.startswith("<table><caption>Tape: 1 variable, 1 statement</caption>")
    assert shown.count("<tr>") == 3
    assert shown.count("<td") == 6


def test_after_a_reset_nothing_is_shown(tape):
    tape.variable(2.0)
    tape.reset()
    assert repr(tape) == "<Tape: 0 variables, 0 statements>"


def test_nothing_is_compiled_for_it(tape):
    x, replayed = tape.variable(2.0), fastad.ReplayTape()
    x * x
    with event.install_recorder("numba:compile") as compiled:
        repr(tape), tape._repr_html_(), repr(replayed)
    assert compiled.buffer == []


def test_a_replay_tape_is_a_line():
    tape = fastad.ReplayTape()
    assert repr(tape) == str(tape) == "<ReplayTape: 0 variables, 0 operations>"
