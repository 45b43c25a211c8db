"""Prints tables of characters as Go's unicode.RangeTable. classes.py and tables.py import it."""


def spans(codes):
    out = []
    for c in codes:
        if out and c == out[-1][1] + 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return out


def lines(items, width=6):
    for i in range(0, len(items), width):
        yield "\t\t" + ", ".join(items[i : i + width]) + ","


def table(name, doc, codes):
    small = [s for s in spans(codes) if s[1] <= 0xFFFF]
    large = [s for s in spans(codes) if s[1] > 0xFFFF]
    print(f"\n// {name} {doc}\nvar {name} = &unicode.RangeTable{{")
    for kind, part in ("16", small), ("32", large):
        if part:
            print(f"\tR{kind}: []unicode.Range{kind}{{")
            print("\n".join(lines([f"{{{lo:#x}, {hi:#x}, 1}}" for lo, hi in part])))
            print("\t},")
    latin = sum(1 for s in small if s[1] <= 0xFF)
    if latin:
        print(f"\tLatinOffset: {latin},")
    print("}")
