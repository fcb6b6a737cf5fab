"""The geometry of the ellipses in numbers, and pictures of every kind that leave no trace."""

import importlib
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot
from scipy.integrate import trapezoid

from fastgmm import open_rows
from fastgmm.datasets import load_faithful
from fastgmm.mixture import make_mixture
from fastgmm.model.estimator import GaussianMixture
from fastgmm.plotting import mixture_ellipses, plot_criteria, plot_iterations, plot_mixture
from fastgmm.selection import select

matplotlib.use("Agg")

TYPES = ("full", "tied", "diag", "spherical")


@pytest.fixture(autouse=True)
def no_trace():
    """Close the figures, and see that no global setting and no warning is left behind."""
    before = dict(matplotlib.rcParams)
    yield
    pyplot.close("all")
    assert dict(matplotlib.rcParams) == before
    assert matplotlib.get_backend().lower() == "agg"


@pytest.fixture(scope="module")
def cube():
    """Three components in three dimensions, 300 rows."""
    rng = np.random.default_rng(0)
    centers = np.array([[0.0, 0.0, 0.0], [6.0, 0.0, 3.0], [0.0, 6.0, -3.0]])
    return np.concatenate([rng.normal(c, 1.0, size=(100, 3)) for c in centers])


def fitted(X, n_components=2, covariance_type="full"):
    return GaussianMixture(n_components, covariance_type=covariance_type, random_state=0).fit(X)


def random_mixture(covariance_type, k=3, d=4, seed=0):
    rng = np.random.default_rng(seed)
    roots = rng.normal(size=(k, d, d))
    covariances = {
        "full": roots @ roots.transpose(0, 2, 1),
        "tied": (roots @ roots.transpose(0, 2, 1))[:1],
        "diag": rng.uniform(0.5, 4.0, size=(k, d)),
        "spherical": rng.uniform(0.5, 4.0, size=(k, 1)),
    }[covariance_type]
    return make_mixture(np.full(k, 1 / k), rng.normal(size=(k, d)), covariances)


def dense_covariances(mixture):
    k, d = mixture.means.shape
    if mixture.covariances.ndim == 3:
        return np.broadcast_to(mixture.covariances, (k, d, d))
    return np.broadcast_to(mixture.covariances, (k, d))[:, :, None] * np.eye(d)


def test_ellipse_of_a_rotated_gaussian():
    turn = np.radians(150)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    covariance = rotation @ np.diag([9.0, 4.0]) @ rotation.T
    mixture = make_mixture([1.0], [[1.0, -2.0]], [covariance])
    centers, semi_axes, angles = mixture_ellipses(mixture, n_std=2)
    np.testing.assert_allclose(centers, [[1.0, -2.0]])
    np.testing.assert_allclose(semi_axes, [[6.0, 4.0]])
    np.testing.assert_allclose(angles, [150.0])


@pytest.mark.parametrize("covariance_type", TYPES)
@pytest.mark.parametrize("features", [(0, 1), (3, 1)])
def test_points_of_an_ellipse_are_n_std_from_the_mean(covariance_type, features):
    mixture = random_mixture(covariance_type)
    t = np.linspace(0, 2 * np.pi, 7)
    centers, semi_axes, angles = mixture_ellipses(mixture, features, n_std=1.7)
    for k, covariance in enumerate(dense_covariances(mixture)):
        marginal = covariance[np.ix_(features, features)]
        turn = np.radians(angles[k])
        along, across = semi_axes[k, :, None] * [np.cos(t), np.sin(t)]
        points = np.array(
            [
                along * np.cos(turn) - across * np.sin(turn),
                along * np.sin(turn) + across * np.cos(turn),
            ]
        )
        distances = np.sqrt(np.sum(points * np.linalg.solve(marginal, points), axis=0))
        np.testing.assert_allclose(distances, 1.7)
        np.testing.assert_allclose(centers[k], mixture.means[k, list(features)])
    assert (semi_axes[:, 0] >= semi_axes[:, 1]).all()
    assert ((angles >= 0) & (angles < 180)).all()


@pytest.mark.parametrize("features", [(0,), (0, 0), (0, 4), (-1, 0), (0, 1, 2)])
def test_senseless_features_are_refused(features):
    with pytest.raises(ValueError, match=r"features must be two different indices within 0\.\.3"):
        mixture_ellipses(random_mixture("full"), features)


@pytest.mark.parametrize("covariance_type", TYPES)
def test_plot_mixture_draws_every_component(cube, covariance_type):
    model = fitted(cube, 3, covariance_type)
    ax = plot_mixture(cube, model, features=(2, 0), n_std=(1, 2, 3))
    ax.figure.canvas.draw()
    assert len(ax.patches) == 9
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("feature 2", "feature 0")
    points = ax.collections[0].get_offsets()
    np.testing.assert_array_equal(points, cube[:, [2, 0]])
    centers, semi_axes, angles = mixture_ellipses(model.mixture_, (2, 0), n_std=2)
    middle = ax.patches[1::3]  # the second of each component's three
    np.testing.assert_allclose([e.get_center() for e in middle], centers)
    np.testing.assert_allclose([(e.width, e.height) for e in middle], 2 * semi_axes)
    np.testing.assert_allclose([e.angle for e in middle], angles)
    entries = [text.get_text() for text in ax.get_legend().get_texts()]
    assert entries == [f"{j}: {w:.3f}" for j, w in enumerate(model.weights_)]


