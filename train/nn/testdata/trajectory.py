"""Writes trajectory.json: the losses of 200 steps of fine-tuning a pre-trained encoder without dropout. Each step takes the
next four pairs of the file. The classifier starts with the weights of encoder.py.

usage: python trajectory.py MODEL PAIRS.jsonl [OUT]

The golden file was made from minilm-l6 and snli_train.jsonl. OUT is a folder, by default that of this script.
Made with torch 2.15.0, transformers 5.24.0, tokenizers 0.23.3.
"""
import json, math, os, sys
import torch
from tokenizers import Tokenizer
from transformers import BertForSequenceClassification, get_linear_schedule_with_warmup

folder, pairs = sys.argv[1:3]
out = sys.argv[3] if len(sys.argv) > 3 else os.path.dirname(os.path.abspath(__file__))
LABELS, STEPS, BATCH, WARMUP, RATE = ["entailment", "neutral", "contradiction"], 200, 4, 20, 1e-4
model = BertForSequenceClassification.from_pretrained(
    folder, dtype=torch.float32, num_labels=3, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, classifier_dropout=0.0)
with torch.no_grad():
    weight = model.classifier.weight
    weight.copy_(torch.tensor([0.1 * math.sin(i + 1) for i in range(weight.numel())]).view_as(weight))
    model.classifier.bias.copy_(torch.tensor([0.1, 0.2, 0.3]))
model.train()
no_decay = lambda name: name.endswith("bias") or "LayerNorm" in name
optimizer = torch.optim.AdamW(
    [{"params": [p for n, p in model.named_parameters() if no_decay(n)], "weight_decay": 0.0},
     {"params": [p for n, p in model.named_parameters() if not no_decay(n)], "weight_decay": 0.01}], lr=RATE, eps=1e-6)
schedule = get_linear_schedule_with_warmup(optimizer, WARMUP, STEPS)

tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
tokenizer.no_truncation()
tokenizer.enable_padding()
rows = [json.loads(line) for line, _ in zip(open(pairs, encoding="utf-8"), range(STEPS * BATCH))]
losses = []
for at in range(0, len(rows), BATCH):
    part = rows[at : at + BATCH]
    encoded = tokenizer.encode_batch([(r["premise"], r["hypothesis"]) for r in part])
    tensor = lambda key: torch.tensor([getattr(e, key) for e in encoded])
    loss = model(input_ids=tensor("ids"), token_type_ids=tensor("type_ids"), attention_mask=tensor("attention_mask"),
                 labels=torch.tensor([LABELS.index(r["label"]) for r in part])).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    schedule.step()
    optimizer.zero_grad()
    losses.append(float(f"{loss.item():.9g}"))
with open(os.path.join(out, "trajectory.json"), "w") as f:
    json.dump({"losses": losses}, f)
    f.write("\n")
