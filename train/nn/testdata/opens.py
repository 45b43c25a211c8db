"""Opens a model folder with transformers and compares its logits with those from ftft predict. Fails if they differ by more
than 1e-4.

usage: ftft predict MODEL DATA.jsonl --text a,b --logits out.npy && python opens.py MODEL DATA.jsonl a,b out.npy
Tested with torch 2.15.0, transformers 5.24.0, tokenizers 0.23.3, numpy.
"""
import json, sys
import numpy, torch
from tokenizers import Tokenizer
from transformers import AutoModelForSequenceClassification

folder, data, columns, logits = sys.argv[1:]
model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
tokenizer = Tokenizer.from_file(folder + "/tokenizer.json")
tokenizer.no_padding()
tokenizer.enable_truncation(model.config.max_position_embeddings)  # longest first, like ftft
ours, worst = numpy.load(logits), 0.0
rows = [json.loads(line) for line in open(data, encoding="utf-8")]
assert ours.shape == (len(rows), model.config.num_labels) and ours.dtype == numpy.float32, ours.shape
for row, got in zip(rows, ours):
    e = tokenizer.encode(*(row[c] for c in columns.split(",")))
    with torch.no_grad():
        want = model(input_ids=torch.tensor([e.ids]), token_type_ids=torch.tensor([e.type_ids])).logits[0].numpy()
    worst = numpy.maximum(worst, numpy.abs(want - got).max())  # keeps a NaN
print(f"{len(rows)} examples, labels {model.config.id2label}: greatest difference {worst:.2e}")
sys.exit(not worst <= 1e-4)
