"""Pictures by what is in them: views, colours, rows that miss values, places of legends."""

import itertools

import matplotlib
import numpy as np
import pytest
from common import random_mixture
from matplotlib import pyplot
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris

from fastgmm.datasets import load_faithful
from fastgmm.mixture import make_mixture
from fastgmm.model.bayesian import BayesianGaussianMixture
from fastgmm.model.estimator import GaussianMixture
from fastgmm.plotting import mixture_plane, plot_criteria, plot_iterations, plot_mixture
from fastgmm.plotting.style import component_colors, in_lines
from fastgmm.selection import Candidate, Selection

matplotlib.use("Agg")

RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def no_figures():
    """Close the figures, of which none is open where a call was refused."""
    yield
    pyplot.close("all")


@pytest.fixture(scope="module")
def iris():
    """Rows of four features, and a mixture of the three species."""
    X, y = load_iris(return_X_y=True)
    return X, y, GaussianMixture(3, reg_covar=0.0).fit_labeled(X, y)


@pytest.fixture(scope="module")
def faithful():
    X = load_faithful()
    return X, GaussianMixture(2, random_state=0).fit(X)


def assert_nothing_collides(fig):
    """Draw, and see that titles, legends and labels cover neither each other nor the axes."""
    fig.canvas.draw()
    axes = [ax for ax in fig.axes if ax.axison]
    panels = [ax.get_window_extent() for ax in axes]
    written = [
        text.get_window_extent()
        for ax in axes
        for text in (*(ax._left_title, ax.title, ax._right_title), ax.xaxis.label, ax.yaxis.label)
        if text.get_text()
    ]
    ticks = [
        tick.label1.get_window_extent()
        for ax in axes
        for axis in (ax.xaxis, ax.yaxis)
        for tick in axis.get_major_ticks()
        if tick.label1.get_visible()
        and min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
    ]
    legends = [ax.get_legend().get_window_extent() for ax in fig.axes if ax.get_legend()]
    for a, b in itertools.combinations([*written, *legends], 2):
        assert not a.overlaps(b)
    for a, b in itertools.product([*written, *legends], [*panels, *ticks]):
        assert not a.padded(-1).overlaps(b.padded(-1))
    for extent in (*written, *legends):
        assert fig.bbox.padded(1).contains(extent.x0, extent.y0)
        assert fig.bbox.padded(1).contains(extent.x1, extent.y1)


# -- mixtures ----------------------------------------------------------------------------------


def test_all_pairs_are_a_grid(iris):
    X, _, model = iris
    names = [f"{part} (cm)" for part in "abcd"]
    fig = plot_mixture(X, model, feature_names=names)
    assert_nothing_collides(fig)
    grid = np.array(fig.axes).reshape(4, 4)
    shown = np.array([[ax.axison for ax in row] for row in grid])
    np.testing.assert_array_equal(shown, np.tri(4, dtype=bool))
    for i, j in itertools.combinations(range(4), 2):
        ax = grid[j, i]
        assert len(ax.patches) == 6
        np.testing.assert_array_equal(ax.collections[0].get_offsets(), X[:, [i, j]])
    assert [ax.get_xlabel() for ax in grid[3]] == names
    assert [ax.get_ylabel() for ax in grid[1:, 0]] == names[1:]
    assert not any(ax.get_xlabel() for ax in grid[:3].flat)
    for i in range(4):  # bars of the three components, their curves and that of the mixture
        assert len(grid[i, i].lines) == 4
    texts = [text.get_text() for text in grid[0, 3].get_legend().get_texts()]
    assert texts == ["0: 0.333", "1: 0.333", "2: 0.333", "mixture"]


@pytest.mark.parametrize("n", [3, 5])
def test_long_names_have_lines_in_a_grid(n):
    names = [
        *("mean radius of the nucleus (micrometres)", "worst_concave_points_of_the_contour"),
        *("od280/od315 of diluted wines", "x" * 60, "length (cm)"),
    ][:n]
    fig = plot_mixture(None, random_mixture("full", d=n), feature_names=names)
    assert_nothing_collides(fig)
    grid = np.array(fig.axes).reshape(n, n)
    for j, name in enumerate(names):
        label = grid[-1, j].get_xlabel()
        assert "".join(label.split()) == "".join(name.split())
        assert ("\n" in label) == (name != "length (cm)")
        assert j == 0 or grid[j, 0].get_ylabel().splitlines()[0] in name
    formula = r"$\alpha$ and $\beta$ of what is measured, in units that take long to write"
    assert in_lines(formula, 1.0) == formula


