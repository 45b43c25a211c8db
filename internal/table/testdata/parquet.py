"""Writes Parquet files with pyarrow and pandas for the tests, and shows what pyarrow reads from a file that the tests wrote.

python3 parquet.py                 writes pyarrow.parquet, pandas.parquet, types.parquet (pages of version 2, no dictionaries, all other
                                   encodings), parquet.json and the same types as stream.arrow and file.arrow, classes.parquet, and small
                                   files to fuzz from, seed-*, into this folder
python3 parquet.py show FILE       prints a file's schema, metadata and rows as JSON
"""

import datetime
import decimal
import json
import pathlib
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).parent


def show(path):
    table = pq.read_table(path)
    metadata = {k.decode(): v.decode() for k, v in (pq.read_metadata(path).metadata or {}).items()}
    return {"schema": [[f.name, str(f.type), f.nullable] for f in table.schema], "metadata": metadata,
            "codec": pq.read_metadata(path).row_group(0).column(0).compression,
            "rows": json.loads(json.dumps(table.to_pylist(), default=str))}


def write_types():
    n = 40
    day = datetime.datetime(2020, 1, 1)
    table = pa.table({
        "guid": pa.array([2**40 + 3 * i for i in range(n)]),
        "text": pa.array([None if i % 9 == 4 else f"a text {i // 3} and {'x' * (i % 5)}" for i in range(n)]),
        "label": pa.array([["no", "yes"][i % 2] for i in range(n)]),
        "f64": pa.array([i / 7 for i in range(n)]), "f16": pa.array(np.array([i / 16 for i in range(n)], dtype=np.float16)),
        "ok": pa.array([None if i % 11 == 0 else i % 2 == 0 for i in range(n)]),
        "dec": pa.array([decimal.Decimal(i - 20) / 100 for i in range(n)], pa.decimal128(9, 2)),
        "dec38": pa.array([decimal.Decimal(-i) / 1000 for i in range(n)], pa.decimal128(38, 3)),
        "date": pa.array([(day + datetime.timedelta(i)).date() for i in range(n)]),
        "when": pa.array([day + datetime.timedelta(seconds=i) for i in range(n)], pa.timestamp("ms", tz="UTC")),
        "time": pa.array([datetime.time(1, 2, i) for i in range(n)], pa.time64("us")),
        "fixed": pa.array([b"\xff\x00"] * n, pa.binary(2)),
        "inner": pa.array([None if i % 7 == 0 else {"x": i, "y": {"z": f"z{i}"}} for i in range(n)]),
        "list": pa.array([[f"e{j}" for j in range(i % 4)] for i in range(n)]),
        "map": pa.array([[("k", i)] for i in range(n)], pa.map_(pa.string(), pa.int32())),
        "none": pa.nulls(n),
    })
    encodings = {"guid": "DELTA_BINARY_PACKED", "text": "DELTA_BYTE_ARRAY", "label": "DELTA_LENGTH_BYTE_ARRAY", "f64": "BYTE_STREAM_SPLIT",
                 "ok": "RLE", "fixed": "DELTA_BYTE_ARRAY", "dec38": "BYTE_STREAM_SPLIT"}
    pq.write_table(table, HERE / "types.parquet", row_group_size=17, compression="snappy", data_page_version="2.0", use_dictionary=False,
                   column_encoding=encodings)
    coded = table.append_column("coded", table["label"].dictionary_encode()).append_column("view", table["text"].cast(pa.string_view()))
    classes = {"info": {"features": {"text": {"dtype": "string", "_type": "Value"}, "label": {"names": ["neg", "pos"], "_type": "ClassLabel"}}}}
    named = pa.table({"text": ["fine", "dull", "so so"], "label": [1, 0, -1]}).replace_schema_metadata({"huggingface": json.dumps(classes)})
    pq.write_table(named, HERE / "classes.parquet")
    for name, new, codec in [("stream.arrow", pa.ipc.new_stream, None), ("file.arrow", pa.ipc.new_file, "zstd")]:
        with new(HERE / name, coded.schema, options=pa.ipc.IpcWriteOptions(compression=codec)) as out:
            out.write_table(coded, max_chunksize=15)


