"""What can be opened, what is refused and how, and what is written."""

import gc
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fastgmm import GaussianMixture, Rows, open_rows, select
from fastgmm.rows import as_rows, table
from fastgmm.rows.writing import open_table

X = np.abs(np.random.default_rng(0).normal(size=(60, 3)))


@pytest.fixture
def frame():
    return pd.DataFrame(X, columns=["a", "b", "c"])


def test_columns_and_their_order(frame, tmp_path):
    frame.to_parquet(tmp_path / "x.parquet")
    rows = open_rows(tmp_path / "x.parquet", columns=["c", "a"])
    assert (rows.shape, rows.names, rows.dtype) == ((60, 2), ("c", "a"), np.float64)
    np.testing.assert_array_equal(rows.to_array(), X[:, [2, 0]])
    np.save(tmp_path / "x.npy", X)
    rows = open_rows(str(tmp_path / "x.npy"), columns=[1, 0], weight=2, dtype=np.float32)
    np.testing.assert_array_equal(rows.to_array(), X[:, [1, 0]].astype(np.float32))
    np.testing.assert_array_equal(next(rows.blocks())[1], X[:, 2])


@pytest.mark.parametrize("cache", [None, False, True])
def test_blocks_and_single_rows(cache, frame, tmp_path):
    weights = np.arange(60.0)
    frame.assign(w=weights).to_csv(tmp_path / "x.csv", index=False, float_format="%.17g")
    rows = open_rows(tmp_path / "x.csv", weight="w", cache=cache)
    blocks = list(rows.blocks(25))
    assert [len(block) for block, _ in blocks] == [25, 25, 10]
    np.testing.assert_array_equal(np.concatenate([block for block, _ in blocks]), X)
    np.testing.assert_array_equal(np.concatenate([w for _, w in blocks]), weights)
    some, of_some = rows.take(np.array([0, 3, 59]))
    np.testing.assert_array_equal(some, X[[0, 3, 59]])
    np.testing.assert_array_equal(of_some, [0, 3, 59])
    assert rows.weight_facts() == (weights.sum(), 59.0, 59)
    assert (rows.in_memory() is None) == (cache is False)


@pytest.mark.parametrize("suffix", ["npy", "csv", "parquet"])
def test_single_rows_of_several_files(suffix, tmp_path, monkeypatch):
    monkeypatch.setattr(table, "CACHE_BYTES", 0)
    paths = []
    for i, start in enumerate(range(0, 60, 25)):
        paths.append(tmp_path / f"{i}.{suffix}")
        with open_table(paths[-1], ["a", "b", "c"], len(X[start : start + 25]), X.dtype) as file:
            file.write(X[start : start + 25])
    for source in (paths, tmp_path):
        index = np.array([0, 24, 25, 30, 59])
        np.testing.assert_array_equal(open_rows(source).take(index)[0], X[index])
        np.testing.assert_array_equal(open_rows(source).to_array(), X)


@pytest.mark.parametrize("dtype", [np.int16, np.uint8, bool, ">f8", ">f4", np.float32])
def test_number_types(dtype, tmp_path):
    numbers = (X > 0).astype(dtype) if dtype is bool else np.abs(X * 50).astype(dtype)
    np.save(tmp_path / "x.npy", numbers)
    rows = open_rows(tmp_path / "x.npy")
    single = np.dtype(dtype).kind == "f" and np.dtype(dtype).itemsize == 4
    assert rows.dtype == (np.float32 if single else np.float64)
    np.testing.assert_array_equal(rows.to_array(), numbers.astype(rows.dtype))


def test_the_columns_of_the_fit_are_found_by_name(frame, tmp_path):
    frame.to_parquet(tmp_path / "x.parquet")
    gm = GaussianMixture(2, random_state=0).fit(tmp_path / "x.parquet")
    assert list(gm.feature_names_in_) == ["a", "b", "c"]
    other = frame[["c", "a", "b"]].assign(d=1.0)
    other.to_csv(tmp_path / "y.csv", index=False, float_format="%.17g")
    np.testing.assert_array_equal(gm.predict_proba(tmp_path / "y.csv"), gm.predict_proba(frame))
    other.drop(columns="b").to_csv(tmp_path / "y.csv", index=False)
    with pytest.raises(ValueError, match=r"y.csv has no b; there are c, a, d"):
        gm.predict(tmp_path / "y.csv")
    rows = open_rows(tmp_path / "x.parquet", columns=["b", "a", "c"])
    with pytest.raises(ValueError, match="in their order, a, b, c, got b, a, c"):
        gm.predict(rows)
    with pytest.raises(ValueError, match="X has 2 features, but GaussianMixture is expecting 3"):
        gm.predict(open_rows(tmp_path / "x.parquet", columns=["a", "b"]))
    np.save(tmp_path / "x.npy", X)
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        gm.predict(tmp_path / "x.npy")