def test_a_plane_shows_its_share_and_what_is_projected(iris):
    X, _, model = iris
    ax = plot_mixture(X, model, kind="plane")
    assert_nothing_collides(ax.figure)
    center, directions, shares = mixture_plane(model.mixture_)
    np.testing.assert_allclose(ax.collections[0].get_offsets(), (X - center) @ directions)
    assert f"{shares[0]:.1%} of the separation" in ax.get_xlabel()
    ellipse = ax.patches[2]  # of one standard deviation, of the component 1
    covariance = directions.T @ model.covariances_[1] @ directions
    np.testing.assert_allclose(ellipse.get_center(), (model.means_[1] - center) @ directions)
    axes = np.sqrt(np.linalg.eigvalsh(covariance))
    np.testing.assert_allclose([ellipse.height / 2, ellipse.width / 2], axes)
    two = plot_mixture(X, model, kind="plane", features=[2, 3])
    np.testing.assert_allclose(
        two.collections[0].get_offsets(),
        (X[:, 2:] - X[:, 2:].mean(axis=0)) @ mixture_plane(model.marginal([2, 3]))[1],
    )


def test_the_kind_goes_by_the_number_of_features(iris):
    X, _, model = iris
    assert len(plot_mixture(X, model).axes) == 16
    _, given = pyplot.subplots()
    assert plot_mixture(X, model, given) is given
    assert "direction 1" in given.get_xlabel()
    assert plot_mixture(X, model, features=3).get_ylabel() == "density"
    assert plot_mixture(X, model, features=(3, 1)).get_ylabel() == "feature 1"
    assert len(plot_mixture(X, model, features=(3, 1, 0)).axes) == 9
    many = random_mixture("full", d=7)
    assert "direction 2" in plot_mixture(None, many).get_ylabel()


def test_features_are_called_by_their_names(iris):
    import pandas

    X, _, _ = iris
    frame = pandas.DataFrame(X, columns=list("abcd"))
    model = GaussianMixture(2, random_state=0).fit(frame)
    ax = plot_mixture(frame, model, features=("d", "b"))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("d", "b")
    assert plot_mixture(frame, model.mixture_, features="c").get_xlabel() == "c"


def test_hard_colours_are_those_of_the_labels():
    mixture = make_mixture([0.5, 0.5], [[-1.0, 0.0], [1.0, 0.0]], [np.eye(2), np.eye(2)])
    X = RNG.normal(size=(50, 2))
    ax = plot_mixture(X, mixture, colors="hard")
    found = ax.collections[0].get_facecolors()[:, :3]
    centres = np.array([ax.lines[k].get_markerfacecolor() for k in (0, 1)])
    labels = GaussianMixture.from_mixture(mixture).predict(X)
    np.testing.assert_allclose(found, centres[labels])


def test_bars_are_cut_into_the_shares_of_the_components(faithful):
    X = faithful[0][:, 1:]
    model = GaussianMixture(2, random_state=0).fit(X)
    for colors in ("soft", "hard"):
        ax = plot_mixture(X, model, colors=colors)
        first, both = (patch.get_data() for patch in ax.patches)
        np.testing.assert_array_equal(first.values, both.baseline)
        assert np.sum(both.values * np.diff(both.edges)) == pytest.approx(1.0)
        share = np.sum(first.values * np.diff(first.edges))
        labels, resp = model.predict(X), model.predict_proba(X)
        expected = resp[:, 0].mean() if colors == "soft" else (labels == 0).mean()
        assert share == pytest.approx(expected)
    few = plot_mixture(X[:30], model)
    assert not few.patches
    np.testing.assert_array_equal(few.collections[0].get_offsets()[:, 0], X[:30, 0])


