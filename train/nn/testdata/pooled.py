"""Writes the golden encodings of a model, NAME.npy: float32 [16, hidden]. An encoding is the mean of the last hidden states
over the tokens of a pair of texts, including [CLS] and [SEP], the mean pooling of sentence-transformers.

usage: python pooled.py MODEL PAIRS.jsonl [OUT]

The golden files were made from minilm-l3 and minilm-l6 with snli_dev.jsonl. OUT is a folder, by default that of this script.
Made with torch 2.15.0, transformers 5.24.0, tokenizers 0.23.3, numpy 2.4.6.
"""
import json, os, sys
import numpy, torch
from tokenizers import Tokenizer
from transformers import BertModel

folder, pairs = sys.argv[1:3]
out = sys.argv[3] if len(sys.argv) > 3 else os.path.dirname(os.path.abspath(__file__))
ROWS = 16
model = BertModel.from_pretrained(folder, dtype=torch.float32).eval()
tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
tokenizer.no_truncation()
tokenizer.enable_padding()
rows = [json.loads(line) for line, _ in zip(open(pairs, encoding="utf-8"), range(ROWS))]
encoded = tokenizer.encode_batch([(r["premise"], r["hypothesis"]) for r in rows])
tensor = lambda key: torch.tensor([getattr(e, key) for e in encoded])
with torch.no_grad():
    hidden = model(input_ids=tensor("ids"), token_type_ids=tensor("type_ids"), attention_mask=tensor("attention_mask")).last_hidden_state
mask = tensor("attention_mask").unsqueeze(-1).float()
pooled = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
numpy.save(os.path.join(out, os.path.basename(os.path.normpath(folder)) + ".npy"), pooled.numpy())
