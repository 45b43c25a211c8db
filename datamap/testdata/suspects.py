"""Writes suspects.json: mean probabilities and labels of sets with degenerate classes, and the examples that cleanlab suspects.

Usage: python suspects.py [OUT]. The stored file was made with cleanlab 2.9.0 and numpy 2.
"""
import json, os, sys
import cleanlab, numpy as np
from cleanlab.filter import find_label_issues

r = np.random.default_rng(11)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def random(n, classes, scale=2.0):
    return softmax(r.normal(0, scale, (n, classes))), r.integers(0, classes, n)


cases = {}
for classes in (2, 3, 5, 8):
    cases[f"{classes} classes"] = random(40, classes)
    cases[f"{classes} classes, flat"] = random(40, classes, 0.3)
p, y = random(40, 3)
p[:, 2] = r.uniform(0, 1e-7, 40)  # the model never predicts a class that some examples have
cases["a class never predicted"] = (p / p.sum(-1, keepdims=True), y)
p, y = random(40, 3)
p[:, 2] = 0
cases["a class of probability 0"] = (p / p.sum(-1, keepdims=True), y)
p, y = random(40, 4)
cases["a class without examples"] = (p, np.where(y == 3, 0, y))
p, y = random(40, 4)
y = np.where(y == 3, 1, y)
y[17] = 3
cases["a class with one example"] = (p, y)
p, y = random(40, 3)
cases["one class"] = (p, np.zeros(40, int))
cases["two examples"] = (np.array([[0.2, 0.8], [0.7, 0.3]]), np.array([0, 1]))
cases["equal probabilities"] = (np.full((12, 4), 0.25), np.arange(12) % 4)
out = []
for name, (p, y) in cases.items():
    p = p.round(6)
    mask = find_label_issues(y, p, filter_by="confident_learning", n_jobs=1)
    out.append({"name": name, "probabilities": p.tolist(), "gold": y.tolist(), "suspects": np.flatnonzero(mask).tolist()})
    print(name, int(mask.sum()))
folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(folder, "suspects.json"), "w") as f:
    json.dump({"versions": {"cleanlab": cleanlab.__version__, "numpy": np.__version__}, "cases": out}, f)
    f.write("\n")
