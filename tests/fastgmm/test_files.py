"""Tables come back exactly, and every bad file is answered by one clear line."""

import sys

import numpy as np
import pytest

from fastgmm.files import read_table


@pytest.fixture
def table():
    return np.random.default_rng(0).normal(size=(50, 3)) * [1e-9, 1.0, 1e12]


def write(path, text):
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", ">f8"])
def test_npy_keeps_the_precision(tmp_path, table, dtype):
    np.save(tmp_path / "x.npy", table.astype(dtype))
    X, names = read_table(tmp_path / "x.npy")
    assert names is None
    assert X.dtype == np.dtype(dtype).newbyteorder("=")
    assert X.dtype.isnative
    np.testing.assert_array_equal(X, table.astype(dtype))


def test_npy_is_memory_mapped_and_read_only(tmp_path, table):
    np.save(tmp_path / "x.npy", table)
    X, _ = read_table(str(tmp_path / "x.npy"))
    assert isinstance(X, np.memmap)
    assert not X.flags.writeable


@pytest.mark.parametrize("dtype", [np.int8, np.uint64, np.float16, bool])
def test_npy_of_other_numbers_becomes_float64(tmp_path, dtype):
    np.save(tmp_path / "x.npy", np.eye(3).astype(dtype))
    X, _ = read_table(tmp_path / "x.npy")
    assert X.dtype == np.float64
    np.testing.assert_array_equal(X, np.eye(3))


def test_csv_with_a_header_round_trips(tmp_path, table):
    np.savetxt(tmp_path / "x.csv", table, fmt="%.17g", delimiter=",", header="a, b,c", comments="")
    X, names = read_table(tmp_path / "x.csv")
    assert names == ("a", "b", "c")
    assert X.dtype == np.float64
    np.testing.assert_array_equal(X, table)


@pytest.mark.parametrize(
    ("text", "rows", "names"),
    [
        ("1,2\n3,4\n", [[1, 2], [3, 4]], None),
        ("1,2\n3,4", [[1, 2], [3, 4]], None),
        ("7\n8\n", [[7], [8]], None),
        ("\n7\n8\n\n", [[7], [8]], None),
        ("x\n7\n", [[7]], ("x",)),
        ('\ufeff"x","y"\r\n1,"2"\r\n\r\n 3 ,4e-3\r\n', [[1, 2], [3, 0.004]], ("x", "y")),
        ('\n"two\nlines",y\n1,2\n', [[1, 2]], ("two\nlines", "y")),
        ("größe,µ\n1,2\n", [[1, 2]], ("größe", "µ")),
    ],
)
def test_csv_forms(tmp_path, text, rows, names):
    X, got = read_table(write(tmp_path / "x.csv", text))
    assert X.tolist() == rows
    assert got == names


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ("a,b\n", "expected rows of numbers after the header line"),
        ("a,b\n1,2\n\n3,x\n", r"line 4, column 2 \(b\): expected a finite number, got 'x'"),
        ("1,2\n3,\n", "line 2, column 2: expected a finite number, got an empty cell"),
        ("1,2\n3,nan\n", "line 2, column 2: expected a finite number, got 'nan'"),
        ("1,2\n-inf,3\n", "line 2, column 1: expected a finite number, got '-inf'"),
        ("1,2\n1_0,3\n", "line 2, column 1: expected a finite number, got '1_0'"),
        ("1,2\n3\n", "line 2: expected 2 cells as in the first line, got 1"),
        ("a,b\n1,2,3\n", "line 2: expected 2 cells as in the first line, got 3"),
        ("a,b\n1,2\n1,2,3\n", "line 3: expected 2 cells"),
        ("1;2\n3;4\n", "line 2, column 1 .*separate the cells by commas"),
        ("1,5;2,5\n3,5;4,5\n", "line 1 .*separate the cells by commas, and write decimals with a"),
        ("a;b\n1,5;2,5\n", "line 2: expected 1 cells .*separate the cells by commas"),
        ("1\n\n3\n", "line 2, column 1: expected a finite number, got an empty cell"),
        ("a\n1\n\n3\n", r"line 3, column 1 \(a\): expected a finite number, got an empty cell"),
        ('a\n""\n3\n', r"line 2, column 1 \(a\): expected a finite number, got an empty cell"),
        ('1,2\n"3,4\n5,6\n', "line 2: a quote is opened and not closed"),
        ('a,"b\n' + "1,2\n" * 50_000, "line 1: a quote is opened and not closed"),
        ("1.5,oops\n3,4\n", "line 1 mixes names and numbers: column 2 is 'oops'"),
        (",a\n0,1\n", "line 1, column 1: the header has no name here"),
        ("0\n1.5\n-2e-05\n", "line 1 is 0, and all others have a point: .* header=False"),
        ("\u0661\n\u0662\n", "line 2, column 1"),
        ("0,1\n2.5,3\n", "line 1 holds the numbers of the columns, 0 to 1, as pandas"),
        ("NA\n1\n2\n", "line 1, column 1: the value is missing"),
        ("?,1\n1,2\n", "line 1, column 1: the value is missing"),
        ("a,b\n\0,\0\n", "x.csv"),
    ],
)
def test_bad_csv_says_where(tmp_path, text, message):
    path = write(tmp_path / "x.csv", text)
    with pytest.raises(ValueError, match=message) as caught:
        read_table(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < len(str(path)) + 250


def test_csv_that_is_not_text(tmp_path):
    (tmp_path / "x.csv").write_bytes(b"\x89PNG\r\n\xff\xfe")
    with pytest.raises(ValueError, match="not UTF-8 text"):
        read_table(tmp_path / "x.csv")


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(3), r"2-D array .* shape \(3,\); for one feature save x.reshape"),
        (np.zeros((2, 2, 2)), "2-D array"),
        (np.zeros((0, 3)), "at least one row"),
        (np.zeros((3, 0)), "at least one row"),
        (np.zeros((2, 2), complex), "real numbers, got complex128"),
        (np.array([["a", "b"]]), "real numbers, got <U1"),
        (np.array([[None]]), "not readable as .npy"),
    ],
)
def test_bad_npy(tmp_path, array, message):
    np.save(tmp_path / "x.npy", array)
    with pytest.raises(ValueError, match=message):
        read_table(tmp_path / "x.npy")