REFUSED = {
    "a generator": (lambda: (X for _ in range(2)), TypeError, "more than once, got a generator"),
    "a reader": (
        lambda: pa.table({"a": [1.0]}).to_reader(), TypeError, "got a RecordBatchReader: give a f"
    ),
    "no file": (lambda: "nowhere.npy", FileNotFoundError, "nowhere.npy: no such file"),
    "no folder": (lambda: "nowhere/", FileNotFoundError, "nowhere: no such file or folder"),
    "a suffix": (lambda: "x.xlsx", ValueError, "expected a file ending in .npy, .csv, .parquet"),
    "no blocks": (lambda: lambda: iter([]), ValueError, "there is none; expected at least one"),
    "no iterator": (lambda: lambda: 3, TypeError, "got one that returns a int"),
    "objects": (lambda: lambda: [np.array([["x"]], object)], ValueError, "got objects"),
    "text": (lambda: pa.table({"a": ["x"]}), ValueError, "'a': expected numbers, got string"),
    "one dimension": (lambda: lambda: [np.ones(3)], ValueError, r"expected a 2-D array .* \(3,\)"),
    "two widths": (
        lambda: lambda: [np.ones((2, 2)), np.ones((2, 3))], ValueError,
        "expected columns as in the first one, 2 without names, got 3 without names",
    ),
    "more digits": (
        lambda: lambda: [np.ones((2, 2), np.float32), np.ones((2, 2))], ValueError,
        "expected float32 as in the first one",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_table_is_refused(case):
    make, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        GaussianMixture(random_state=0).fit(make())


def test_a_column_for_sample_weight_names_open_rows(frame, tmp_path):
    frame.to_parquet(tmp_path / "x.parquet")
    with pytest.raises(TypeError, match=r"sample_weight must be .* 'c'.*open_rows\(X, weight="):
        GaussianMixture().fit(tmp_path / "x.parquet", sample_weight="c")


def test_what_is_no_choice_of_columns_is_refused(frame, tmp_path):
    frame.to_parquet(tmp_path / "x.parquet")
    path = tmp_path / "x.parquet"
    for options, message in [
        ({"columns": ["a", "z"]}, "columns: .* has no column 'z'; there are a, b, c"),
        ({"weight": "z"}, "weight: .* has no column 'z'"),
        ({"columns": [0, 3]}, "expected names or numbers from 0 to 2 .* got 3"),
        ({"columns": []}, "must be different ones, at least one"),
        ({"columns": ["a", 0]}, "must be different ones"),
        ({"dtype": np.int64}, "dtype must be float32 or float64"),
    ]:
        with pytest.raises(ValueError, match=message):
            open_rows(path, **options)
    with pytest.raises(TypeError, match=r"source must be a file, .* got a int"):
        open_rows(3)
    with pytest.raises(TypeError, match="source is Rows already"):
        open_rows(open_rows(path))
    assert as_rows(X) is X
    assert isinstance(as_rows(path), Rows)


@pytest.mark.parametrize("cache", [True, False])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("suffix", ["npy", "csv", "parquet"])
def test_what_is_not_finite_is_found(bad, suffix, cache, tmp_path):
    rows = X.copy()
    rows[40, 1] = bad
    parts = []
    for i, some in enumerate((rows[:25], rows[25:])):
        parts.append(tmp_path / f"{i}.{suffix}")
        with open_table(parts[-1], ["a", "b", "c"], len(some), some.dtype) as file:
            file.write(some)
    line = "line 17" if suffix == "csv" else "row 16"
    where = re.escape(str(parts[1])) + rf": {line}, column .*expected a finite number"
    gm = GaussianMixture(2, random_state=0)
    with pytest.raises(ValueError, match=where):
        gm.fit(open_rows(parts, cache=cache))
    assert not hasattr(gm, "means_")


def test_weights_are_checked(frame, tmp_path):
    for weight, message in ((-1.0, "row 4: expected a finite non-negative weight, got -1.0"),
                            (np.nan, "row 4: .* got nan")):  # fmt: skip
        weights = np.ones(60)
        weights[3] = weight
        frame.assign(w=weights).to_parquet(tmp_path / "x.parquet")
        for cache in (True, False):
            with pytest.raises(ValueError, match=message):
                GaussianMixture(random_state=0).fit(
                    open_rows(tmp_path / "x.parquet", weight="w", cache=cache)
                )
    frame.assign(w=0.0).to_parquet(tmp_path / "x.parquet")
    for cache in (True, False):
        with pytest.raises(ValueError, match=r"positive entry|non-zero"):
            GaussianMixture().fit(open_rows(tmp_path / "x.parquet", weight="w", cache=cache))


def test_too_few_rows(tmp_path):
    np.save(tmp_path / "x.npy", X[:1])
    with pytest.raises(ValueError, match="a minimum of 2 is required by GaussianMixture"):
        GaussianMixture().fit(tmp_path / "x.npy")
    np.save(tmp_path / "x.npy", X[:4])
    with pytest.raises(ValueError, match="n_samples >= n_components"):
        GaussianMixture(5).fit(tmp_path / "x.npy")
    np.save(tmp_path / "x.npy", X[:0])
    with pytest.raises(ValueError, match="a minimum of 1 is required"):
        GaussianMixture(2, random_state=0).fit(X).predict(tmp_path / "x.npy")


def test_a_damaged_file_is_told(tmp_path):
    np.save(tmp_path / "x.npy", X)
    whole = (tmp_path / "x.npy").read_bytes()
    (tmp_path / "x.npy").write_bytes(whole[:-100])
    with pytest.raises(ValueError, match=r"not readable as .npy|ends before its last row"):
        GaussianMixture().fit(tmp_path / "x.npy")
    (tmp_path / "x.parquet").write_bytes(b"PAR1 nothing PAR1")
    with pytest.raises(ValueError, match="not readable as Parquet"):
        GaussianMixture().fit(tmp_path / "x.parquet")


@pytest.mark.parametrize("more", [{}, {"missing": "allow"}, {"n_jobs": 3, "missing": "allow"}])
def test_select_reads_what_is_kept_in_memory_once(more, frame, tmp_path, monkeypatch):
    frame.to_parquet(tmp_path / "x.parquet")
    stream, readings = Rows.stream, []
    monkeypatch.setattr(Rows, "stream", lambda self: readings.append(1) or stream(self))
    found = select(tmp_path / "x.parquet", (1, 2), n_init=1, tol=1e-2, random_state=0, **more)
    assert len(readings) == 1
    assert found.rows == select(X, (1, 2), n_init=1, tol=1e-2, random_state=0).rows


@pytest.mark.parametrize("suffix", ["npy", "csv", "parquet"])
def test_rows_that_fail_while_they_are_scored_leave_nothing(suffix, tmp_path, monkeypatch):
    monkeypatch.setattr(table, "CACHE_BYTES", 0)
    gm, calls = GaussianMixture(2, random_state=0).fit(X), []

    def failing():
        calls.append(1)
        yield X[:30]
        if len(calls) > 4:  # where rows are scored, not counted or looked at
            raise OSError("the disk is gone")
        yield X[30:]

    rows = open_rows(failing)
    assert rows.n_rows == 60
    calls[:] = [1] * 4
    with pytest.raises(OSError, match="gone"):
        gm.predict(rows, out=tmp_path / f"out.{suffix}")
    gc.collect()  # what is let go of does not write to what is closed
    assert not list(tmp_path.iterdir())


def test_rows_that_were_there_and_are_not_are_no_numbers():
    calls = []

    def shrinking():
        calls.append(1)
        yield X if len(calls) < 3 else X[:40]

    rows = open_rows(shrinking, cache=False)
    assert rows.n_rows == 60
    with pytest.raises(ValueError, match="gave 40 rows and then ended; expected more"):
        rows.sample(20, 0)
    calls[:] = [1, 1, 1]
    rows = open_rows(shrinking, cache=False)
    assert rows.n_rows == 40
    calls[:] = []
    with pytest.raises(ValueError, match="gave more rows than the 40 of before"):
        rows.to_array()


def test_the_dtype_that_is_given_holds_for_all_blocks():
    def blocks():
        yield X[:20].astype(np.float32)
        yield X[20:]

    with pytest.raises(ValueError, match="expected float32 as in the first one"):
        open_rows(blocks).to_array()
    expected = np.concatenate([X[:20].astype(np.float32), X[20:]])
    np.testing.assert_array_equal(open_rows(blocks, dtype=np.float64).to_array(), expected)
    single = open_rows(blocks, dtype=np.float32).to_array()
    np.testing.assert_array_equal(single, X.astype(np.float32))


def test_features_of_frames_are_float32_whatever_their_weights_are(frame):
    frame = frame.astype(np.float32).assign(w=np.arange(60.0))
    for source in (lambda: [frame], pa.Table.from_pandas(frame), frame_of_dask(frame)):
        rows = open_rows(source, weight="w")
        assert rows.dtype == np.float32
        np.testing.assert_array_equal(rows.to_array(), X.astype(np.float32))
        assert next(rows.blocks())[1].tolist() == list(range(60))
        assert open_rows(source).dtype == np.float64


def frame_of_dask(frame):
    import dask.dataframe as dd

    return dd.from_pandas(frame, npartitions=2)


def test_half_precision_is_computed_in_float64_as_that_of_arrays():
    half = X.astype(np.float16)
    rows = open_rows(pa.table([pa.array(column) for column in half.T], names=list("abc")))
    assert rows.dtype == np.float64
    np.testing.assert_array_equal(rows.to_array(), half.astype(float))


@pytest.mark.parametrize("suffix", ["npy", "csv", "parquet"])
@pytest.mark.parametrize("header", [True, False])
def test_missing_values_of_files(suffix, header, tmp_path, monkeypatch):
    rows = np.concatenate([X, X + 4.0])
    rows[np.random.default_rng(1).random(rows.shape) < 0.2] = np.nan
    rows[0] = [1.0, np.nan, 2.0]
    path = tmp_path / f"x.{suffix}"
    if suffix == "npy":
        np.save(path, rows)
    elif suffix == "parquet":
        columns = [pa.array(column, from_pandas=True) for column in rows.T]  # nulls
        pq.write_table(pa.table(columns, names=list("abc")), path)
    else:
        marks = iter(["", "NA", "nan", "?"] * len(rows))
        lines = [",".join(next(marks) if x != x else repr(x) for x in r) for r in rows.tolist()]
        path.write_text("\n".join((["a,b,c"] if header else []) + lines) + "\n")
    one, other = (GaussianMixture(2, missing="allow", random_state=0) for _ in range(2))
    one.fit(rows)
    other.fit(path)
    np.testing.assert_array_equal(other.means_, one.means_)
    assert other.score(path) == one.score(rows)
    np.testing.assert_array_equal(other.predict_proba(path), one.predict_proba(rows))
    assert open_rows(path).n_features == 3
    with pytest.raises(ValueError, match=r"expected a finite number|the value is missing"):
        GaussianMixture(2).fit(path)
    monkeypatch.setattr(table, "CACHE_BYTES", 0)
    streamed = GaussianMixture(2, missing="allow", random_state=0).fit(path)
    np.testing.assert_allclose(streamed.means_, one.means_, rtol=1e-9)
    np.testing.assert_allclose(streamed.predict_proba(path), one.predict_proba(rows), atol=1e-9)
    found = np.concatenate([b for b, _ in open_rows(path, allow_missing=True).blocks(50)])
    np.testing.assert_array_equal(found, rows)


def test_rows_that_are_kept_are_read_once_whether_values_may_be_missing_or_not():
    calls = []

    def blocks():
        calls.append(1)
        yield X

    rows = open_rows(blocks)
    gm = GaussianMixture(2, missing="allow", random_state=0).fit(rows)
    n_calls = len(calls)
    gm.predict(rows)
    gm.score(rows)
    assert len(calls) == n_calls


@pytest.mark.parametrize("cache", [True, False])
def test_a_fit_that_refuses_missing_values_does_so_whatever_rows_allow(cache, tmp_path):
    rows = X.copy()
    rows[5, 1] = np.nan
    np.save(tmp_path / "x.npy", rows)
    opened = open_rows(tmp_path / "x.npy", cache=cache, allow_missing=True)
    GaussianMixture(missing="allow", random_state=0).fit(opened)
    gm = GaussianMixture(random_state=0)
    with pytest.raises(ValueError, match="row 6, column 2: expected a finite number, got nan"):
        gm.fit(opened)
    with pytest.raises(ValueError, match="row 6, column 2: expected a finite number, got nan"):
        gm.fit(X).score(opened)


def test_a_blank_line_of_one_column_is_no_missing_value(tmp_path):
    (tmp_path / "x.csv").write_text("1.5\n\n2.5\n")
    with pytest.raises(ValueError, match="line 2, column 1: expected a finite number, got an empt"):
        GaussianMixture(missing="allow").fit(tmp_path / "x.csv")
    (tmp_path / "x.csv").write_text("a,b\n1.5,\n1_0,1\n")  # which Python takes for 10
    with pytest.raises(ValueError, match=r"line 3, column 1 \(a\): .* got '1_0'"):
        GaussianMixture(missing="allow").fit(tmp_path / "x.csv")
    (tmp_path / "x.csv").write_text("a,b\n1.5,x\n2.5,1\n")
    with pytest.raises(ValueError, match=r"line 2, column 2 \(b\): .* got 'x'"):
        GaussianMixture(missing="allow").fit(tmp_path / "x.csv")


def test_other_columns_of_a_csv_file_may_be_text(frame, tmp_path):
    path = tmp_path / "x.csv"
    frame.assign(note='a, "b"', t="x").loc[:, ["t", "a", "note", "b", "c"]].to_csv(path)  # an index
    rows = open_rows(path, columns=["c", "a"])
    np.testing.assert_allclose(rows.to_array(), X[:, [2, 0]], rtol=1e-15)
    gm = GaussianMixture(2, random_state=0).fit(open_rows(path, columns=["a", "b", "c"]))
    np.testing.assert_array_equal(gm.predict(path), gm.predict(frame))
    with pytest.raises(ValueError, match="column 1: the header has no name here"):
        open_rows(path)
    path.write_text("a,b\n1,x\n2,y,3\n")
    with pytest.raises(ValueError, match="line 3: expected 2 cells as in the first line, got 3"):
        open_rows(path, columns=["a"]).to_array()
    path.write_text("a,b\n1,x\nz,y\n")
    with pytest.raises(ValueError, match=r"line 3, column 1 \(a\): .* got 'z'"):
        open_rows(path, columns=["a"]).to_array()
    path.write_text('a,b\n1,x\n2,"y\nz"\n')
    with pytest.raises(ValueError, match="a cell goes on in the next line"):
        open_rows(path, columns=["a"]).to_array()
    path.write_text("a,a\n1,2\n2,3\n")
    with pytest.raises(ValueError, match="the column name 'a' is repeated"):
        open_rows(path)


def test_data_frames_of_other_types():
    mixed = pd.DataFrame({"a": X[:, 0].astype(np.float32), "b": np.arange(60, dtype=np.int16)})
    nullable = mixed.convert_dtypes()
    for given in (mixed, nullable, pa.Table.from_pandas(mixed)):
        rows = open_rows(lambda given=given: iter([given]))
        assert rows.dtype == np.float64
        np.testing.assert_array_equal(rows.to_array(), mixed.astype(float))
    single = open_rows(mixed[["a"]])
    assert (single.dtype, single.names) == (np.float32, ("a",))
    weighted = open_rows(mixed, weight="b")
    np.testing.assert_array_equal(weighted.sample(60)[1], np.arange(60))


def test_columns_of_nulls_alone(tmp_path):
    for i, c in enumerate((X[:, 2], [None] * 60)):
        table = pa.table({"a": X[:, 0], "b": X[:, 1], "c": c})
        pq.write_table(table, tmp_path / f"{i}.parquet")
    rows = np.concatenate([X, X])
    rows[60:, 2] = np.nan
    one, other = (GaussianMixture(2, missing="allow", random_state=0) for _ in range(2))
    assert one.fit(rows).score(rows) == other.fit(tmp_path).score(tmp_path)
    with pytest.raises(ValueError, match=r"1.parquet: row 1, column 'c': expected a finite number"):
        GaussianMixture().fit(tmp_path)


def test_arrays_of_a_library_with_dtypes_of_its_own_are_arrays():
    class Foreign:
        shape, dtype = X.shape, object()

        def __len__(self):
            return len(X)

        def __getitem__(self, some):
            raise AssertionError("slices of it are not asked for")

        def __array__(self, dtype=None, copy=None):
            return X if dtype is None else X.astype(dtype)

    gm = GaussianMixture(2, random_state=0).fit(Foreign())
    np.testing.assert_array_equal(gm.means_, GaussianMixture(2, random_state=0).fit(X).means_)
