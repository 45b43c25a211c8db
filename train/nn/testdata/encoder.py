"""Writes encoder.json, the golden file of a pre-trained encoder: tokens, logits, loss and gradients of 16 pairs of texts.

usage: python encoder.py MODEL PAIRS.jsonl [OUT [SAVED]]

The golden file was made from minilm-l6 and snli_train.jsonl. The script adds a classifier of fixed weights to the encoder.
OUT is the folder of encoder.json, by default that of this script. If SAVED is given, the script saves the model in that
folder, for ftft predict and opens.py.
Made with torch 2.15.0, transformers 5.24.0, tokenizers 0.23.3, numpy 2.4.6.
"""
import json, math, os, shutil, sys
import numpy, torch
from tokenizers import Tokenizer
from transformers import BertForSequenceClassification

folder, pairs = sys.argv[1:3]
out = sys.argv[3] if len(sys.argv) > 3 else os.path.dirname(os.path.abspath(__file__))
LABELS, ROWS = ["entailment", "neutral", "contradiction"], 16
model = BertForSequenceClassification.from_pretrained(
    folder, dtype=torch.float32, num_labels=3, id2label=dict(enumerate(LABELS)), label2id={l: i for i, l in enumerate(LABELS)},
    hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, classifier_dropout=0.0).eval()
with torch.no_grad():  # reproducible in any language
    weight = model.classifier.weight
    weight.copy_(torch.tensor([0.1 * math.sin(i + 1) for i in range(weight.numel())]).view_as(weight))
    model.classifier.bias.copy_(torch.tensor([0.1, 0.2, 0.3]))
if len(sys.argv) > 4:
    model.save_pretrained(sys.argv[4])
    shutil.copyfile(os.path.join(folder, "tokenizer.json"), os.path.join(sys.argv[4], "tokenizer.json"))

tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
tokenizer.no_truncation()
tokenizer.enable_padding()
rows = [json.loads(line) for line, _ in zip(open(pairs, encoding="utf-8"), range(ROWS))]
encoded = tokenizer.encode_batch([(r["premise"], r["hypothesis"]) for r in rows])
tensor = lambda key: torch.tensor([getattr(e, key) for e in encoded])
result = model(input_ids=tensor("ids"), token_type_ids=tensor("type_ids"), attention_mask=tensor("attention_mask"),
               labels=torch.tensor([LABELS.index(r["label"]) for r in rows]))
result.loss.backward()


def sketch(gradient):
    """Return the norm of a gradient and its sums under eight assignments of signs, which depend only on the index. The root
    mean square of the differences between the sums of two gradients estimates the distance between the gradients."""
    g = gradient.flatten().double().numpy()
    h = numpy.arange(1, len(g) + 1, dtype=numpy.uint32) * numpy.uint32(2654435761)
    h = (h ^ h >> 15) * numpy.uint32(739982445)
    h ^= h >> 12
    return [numpy.linalg.norm(g)] + [float(numpy.where(h >> (8 + bit) & 1, -g, g).sum()) for bit in range(8)]


golden = {"ids": [[i for i, m in zip(e.ids, e.attention_mask) if m] for e in encoded],
          "logits": result.logits.tolist(), "loss": result.loss.item(),
          "gradients": {name: [float(f"{v:.9g}") for v in sketch(p.grad)] for name, p in model.named_parameters()}}
with open(os.path.join(out, "encoder.json"), "w") as f:
    json.dump(golden, f)
    f.write("\n")