@pytest.mark.parametrize("content", [b"", b"hello", b"\x93NUMPY\x01\x00v\x00{", b"PK\x03\x04" * 9])
def test_damaged_npy(tmp_path, content):
    (tmp_path / "x.npy").write_bytes(content)
    with pytest.raises(ValueError, match="not readable as"):
        read_table(tmp_path / "x.npy")


def test_truncated_npy(tmp_path, table):
    np.save(tmp_path / "x.npy", table)
    content = (tmp_path / "x.npy").read_bytes()
    (tmp_path / "x.npy").write_bytes(content[:-8])
    with pytest.raises(ValueError, match="not readable as"):
        read_table(tmp_path / "x.npy")


@pytest.mark.parametrize(("name", "got"), [("x.txt", ".txt"), ("x.npz", ".npz")])
def test_unknown_suffix(name, got):
    with pytest.raises(ValueError, match=f"expected a file ending in .npy, .csv.*got {got}"):
        read_table(name)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such file"):
        read_table(tmp_path / "x.csv")
    (tmp_path / "x.csv").mkdir()
    with pytest.raises(IsADirectoryError, match="got a folder"):
        read_table(tmp_path / "x.csv")


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16])
def test_parquet_round_trips(tmp_path, dtype):
    import pandas as pd

    frame = pd.DataFrame(np.arange(12).reshape(4, 3), list("wxyz"), list("abc")).astype(dtype)
    frame.to_parquet(tmp_path / "x.parquet")
    X, names = read_table(tmp_path / "x.parquet")
    assert names == ("a", "b", "c")  # and not the row labels
    assert X.dtype == (dtype if dtype == np.float32 else np.float64)
    np.testing.assert_array_equal(X, frame)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (["u", "v"], "column 'b': expected numbers, got (large_)?string"),
        ([1.0, None], "row 2, column 'b': expected a finite number, got None"),
        ([True, None], "row 2, column 'b': expected a finite number, got None"),
        ([float("inf"), 1.0], "row 1, column 'b': expected a finite number, got inf"),
    ],
)
def test_bad_parquet_columns(tmp_path, column, message):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"a": [1.0, 2.0], "b": column}), tmp_path / "x.parquet")
    with pytest.raises(ValueError, match=message):
        read_table(tmp_path / "x.parquet")


def test_parquet_with_a_repeated_name(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_arrays([pa.array([1.0]), pa.array([2.0])], names=["a", "a"])
    pq.write_table(table, tmp_path / "x.parquet")
    with pytest.raises(ValueError, match="the column name 'a' is repeated"):
        read_table(tmp_path / "x.parquet")


def test_damaged_parquet(tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(ValueError, match="not readable as Parquet"):
        read_table(tmp_path / "x.parquet")


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch):
    (tmp_path / "x.parquet").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"needs PyArrow: pip install pyarrow"):
        read_table(tmp_path / "x.parquet")
