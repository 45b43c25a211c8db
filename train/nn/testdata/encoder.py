"""Makes encoder.json, the golden file of a pre-trained encoder: tokens, logits, loss and gradients of 16 pairs.

usage: python encoder.py MODEL PAIRS.jsonl [OUT [SAVED]]
MODEL is minilm-l6, PAIRS.jsonl snli_train.jsonl; OUT is a folder, left out that of this file. The encoder gets a
classifier of fixed weights; into SAVED, a folder, the whole is written, for ftft predict and opens.py.
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
with torch.no_grad():  # numbers that any language can make
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
    """The norm, and the sums under eight choices of signs, which the index alone decides: their differences between two
    gradients have the distance of the two as their root mean square, whatever way they differ."""
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
