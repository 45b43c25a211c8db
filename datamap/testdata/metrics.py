"""Writes metrics.json: random training dynamics of 40 examples, their metrics and a rank correlation, computed with numpy.

Usage: python metrics.py [OUT]. The stored file was made with numpy 2.4.6.
"""
import json, os, sys
import numpy as np

r = np.random.default_rng(7)
E, N, C = 5, 40, 3
z = (r.normal(0, 2, (E, N, C))).astype(np.float32)
gold = r.integers(0, C, N)
z[:, 0, :] = 0  # ties: the first class is predicted
x = z.astype(np.float64)
p = np.exp(x) / np.exp(x).sum(-1, keepdims=True)
n = np.arange(N)
g = p[:, n, gold]
guess = x.argmax(-1)
right = guess == gold
others = x.copy()
others[:, n, gold] = -np.inf
first = np.array([next((e for e in range(E) if right[e, i]), E) for i in range(N)])
last = np.array([max([e for e in range(E) if right[e, i]], default=-1) for i in range(N)])
metrics = {
    "confidence": g.mean(0), "variability": g.std(0), "variability_sample": g.std(0, ddof=1),
    "variability_ci": np.sqrt(g.var(0) + g.var(0) ** 2 / (E - 1)),
    "correctness": right.sum(0), "forgetfulness": np.where(right.any(0), (right[:-1] & ~right[1:]).sum(0), 1000),
    "threshold_closeness": g.mean(0) * (1 - g.mean(0)),
    "aum": (x[:, n, gold] - others.max(-1)).mean(0),
    "el2n": np.linalg.norm(p - np.eye(C)[gold], axis=-1).mean(0),
    "loss": -np.log(g).mean(0), "entropy": -(p * np.log(p)).sum(-1).mean(0),
    "first_learnt": first, "last_correct": last, "flips": (guess[1:] != guess[:-1]).sum(0),
}
rank = lambda v: v.argsort().argsort()
spearman = float(np.corrcoef(rank(metrics["confidence"]), rank(metrics["variability"]))[0, 1])
out = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(out, "metrics.json"), "w") as f:
    json.dump({"logits": z.tolist(), "gold": gold.tolist(), "spearman": spearman,
        "metrics": {k: v.tolist() for k, v in metrics.items()}}, f)
    f.write("\n")