def write_seeds():
    """Writes files of under 1,000 bytes, because the time of fuzzing grows with the square of a file's size."""
    texts = pa.array(["ab", None, "abc", "ab"])
    ids, nested = pa.array([5, 6, 9, 7], pa.int32()), pa.array([["a"], [], None, ["b", "a"]])
    halves, flags = pa.array([0.5, -1, None, 2]), pa.array([True, None, False, True])

    def write(name, columns, **options):
        pq.write_table(pa.table(columns), HERE / f"seed-{name}.parquet", store_schema=False, write_statistics=False, **options)

    write("dictionary", {"a": texts, "b": nested}, compression="snappy")
    write("plain", {"a": texts, "b": halves, "c": flags}, compression="zstd", use_dictionary=False, row_group_size=3)
    write("delta", {"a": ids, "b": texts}, compression="none", use_dictionary=False, data_page_version="2.0",
          column_encoding={"a": "DELTA_BINARY_PACKED", "b": "DELTA_BYTE_ARRAY"})
    write("split", {"a": halves, "b": texts, "c": flags}, compression="gzip", use_dictionary=False, data_page_version="2.0",
          column_encoding={"a": "BYTE_STREAM_SPLIT", "b": "DELTA_LENGTH_BYTE_ARRAY", "c": "RLE"})
    struct = pa.array([{"x": 1}, None, {"x": 2}, {"x": None}])
    for name, columns, new, codec in [
            ("stream", {"a": texts, "b": struct}, pa.ipc.new_stream, None), ("file", {"a": ids, "b": nested}, pa.ipc.new_file, "lz4"),
            ("coded", {"a": texts.dictionary_encode(), "b": texts.cast(pa.string_view())}, pa.ipc.new_stream, "zstd")]:
        table = pa.table(columns)
        with new(HERE / f"seed-{name}.arrow", table.schema, options=pa.ipc.IpcWriteOptions(compression=codec)) as out:
            out.write_table(table)


def main():
    n = 7
    texts = ["plain", "", None, "two\nlines \"q\"", "ключ 文", "a,b\tc", "🙂"]
    schema = pa.schema([
        pa.field("guid", pa.int64(), nullable=False), ("text", pa.string()), ("label", pa.dictionary(pa.int8(), pa.string())),
        ("big", pa.large_string()), ("class", pa.int8()), ("count", pa.uint64()), ("score", pa.float64()), ("half", pa.float32()),
        ("ok", pa.bool_()),
        ("tags", pa.list_(pa.string())), ("when", pa.timestamp("us")), ("blob", pa.binary()), ("nested", pa.struct([("x", pa.int32())])),
    ], metadata={"about": "made for a test"})
    table = pa.table({
        "guid": [2**53 + 1 + i for i in range(n)], "text": texts, "label": ["no", "yes", None, "no", "yes", "no", "yes"],
        "big": [f"b{i}" for i in range(n)], "class": [0, 1, None, -1, 127, -128, 2], "count": [2**64 - 1, 0, 1, 2, None, 4, 5],
        "score": [0.1, 1.0, None, -2.5e-7, 1e300, 3.0, 123456789.0], "half": [0.1, 2, 3, 4, 5, None, 7],
        "ok": [True, False, None, True, True, False, True],
        "tags": [["a", "b"], [], None, ["c"], [None], ["d", "e", "f"], ["g"]],
        "when": [datetime.datetime(2026, 1, 1 + i) for i in range(n)], "blob": [b"\xff\x00"] * n, "nested": [{"x": i} for i in range(n)],
    }, schema=schema)
    pq.write_table(table, HERE / "pyarrow.parquet", row_group_size=3, compression="zstd")
    frame = pd.DataFrame({"premise": ["p0", "p1", "p2"], "hypothesis": ["h0", "h1", "h2"], "label": [0, 1, 2], "gap": [1.0, None, 3.0]})
    frame.to_parquet(HERE / "pandas.parquet")
    write_types()
    write_seeds()
    shown = {name: show(HERE / name) for name in ["pyarrow.parquet", "pandas.parquet", "types.parquet"]}
    (HERE / "parquet.json").write_text(json.dumps(shown, indent=1, ensure_ascii=False) + "\n")


if len(sys.argv) == 3 and sys.argv[1] == "show":
    print(json.dumps(show(sys.argv[2])))
else:
    main()