def test_points_blend_the_colours_of_their_components():
    mixture = make_mixture([0.5, 0.5], [[-1.0, 0.0], [1.0, 0.0]], [np.eye(2), np.eye(2)])
    model = GaussianMixture.from_mixture(mixture)
    ax = plot_mixture([[-40.0, 0.0], [0.0, 5.0], [40.0, 0.0]], model)
    first, between, second = ax.collections[0].get_facecolors()[:, :3]
    np.testing.assert_allclose(first, [0, 0x72 / 255, 0xB2 / 255], atol=1e-12)
    np.testing.assert_allclose(second, [0xD5 / 255, 0x5E / 255, 0], atol=1e-12)
    np.testing.assert_allclose(between, (first + second) / 2)


def test_plot_mixture_uses_the_axes_and_names_given(cube):
    figure, (left, right) = pyplot.subplots(1, 2)
    model = fitted(cube)
    how = {"features": (0, 1), "legend": False}
    assert plot_mixture(cube, model, left, feature_names=["a", "b", "c"], **how) is left
    assert (left.get_xlabel(), left.get_ylabel()) == ("a", "b")
    assert left.get_legend() is None
    assert not right.has_data()
    assert pyplot.get_fignums() == [figure.number]
    with pytest.raises(ValueError, match="feature_names must be 3 names, got 2"):
        plot_mixture(cube, model, left, feature_names=["a", "b"])


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_large_frames_are_sampled_and_keep_their_names(library):
    frames = importlib.import_module(library)
    rng = np.random.default_rng(0)
    columns = {"x": rng.normal(size=500), "y": rng.normal(size=500)}
    frame = frames.DataFrame(columns)
    model = fitted(frame)
    drawn = [
        plot_mixture(frame, model, max_points=100).collections[0].get_offsets().data
        for _ in range(2)
    ]
    np.testing.assert_array_equal(*drawn)
    assert len(drawn[0]) == 100
    everything = np.column_stack(list(columns.values()))
    nameless = plot_mixture(everything, model, max_points=100)  # without a warning
    np.testing.assert_array_equal(nameless.collections[0].get_offsets(), drawn[0])
    assert {*map(tuple, drawn[0])} <= {*map(tuple, everything)}
    assert pyplot.gca().get_xlabel() == "x"


def test_a_single_feature_is_a_histogram_with_densities():
    X = load_faithful()[:, :1]
    ax = plot_mixture(X, fitted(X), feature_names=["eruptions"])
    ax.figure.canvas.draw()
    total, first, second = (line.get_ydata() for line in ax.lines)
    np.testing.assert_allclose(total, first + second)
    grid = ax.lines[0].get_xdata()
    assert (np.diff(grid) >= 0).all()
    assert trapezoid(total, grid) == pytest.approx(1, abs=0.01)
    np.testing.assert_allclose(np.log(total), fitted(X).score_samples(grid[:, None]))
    assert ax.get_xlabel() == "eruptions"


@pytest.mark.parametrize("n_components", [7, 20])
def test_many_components_have_colours_and_the_legend_stops_at_eight(n_components):
    X = np.random.default_rng(0).normal(size=(200, 2))
    ax = plot_mixture(X, fitted(X, n_components, "spherical"))
    assert len(ax.patches) == 2 * n_components
    assert (ax.get_legend() is None) == (n_components > 8)
    numbers = [text.get_text() for text in ax.texts]
    assert numbers == ([str(k) for k in range(20)] if n_components > 8 else [])


def test_plot_iterations_shows_the_classical_picture():
    X, names = load_faithful(return_names=True)
    fig = plot_iterations(X, feature_names=names)
    fig.canvas.draw()
    titles = [ax.get_title(loc="left").splitlines() for ax in fig.axes]
    assert [first for first, _ in titles] == ["start", "1 iteration"] + [
        f"{i} iterations" for i in (2, 3, 4, 5, 6, 20)
    ]
    start = fig.axes[0].patches
    np.testing.assert_allclose([e.get_center() for e in start], [(-1.5, 1.0), (1.5, -1.0)])
    np.testing.assert_allclose([(e.width, e.height) for e in start], 2.0)
    # the log-likelihood rises, to that of the data in their own units
    totals = [float(second.removeprefix("log-likelihood ")) for _, second in titles]
    assert totals == sorted(totals)
    assert totals[-1] - 272 * np.log(X.std(axis=0)).sum() == pytest.approx(-1130.26, abs=0.1)
    assert fig.get_supxlabel() == "eruptions (standardised)"


