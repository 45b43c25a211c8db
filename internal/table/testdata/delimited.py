"""Writes delimited.json: tables as pandas writes them and as pandas.read_csv reads them (pandas 3.1).

Each case has the bytes of a file (base64), the options of ftft, and the columns and rows that pandas reads. "rows" is null where
pandas refuses the file.
"""
import base64, csv, io, itertools, json, pathlib
import pandas as pd

TEXTS = {
    "utf-8": ["naïve 🙂 tea", "plain words", 'she said "no"', "ends here "],
    "utf-8-sig": ["naïve 🙂 tea", "plain words", 'she said "no"', "ends here "],
    "utf-16": ["naïve 🙂 tea", "plain words", 'she said "no"', "ends here "],
    "latin-1": ["naïve tea", "plain words", 'she said "no"', "ends here "],
    "windows-1252": ["naïve “tea” for 3 €", "plain words", 'she said "no"', "ends here "],
    "gb18030": ["茶很好，很热", "plain words", 'she said "no"', "今天下雨 "],
    "shift_jis": ["お茶がおいしい", "plain words", 'she said "no"', "表示 "],
}
NAMES = {",": "a.csv", "\t": "a.tsv", ";": "b.csv", "|": "c.csv"}
LABELS = ["pos", "neg", "neg", "pos"]


def read(content, delimiter, quoting, header, encoding):
    try:
        frame = pd.read_csv(io.BytesIO(content), sep=delimiter, header=0 if header else None, dtype=str, keep_default_na=False,
                            na_filter=False, encoding=encoding, quoting=csv.QUOTE_MINIMAL if quoting == "csv" else csv.QUOTE_NONE,
                            index_col=False, engine="python")
    except Exception:
        return None, None
    columns = [str(c) for c in frame.columns] if header else [str(i + 1) for i in range(frame.shape[1])]
    return columns, [[None if v != v else v for v in row] for row in frame.values.tolist()]


cases = []


def add(name, content, delimiter, quoting, header, encoding):
    columns, rows = read(content, delimiter, quoting, header, encoding)
    given = "" if encoding in ("utf-8", "utf-8-sig", "utf-16") else encoding
    cases.append({"name": name, "content": base64.b64encode(content).decode(), "delimiter": delimiter, "quoting": quoting,
                  "header": header, "encoding": given, "columns": columns, "rows": rows})


for n, (delimiter, quoting, header, encoding) in enumerate(itertools.product(",\t;|", ["csv", "none"], [True, False], TEXTS)):
    texts = list(TEXTS[encoding])
    if quoting == "csv":
        texts[1] = f"two{delimiter}values"
        texts[2] += "\nand left"
    frame = pd.DataFrame({"text": texts, "label": LABELS})
    end = ["\n", "\r\n"][n % 2]
    text = frame.to_csv(sep=delimiter, index=False, header=header, lineterminator=end,
                        quoting=csv.QUOTE_MINIMAL if quoting == "csv" else csv.QUOTE_NONE)
    add(NAMES[delimiter], text.encode(encoding), delimiter, quoting, header, encoding)

# What other programs write. Where ftft reads such a file, it must read what pandas reads.
for text in [
    'text;label\na "b" c;pos\n', 'text;label\n"a" b;pos\n', 'text;label\n"a;pos\n', 'text;label\n"";pos\n"""";neg\n', "text;label\n a ; pos \n",
    "text;label\n\n\na;pos\n\n", "text;label\na;pos", "text;label\r\na;pos\r\n\r\n", 'text;label\n"a\r\nb";pos\n', "text;label\na;pos;x\n",
    "text;label\na\n", 'text;label\na"";pos\n', '"text";"label"\n"a";"pos"\n', "text;label\n;\n;pos\n", 'text;label\n\'a;b\';pos\n',
    'text;label\n"a"";b";pos\n', "text;label\na\\;b;pos\n", "text;label\n#a;pos\n", "text;label\nNA;pos\nnull;neg\n1.0;01\n",
]:
    for delimiter, quoting, header in itertools.product(";\t", ["csv", "none"], [True, False]):
        add("a.csv", text.replace(";", delimiter).encode(), delimiter, quoting, header, "utf-8")

pathlib.Path(__file__).with_suffix(".json").write_text(
    "[\n" + ",\n".join(json.dumps(c, ensure_ascii=False, separators=(",", ":")) for c in cases) + "\n]\n")
print(pd.__version__, len(cases))
