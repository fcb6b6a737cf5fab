"""Which columns of a DataFrame are features or weights, and whether they are numbers."""

from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, FloatType, NumericType


def check_frame(df):
    """Raise TypeError or ValueError unless `df` is a DataFrame of Spark's that ends."""
    if not (hasattr(df, "mapInArrow") and hasattr(df, "schema")):
        raise TypeError(f"df must be a DataFrame of Spark's, got a {_kind(df)}")
    if df.isStreaming:
        raise ValueError("df is a stream, which has no end: give a DataFrame that is not")


def checked_names(df, columns):
    """Return the names of the features as a tuple, or raise TypeError or ValueError."""
    if isinstance(columns, str) or not all(isinstance(name, str) for name in columns):
        raise TypeError(f"columns must be a list of names of columns, got {columns!r}")
    names = tuple(columns)
    if not names:
        raise ValueError("columns must have at least one name, got none")
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"columns has {name!r} more than once")
        check_number(df, name)
    return names


def check_number(df, name):
    """Raise ValueError unless `df` has one column of a name, of numbers."""
    fields = [field for field in df.schema.fields if field.name == name]
    if not fields:
        raise ValueError(f"df has no column {name!r}; there are {', '.join(df.columns)}")
    if len(fields) > 1:
        raise ValueError(f"df has {len(fields)} columns {name!r}: rename all but one")
    kind = fields[0].dataType
    if not isinstance(kind, (NumericType, BooleanType)):
        hint = ""
        if kind.typeName() in ("vector", "vectorudt", "udt", "array"):
            hint = "; give its items as columns of their own (pyspark.ml.functions.vector_to_array)"
        raise ValueError(
            f"column {name!r} of df: expected numbers, got {kind.simpleString()}{hint}"
        )


def is_single(df, names):
    """Whether all of some columns are of float32."""
    return all(isinstance(df.schema[name].dataType, FloatType) for name in names)


def cast(name, kind, alias):
    """Return the Column of a name, as numbers of a kind, under another name."""
    quoted = name.replace("`", "``")
    return F.col(f"`{quoted}`").cast(kind).alias(alias)


def _kind(value):
    return f"{type(value).__module__}.{type(value).__qualname__}"