def test_plot_iterations_has_a_panel_an_iteration(cube):
    start = [[-1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
    fig = plot_iterations(cube, 3, (5, 0, 1, 2, 300), features=(2, 1), means_init=start)
    fig.canvas.draw()
    assert len(fig.axes) == 5
    np.testing.assert_allclose([e.get_center() for e in fig.axes[0].patches], start)
    given = pyplot.figure()
    assert plot_iterations(cube, iterations=[0], fig=given) is given
    assert len(given.axes) == 1


@pytest.mark.parametrize("iterations", [(), (-1, 2)])
def test_senseless_iterations_are_refused(iterations):
    with pytest.raises(ValueError, match="iterations must be numbers of at least 0"):
        plot_iterations(load_faithful(), iterations=iterations)


@pytest.mark.parametrize("iterations", [(0, 1.5), (0, "1"), (True,)])
def test_iterations_are_whole_numbers(iterations):
    with pytest.raises(TypeError, match="each of iterations must be a whole number, got"):
        plot_iterations(load_faithful(), iterations=iterations)


@pytest.mark.parametrize("features", [(0.9, 1.7), 0.5, (0, None)])
def test_features_are_whole_numbers_or_names(cube, features):
    wanted = r"each of features must be a whole number, got (0\.9|0\.5|None)"
    with pytest.raises(TypeError, match=wanted):
        plot_mixture(cube, GaussianMixture(2).fit(cube), features=features)
    with pytest.raises(TypeError, match=wanted):
        plot_iterations(cube, features=features)


def test_plot_criteria_of_one_type_draws_all_three():
    selection = select(load_faithful(), (1, 2, 3), n_init=1, random_state=0)
    ax = plot_criteria(selection)
    ax.figure.canvas.draw()
    *curves, mark = ax.lines
    assert [line.get_label() for line in curves] == ["BIC", "AIC", "ICL"]
    for line, criterion in zip(curves, ("bic", "aic", "icl"), strict=True):
        np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3])
        values = [getattr(row, criterion) for row in selection.rows]
        np.testing.assert_array_equal(line.get_ydata(), values)
    assert mark.get_xydata().tolist() == [[2, selection.best.bic]]
    assert mark.get_label() == "best by BIC: 2, full"


def test_plot_criteria_of_several_types_draws_a_curve_each():
    selection = select(load_faithful(), (1, 2), TYPES, criterion="icl", n_init=1, random_state=0)
    _, ax = pyplot.subplots()
    assert plot_criteria(selection, ax=ax) is ax
    assert [line.get_label() for line in ax.lines[:4]] == list(TYPES)
    lines = ["ICL, above its smallest (smaller is better)", "linear up to 10, logarithmic above"]
    assert ax.get_ylabel().splitlines() == lines
    assert plot_criteria(selection, scale="value").get_ylabel() == "ICL (smaller is better)"
    ax = plot_criteria(selection, criteria=("bic", "aic"))
    ax.figure.canvas.draw()
    *curves, mark, where_the_scale_changes = ax.lines
    assert where_the_scale_changes.get_ydata() == [10, 10]
    assert len({(*line.get_color(), line.get_linestyle()) for line in curves}) == 8
    assert mark.get_ydata()[0] in np.ravel([line.get_ydata() for line in curves])


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    model = fitted(load_faithful())
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"needs Matplotlib: pip install matplotlib"):
        plot_mixture(load_faithful(), model)


def test_what_is_drawn_is_named_when_it_is_something_else(cube):
    model = fitted(cube)
    with pytest.raises(TypeError, match=r"got a numpy.ndarray; the call is plot_mixture\(X, model"):
        plot_mixture(model, cube)
    with pytest.raises(TypeError, match="from_sklearn makes one"):
        plot_mixture(cube, model.to_sklearn())
    with pytest.raises(TypeError, match=r"got the path 'm.npz'; .* GaussianMixture.load\(path\)"):
        plot_mixture(cube, "m.npz")
    for path in ("x.csv", Path("x.csv")):
        with pytest.raises(TypeError, match=r"of rows, got the .*x.csv.*; read the file first"):
            plot_mixture(path, model)
    with pytest.raises(TypeError, match=r"got the str 'x\.csv'; read the file first"):
        plot_iterations("x.csv")
    with pytest.raises(TypeError, match=r"got Rows; draw a sample of them, rows\.sample"):
        plot_mixture(open_rows(cube), model)
    with pytest.raises(TypeError, match=r"that fastgmm\.select returned, got a GaussianMixture"):
        plot_criteria(model)
    with pytest.raises(TypeError, match="got a GaussianMixture; pass its mixture_"):
        mixture_ellipses(model)
    with pytest.raises(ValueError, match=r"X must be of shape .* got \(272,\)"):
        plot_iterations(load_faithful()[:, 0])
    assert not pyplot.get_fignums()