def test_a_mixture_alone_is_ellipses_over_its_density(faithful):
    _, model = faithful
    ax = plot_mixture(None, model.mixture_)
    assert len(ax.patches) == 4
    assert not ax.collections
    (image,) = ax.images
    depth = image.get_array()[:, :, 3]
    left, right, low, high = image.get_extent()
    row, column = np.unravel_index(depth.argmax(), depth.shape)
    peak = (
        np.interp(column, [0, depth.shape[1] - 1], [left, right]),
        np.interp(row, [0, depth.shape[0] - 1], [low, high]),
    )
    densest = model.means_[model.score_samples(model.means_).argmax()]
    np.testing.assert_allclose(peak, densest, rtol=0.02)
    assert not plot_mixture(None, model.mixture_, features=0).patches


def test_components_without_weight_are_left_out_and_counted(faithful):
    X, _ = faithful
    model = BayesianGaussianMixture(
        n_components=6, random_state=0, weight_concentration_prior=1e-6, max_iter=500, tol=1e-6
    ).fit(X)
    n_drawn = int((model.weights_ >= 1e-3).sum())
    assert 2 <= n_drawn < 6
    ax = plot_mixture(X, model)
    assert len(ax.patches) == 2 * n_drawn
    assert f"{6 - n_drawn} below 0.001" in ax.get_legend().get_title().get_text()
    assert len(plot_mixture(X, model, min_weight=0.0).patches) == 12
    blended = np.clip(model.predict_proba(X) @ component_colors(6), 0, 1)
    np.testing.assert_allclose(ax.collections[0].get_facecolors()[:, :3], blended)
    with pytest.raises(ValueError, match=r"min_weight=0\.9 is above all weights"):
        plot_mixture(X, model, min_weight=0.9)


def test_rows_are_drawn_where_they_have_what_is_drawn(iris):
    X, _, model = iris
    X = X.copy()
    X[:10, 0], X[5:20, 3] = np.nan, np.nan
    assert len(plot_mixture(X, model.mixture_, features=(0, 1)).collections[0].get_offsets()) == 140
    assert len(plot_mixture(X, model.mixture_, features=(1, 2)).collections[0].get_offsets()) == 150
    plane = plot_mixture(X, model.mixture_, kind="plane")
    assert len(plane.collections[0].get_offsets()) == 130
    allowing = GaussianMixture.from_mixture(model.mixture_, missing="allow")
    grid = np.array(plot_mixture(X, allowing).axes).reshape(4, 4)
    assert len(grid[3, 0].collections[0].get_offsets()) == 130
    figures = pyplot.get_fignums()
    with pytest.raises(ValueError, match=r'contains NaN; missing="allow"'):
        plot_mixture(X, model)
    assert pyplot.get_fignums() == figures


@pytest.mark.parametrize("layout", [None, "constrained"])
def test_legends_and_titles_cover_nothing(faithful, layout):
    X, model = faithful
    fig, axes = pyplot.subplots(1, 2, figsize=(11, 4), layout=layout)
    for ax in axes:
        plot_mixture(X, model, ax)
        ax.set_title("A title that is as wide as the axes are: Old Faithful")
    assert_nothing_collides(fig)
    assert_nothing_collides(plot_mixture(X[:, :1], model.marginal([0])).figure)


def test_a_figure_or_a_part_of_one_is_drawn_into(iris):
    X, _, model = iris
    fig = pyplot.figure(figsize=(12, 6), layout="constrained")
    left, right = fig.subfigures(1, 2)
    assert plot_mixture(X, model, fig=left, kind="pairs", features=(0, 1)) is left
    assert plot_mixture(X, model, fig=right, kind="plane").figure is right
    fig.canvas.draw()
    assert pyplot.get_fignums() == [fig.number]


