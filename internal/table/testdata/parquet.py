"""Writes Parquet files with pyarrow and pandas for the tests, and shows what pyarrow reads from a file that the tests wrote.

python3 parquet.py                 writes pyarrow.parquet, pandas.parquet and parquet.json into this folder
python3 parquet.py show FILE       prints a file's schema, metadata and rows as JSON
"""

import datetime
import json
import pathlib
import sys

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
    shown = {name: show(HERE / name) for name in ["pyarrow.parquet", "pandas.parquet"]}
    (HERE / "parquet.json").write_text(json.dumps(shown, indent=1, ensure_ascii=False) + "\n")


if len(sys.argv) == 3 and sys.argv[1] == "show":
    print(json.dumps(show(sys.argv[2])))
else:
    main()
