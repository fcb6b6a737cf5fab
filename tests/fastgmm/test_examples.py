"""The examples run, and do what they say."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def load(name):
    """Import an example from its file."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_anomaly_detector_finds_most_anomalies_and_few_others(capsys):
    example = load("anomaly_detector")
    precision, recall = example.main(n_train=5_000, n_stream=20_000)
    assert precision > 0.8
    assert recall > 0.9
    assert f"precision {precision:.3f}, recall {recall:.3f}" in capsys.readouterr().out
    assert example.main(n_train=5_000, n_stream=20_000) == (precision, recall)
    # the loop never left compiled code: no object mode, one signature each
    assert len(example.scan.nopython_signatures) == 1


def test_china_segmentation_writes_before_and_after(tmp_path, capsys):
    path = tmp_path / "china.png"
    example = load("china_segmentation")
    with pytest.warns(Warning, match="did not converge"):
        example.main(["--components", "4", "--max-iter", "5", "--out", str(path)])
    assert path.read_bytes().startswith(b"\x89PNG")
    printed = capsys.readouterr().out
    assert "273,280 pixels, 4 components" in printed
    assert "5 iterations" in printed
    assert f"picture: {path}" in printed


def test_segmentation_paints_every_pixel_in_the_mean_colour_of_its_component():
    colors = np.array([[20, 20, 20], [230, 40, 40], [40, 200, 220]])
    which = np.repeat([0, 1, 2], [100, 200, 300]).reshape(20, 30)
    noise = np.random.default_rng(0).integers(-9, 10, size=(20, 30, 3))
    model, painted = load("china_segmentation").segment(colors[which] + noise, 3)
    np.testing.assert_allclose(painted * 255, colors[which], atol=2)
    np.testing.assert_allclose(np.sort(model.weights_), np.array([1, 2, 3]) / 6)


def test_samplers_have_the_moments_of_the_mixture(capsys):
    example = load("mixture_samplers")
    for of_means, of_squares in example.main(n_draws=40_000).values():
        assert of_means < 4.0
        assert of_squares < 4.0
    assert "Hamiltonian" in capsys.readouterr().out


def test_particle_filter_does_better_than_a_kalman_filter(capsys):
    errors = load("particle_filter").main(n_steps=500, n_particles=500)
    assert errors["particle filter"] < 0.75 * errors["Kalman filter"]
    assert errors["Kalman filter"] < 0.7 * errors["measured"]
    assert f"particle filter {errors['particle filter']:.3f}" in capsys.readouterr().out


def test_speakers_are_told_apart_by_adapted_models(capsys):
    shares = load("speaker_adaptation").main(n_speakers=10)
    assert shares["adapted"] > 0.8
    assert shares["adapted"] > shares["fitted anew"] + 0.1
    assert "10 speakers" in capsys.readouterr().out