def test_what_cannot_be_drawn_is_said_before_a_figure_is_opened(iris, faithful):
    X, _, model = iris
    refused = [
        ({"kind": "3d"}, "kind must be one of auto, density"),
        ({"colors": "blue"}, "colors must be one of soft, hard, got 'blue'"),
        ({"kind": "ellipses", "features": 1}, "draws 2 features, got 1 in features"),
        ({"kind": "plane", "features": 1}, "draws 2 to 4 features"),
        ({"features": "e"}, r"1 to 4 different indices within 0\.\.3, got e"),
        ({"features": (1, 1)}, "1 to 4 different indices"),
        ({"feature_names": "abcd"}, "feature_names must be 4 names, got 'abcd'"),
        ({"max_points": 0}, "max_points must be at least 1"),
    ]
    for how, message in refused:
        with pytest.raises(ValueError, match=message):
            plot_mixture(X, model, **how)
    with pytest.raises(ValueError, match="4 features, but"):
        plot_mixture(X, faithful[1])
    with pytest.raises(ValueError, match=r"got \(150,\); of one feature give X.reshape\(-1, 1\)"):
        plot_mixture(X[:, 0], model)
    with pytest.raises(ValueError, match="up to 12 of 13 features: say which"):
        plot_mixture(None, random_mixture("full", d=13), kind="pairs")
    with pytest.raises(ValueError, match="at least 2 features, there is one"):
        plot_mixture(None, make_mixture([1.0], [[0.0]], [[1.0]]), kind="plane")
    assert not pyplot.get_fignums()
    fig, ax = pyplot.subplots()
    with pytest.raises(ValueError, match="does not go into one axes"):
        plot_mixture(X, model, ax, kind="pairs")
    with pytest.raises(ValueError, match="give ax or fig, not both"):
        plot_mixture(X, model, ax, kind="plane", fig=fig)


def test_of_very_many_components_neither_numbers_nor_parts_of_bars_are_drawn():
    k = 101
    mixture = make_mixture(np.full(k, 1 / k), np.arange(k)[:, np.newaxis], np.ones((k, 1)))
    ax = plot_mixture(k * RNG.uniform(size=(2000, 1)), mixture)
    assert not ax.texts
    (bars,) = (patch.get_data() for patch in ax.patches)
    assert np.sum(bars.values * np.diff(bars.edges)) == pytest.approx(1.0)
    assert len(ax.lines) == 1 + k


# -- iterations --------------------------------------------------------------------------------


@pytest.mark.parametrize("assignment", ["soft", "hard"])
def test_iterations_of_one_feature_are_densities(assignment):
    fig = plot_iterations(
        load_faithful()[:, 1:], iterations=(0, 1, 4, 8, 40), assignment=assignment
    )
    assert_nothing_collides(fig)
    totals = [float(ax.get_title(loc="left").split()[-1]) for ax in fig.axes]
    assert totals == sorted(totals)
    for ax in fig.axes:
        whole = ax.lines[0].get_ydata()
        assert ax.get_ylim()[0] == 0.0
        assert whole.max() < ax.get_ylim()[1]
    assert fig.get_supylabel() == "density"


def test_hard_iterations_with_all_but_the_means_fixed_are_k_means():
    X = load_faithful()
    fig = plot_iterations(
        X, iterations=range(0, 9), assignment="hard", fixed=("weights", "covariances")
    )
    assert_nothing_collides(fig)
    assert len({round(ax.get_position().y0, 3) for ax in fig.axes}) == 3  # rows of panels
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    theirs = KMeans(2, init=np.array([(-1.5, 1.0), (1.5, -1.0)]), n_init=1, tol=0.0).fit(Z)
    last = fig.axes[-1].patches
    np.testing.assert_allclose([e.get_center() for e in last], theirs.cluster_centers_, atol=1e-6)
    np.testing.assert_allclose([(e.width, e.height) for e in last], 2.0)
    points = fig.axes[-1].collections[0].get_facecolors()
    assert len(np.unique(points, axis=0)) == 2
    inertia = -2 * (float(fig.axes[-1].get_title(loc="left").split()[-1]) / len(Z))
    constant = 2 * np.log(2 * np.pi) - 2 * np.log(0.5)
    assert len(Z) * (inertia - constant) == pytest.approx(theirs.inertia_, abs=0.2)


@pytest.mark.parametrize("covariance_type", ["tied", "diag", "spherical", "VEI"])
def test_iterations_of_other_covariances(covariance_type):
    fig = plot_iterations(
        load_faithful(), 3, (0, 10), covariance_type=covariance_type, fixed="weights"
    )
    totals = [float(ax.get_title(loc="left").split()[-1]) for ax in fig.axes]
    assert totals[1] > totals[0]
    sizes = [(e.width, e.height) for e in fig.axes[1].patches]
    if covariance_type == "tied":
        np.testing.assert_allclose(sizes, sizes[:1] * 3)
    if covariance_type == "spherical":
        np.testing.assert_allclose(*np.transpose(sizes))


