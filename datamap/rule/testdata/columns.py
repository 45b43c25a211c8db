"""Writes columns.json: two columns of 60 examples, one with ties, one with gaps (null), and their statistics by numpy.

Usage: python columns.py [OUT]. The stored file was made with numpy 2.4.6.
"""
import json, os, sys
import numpy as np

r = np.random.default_rng(11)
N = 60
guids = [f"{'train' if i % 3 else 'dev'}-{i * 37 % 101}" for i in range(N)]
ties, gaps = r.integers(-3, 4, N) / 4, r.normal(0, 3, N)
gaps[r.choice(N, 9, replace=False)] = np.nan
shares = [0, 0.01, 0.1, 0.25, 1 / 3, 0.33, 0.5, 0.67, 0.75, 0.9, 0.999, 1]


def described(v):
    order = np.lexsort(([g.encode() for g in guids], v))  # NaN last
    places = np.argsort(order)
    return {
        "values": [None if np.isnan(x) else x for x in v],
        "quantiles": np.nanquantile(v, shares).tolist(),
        "mean": np.nanmean(v), "std": np.nanstd(v), "min": np.nanmin(v), "max": np.nanmax(v), "median": np.nanquantile(v, 0.5),
        "ranks": [None if np.isnan(x) else int(p) for x, p in zip(v, places)],
    }


out = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(out, "columns.json"), "w") as f:
    json.dump({"guids": guids, "shares": shares, "columns": {"ties": described(ties), "gaps": described(gaps)}}, f)
    f.write("\n")
