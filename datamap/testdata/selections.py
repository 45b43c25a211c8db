"""Writes selections.json: the selections of FTFT's and cartography's code, and cleanlab's label issues, for metrics.json.

Usage: python selections.py [OUT]. The stored file was made with torch 2.15.0, pandas 3.1.1, cleanlab 2.9.0, numpy 2.4.6.
"""
import json, os, sys
import numpy as np, pandas as pd, torch
from cleanlab.filter import find_label_issues

here = os.path.dirname(os.path.abspath(__file__))
data = json.load(open(os.path.join(here, "metrics.json")))
z, gold = torch.tensor(data["logits"]), torch.tensor(data["gold"])  # [E, N, C], [N]
fractions = [0.1, 0.25, 0.33, 0.5, 0.9]

# As in FTFT's code: a float32 softmax, the sample standard deviation, the examples strictly above a quantile.
p = z.softmax(-1)[:, torch.arange(len(gold)), gold]
scores = {"ambiguous": p.std(0), "hard-to-learn": -p.mean(0)}
ftft = {name: {str(q): torch.where(s > torch.quantile(s, 1 - q))[0].tolist() for q in fractions} for name, s in scores.items()}

# As in cartography's code. The order of ties depends on pandas, so only metrics without ties are compared.
frame = pd.DataFrame({k: data["metrics"][k] for k in ("variability", "confidence", "threshold_closeness")})
cartography = {}
for metric, ascending, name in (
    ("variability", False, "ambiguous"),
    ("confidence", True, "hard-to-learn"),
    ("threshold_closeness", False, "top:threshold_closeness"),
):
    order = frame.sort_values(by=[metric], ascending=ascending)
    cartography[name] = {str(q): sorted(order.head(n=int(q * len(frame)) + 1).index.tolist()) for q in fractions}
    ends = {}
    for q in fractions:
        n = int(q * len(frame))
        hardest = order.head(n=int(n * 0.7))
        easiest = order.tail(n=n - hardest.shape[0])
        ends[str(q)] = sorted(hardest.index.tolist() + easiest.index.tolist())
    cartography["both-ends:" + metric] = ends

mean = z.double().softmax(-1).mean(0).numpy()
issues = find_label_issues(gold.numpy(), mean, filter_by="confident_learning", return_indices_ranked_by="self_confidence", n_jobs=1)
out = sys.argv[1] if len(sys.argv) > 1 else here
with open(os.path.join(out, "selections.json"), "w") as f:
    json.dump({"ftft": ftft, "cartography": cartography, "cleanlab": issues.tolist()}, f)
    f.write("\n")
