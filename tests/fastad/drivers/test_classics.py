import importlib.util
from pathlib import Path

EXAMPLES = Path(__file__).parents[3] / "examples"


def load(name):
    """Import an example from its file."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_classics_print_what_they_should(capsys):
    example = load("classic_derivatives")
    example.dual_polynomial()
    example.confusion()
    example.newton_digits()
    printed = capsys.readouterr().out
    assert "P(3 + d) = 55 + 53 d" in printed
    assert "d/dx (x d/dy (x + y)) = 1.0" in printed
    assert "1.414215686274510  5.8" in printed
    (differences, _, _), (ours, _, _) = example.stiff()
    assert ours < differences


def test_the_picture_of_the_errors_is_drawn(tmp_path, capsys):
    path = tmp_path / "errors.png"
    load("error_over_step").main(path)
    assert path.read_bytes().startswith(b"\x89PNG")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert all(float(line.split()[-1]) < 2e-16 for line in lines)
