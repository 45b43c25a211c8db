"""Opens model folders with transformers and writes the logits of a batch, FOLDER/logits.json for each. Fails if the weights lack a
tensor of the model or have one too many.

usage: python reopens.py FOLDER...

A folder has batch.json beside the model: a list of objects with ids and types. A model of a family that this version of
transformers does not have is passed over.
Tested with torch 2.15.0 and transformers 5.24.0 and 4.44.2.
"""
import json, os, sys
import torch
from transformers import CONFIG_MAPPING, AutoModelForSequenceClassification

for folder in sys.argv[1:]:
    with open(os.path.join(folder, "config.json")) as f:
        family = json.load(f)["model_type"]
    if family not in CONFIG_MAPPING:  # transformers before 4.48 has no ModernBERT
        continue
    model, loading = AutoModelForSequenceClassification.from_pretrained(folder, output_loading_info=True)
    assert not any(loading.values()), (folder, loading)
    reads_types = getattr(model.config, "type_vocab_size", 0) > 1
    with open(os.path.join(folder, "batch.json")) as f:
        batch = json.load(f)
    logits = []
    for s in batch:
        inputs = {"input_ids": torch.tensor([s["ids"]])} | ({"token_type_ids": torch.tensor([s["types"]])} if reads_types else {})
        with torch.no_grad():
            logits.append(model.eval()(**inputs).logits[0].tolist())
    with open(os.path.join(folder, "logits.json"), "w") as f:
        json.dump({"logits": logits, "labels": [model.config.id2label[i] for i in range(model.config.num_labels)]}, f)