def test_iterations_refuse_rows_that_miss_values():
    X = load_faithful()
    X[7, 1] = np.nan
    with pytest.raises(ValueError, match="in 1 rows, the first of them 7: drop these rows"):
        plot_iterations(X)
    assert len(plot_iterations(X, features=0, iterations=(0, 1)).axes) == 2
    with pytest.raises(ValueError, match="covariance_type must be one of"):
        plot_iterations(X, features=0, covariance_type="round")


# -- criteria ----------------------------------------------------------------------------------


def selection_of(values, criterion="bic", failed=()):
    """Return a Selection whose criteria are ``{covariance type: values}``; no model is fitted."""
    rows = tuple(
        Candidate(k, kind, -v / 2, k, v, v - 10.0, v + 10.0, (k, kind) not in failed, 5)
        for kind, column in values.items()
        for k, v in enumerate(column, 1)
    )
    best = min(rows, key=lambda row: getattr(row, criterion))
    return Selection(rows, criterion, best, None)


def test_criteria_of_several_types_are_differences_that_can_be_told_apart():
    values = {
        "full": [5000.0, 1001.5, 1000.0, 1030.0],
        "tied": [5000.0, 3000.0, 1004.0, 1001.0],
        "diag": [8000.0, 7000.0, 6000.0, 5500.0],
        "spherical": [9000.0, 8500.0, 8400.0, 8300.0],
        "VEI": [8100.0, 7100.0, 6100.0, 5600.0],
    }
    ax = plot_criteria(selection_of(values))
    assert_nothing_collides(ax.figure)
    *curves, mark, _ = ax.lines
    for line, column in zip(curves, values.values(), strict=True):
        np.testing.assert_allclose(line.get_ydata(), np.array(column) - 1000.0)
    assert len({line.get_marker() for line in curves}) == 5
    assert len({tuple(line.get_color()) for line in curves}) == 5
    assert mark.get_xydata().tolist() == [[3, 0.0]]
    assert ax.get_yscale() == "symlog"
    # 1.5 and 4 are told apart beside 8000: a twentieth of the height lies between them
    to_axes = ax.transData + ax.transAxes.inverted()
    heights = to_axes.transform([(3, 0.0), (3, 1.5), (3, 4.0), (3, 8000.0)])[:, 1]
    assert np.diff(heights).min() > 0.05
    band = ax.patches[0].get_extents().transformed(ax.transData.inverted())
    assert (band.y0, band.y1) == pytest.approx((0.0, 2.0))
    low, high = ax.get_ylim()
    assert low < 0.0
    assert high > 8000.0


@pytest.mark.parametrize("n_counts", [1, 2, 30])
def test_numbers_of_components_are_whole(n_counts):
    ax = plot_criteria(selection_of({"full": 1000.0 + 10.0 * np.arange(n_counts)}))
    assert_nothing_collides(ax.figure)
    assert all(tick == round(tick) for tick in ax.get_xticks())


def test_fits_that_did_not_converge_are_hollow():
    values = {"full": [1100.0, 1000.0, 1050.0], "tied": [1200.0, 1150.0, 1100.0]}
    ax = plot_criteria(selection_of(values, failed={(3, "full")}))
    hollow = [line for line in ax.lines if str(line.get_markerfacecolor()) == "white"]
    assert hollow[0].get_xydata().tolist() == [[3, 50.0]]
    assert "hollow: not converged" in [t.get_text() for t in ax.get_legend().get_texts()]
    assert_nothing_collides(ax.figure)


def test_criteria_are_drawn_as_asked():
    selection = selection_of({"full": [1100.0, 1000.0, 1050.0]}, "aic")
    ax = plot_criteria(selection, "icl", scale="difference", legend=False)
    assert ax.get_legend() is None
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [100.0, 0.0, 50.0])
    figures = pyplot.get_fignums()
    with pytest.raises(ValueError, match=r"criteria must be of bic, aic, icl, got \['mdl'\]"):
        plot_criteria(selection, "mdl")
    for wrong in (3, (), [["bic"]], ("bic", None)):
        with pytest.raises(ValueError, match="criteria must be of bic, aic, icl, got"):
            plot_criteria(selection, wrong)
    with pytest.raises(ValueError, match="scale must be one of auto, difference, value"):
        plot_criteria(selection, scale="log")
    assert pyplot.get_fignums() == figures
