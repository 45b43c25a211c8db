"""Writes intervals.json: 95 % intervals by scipy of the difference between the scores of two runs.

Usage: python intervals.py [OUT]. The stored file was made with numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1.
"""
import json, os, sys
import numpy as np
from scipy import stats
from scipy.special import log_softmax
from sklearn.metrics import f1_score

here = os.path.dirname(os.path.abspath(__file__))
random = np.random.default_rng(1)


def case(n, classes, skill_a, skill_b, shared):
    """Two runs that agree the more the larger shared is."""
    gold = random.integers(classes, size=n)
    gold[: n // 4] = 0  # uneven classes, where macro F1 differs from accuracy
    common = random.normal(size=(n, classes)) * shared
    logits = []
    for skill in (skill_a, skill_b):
        z = common + random.normal(size=(n, classes))
        z[np.arange(n), gold] += skill
        logits.append(np.round(z, 2))
    loss = [-log_softmax(z, axis=1)[np.arange(n), gold] for z in logits]
    predicted = [z.argmax(1) for z in logits]
    score = {
        "accuracy": lambda run, i: (gold[i] == predicted[run][i]).mean(),
        "macro_f1": lambda run, i: f1_score(gold[i], predicted[run][i], average="macro"),
        "loss": lambda run, i: loss[run][i].mean(),
    }
    intervals = {}
    for name, f in score.items():
        found = stats.bootstrap(
            (np.arange(n),), lambda i: f(0, i) - f(1, i), vectorized=False, n_resamples=5000 if name == "macro_f1" else 40000, batch=1000,
            confidence_level=0.95, method="percentile", rng=np.random.default_rng(2),
        )
        intervals[name] = {
            "difference": f(0, np.arange(n)) - f(1, np.arange(n)), "low": found.confidence_interval.low,
            "high": found.confidence_interval.high, "error": found.standard_error,
        }
    return {"classes": classes, "gold": gold.tolist(), "a": logits[0].ravel().tolist(), "b": logits[1].ravel().tolist(),
            "intervals": intervals}


def seeds(a, b):
    found = stats.ttest_rel(a, b).confidence_interval(0.95)
    return {"a": a, "b": b, "low": found.low, "high": found.high}


out = sys.argv[1] if len(sys.argv) > 1 else here
with open(os.path.join(out, "intervals.json"), "w") as f:
    json.dump({
        "bootstrap": [case(400, 3, 1.2, 1.0, 1.5), case(150, 2, 1.5, 0.5, 0.5)],
        "seeds": [
            seeds([0.52, 0.61], [0.50, 0.55]),
            seeds([0.7, 0.72, 0.69], [0.71, 0.70, 0.66]),
            seeds([0.4, 0.45, 0.43, 0.48, 0.41], [0.46, 0.47, 0.49, 0.5, 0.44]),
        ],
    }, f)
