"""Writes embeddings.npy and neighbours.json: the five nearest rows of each, by numpy in float64."""
import json
import pathlib

import numpy as np

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(1)
vectors = rng.standard_normal((40, 13)).astype(np.float16)
vectors[7] = vectors[3]          # a duplicate
vectors[21] = 2 * vectors[3]     # of another length
vectors[30] = 0
np.save(here / "embeddings.npy", vectors)

exact = vectors.astype(np.float64)
lengths = np.linalg.norm(exact, axis=1)
products = np.outer(lengths, lengths)
cosines = np.divide(exact @ exact.T, products, out=np.zeros_like(products), where=products > 0)
rows, similarities = [], []
for row, cosine in enumerate(cosines):
    others = sorted((i for i in range(len(cosine)) if i != row), key=lambda i: (-round(cosine[i], 12), i))[:5]
    rows.append(others)
    similarities.append([cosine[i] for i in others])
(here / "neighbours.json").write_text(json.dumps({"rows": rows, "similarities": similarities}) + "\n")
