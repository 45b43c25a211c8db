"""Writes distances.json: the rows of the tables of relative attention by distance, as transformers computes them.

usage: python distances.py [OUT]

Each entry has the arguments and the rows of distances from 0 to LONGEST-1 and from 0 to 1-LONGEST, as lists of [row, how often].
Made with torch 2.15.0, transformers 5.24.0; 4.44.2 gives the same.
"""
import itertools, json, os, sys
import torch
from transformers.models.deberta_v2 import modeling_deberta_v2 as deberta
from transformers.models.mpnet.modeling_mpnet import MPNetEncoder

LONGEST = 1100


def runs(rows):
    return [[row, len(list(group))] for row, group in itertools.groupby(rows.tolist())]


entries = []
distances = torch.arange(LONGEST)
for sign in [1, -1]:
    entries.append({"kind": "biased", "buckets": 32, "span": 128, "sign": sign,
                    "rows": runs(MPNetEncoder.relative_position_bucket(sign * distances))})
for buckets, span in [(256, 512), (8, 40), (8, 16), (64, 512), (32, 128), (7, 100), (2, 64), (128, 1024), (48, 512), (0, 40), (0, 2000)]:
    for sign in [1, -1]:
        buckets_of = sign * distances
        if buckets > 0:
            buckets_of = deberta.make_log_bucket_position(buckets_of, buckets, span).to(torch.long)
        half = buckets or span
        entries.append({"kind": "disentangled", "buckets": buckets, "span": span, "sign": sign,
                        "rows": runs(torch.clamp(buckets_of + half, 0, 2 * half - 1))})
out = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(out, "distances.json"), "w") as f:
    json.dump(entries, f, separators=(",", ":"))
    f.write("\n")
