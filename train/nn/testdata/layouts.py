"""Writes one small random BERT in each layout of files that a model folder may have, and what transformers computes with it.

usage: python layouts.py [OUT]

OUT is a folder, by default layouts in that of this script. Each layout is a folder in it without the config.json, which is the
same for all. Made with torch 2.15.0, transformers 4.44.2 (which still writes pytorch_model.bin), safetensors 0.5.3.
"""
import collections, json, os, sys
import torch
from transformers import AutoModelForSequenceClassification, BertConfig, BertForPreTraining, BertForSequenceClassification

out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "layouts")
torch.manual_seed(1)
config = BertConfig(
    vocab_size=13, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=12, max_position_embeddings=16,
    num_labels=3, id2label={0: "a", 1: "b", 2: "c"}, label2id={"a": 0, "b": 1, "c": 2}, attn_implementation="eager")
model = BertForSequenceClassification(config).eval()
with torch.no_grad():
    for p in model.parameters():
        p.add_(torch.randn_like(p) * 0.2)
state = model.state_dict()
legacy = {"_use_new_zipfile_serialization": False}


def folder(name):
    path = os.path.join(out, name)
    os.makedirs(path, exist_ok=True)
    return path


def pretrained(name, m=model, **options):
    path = folder(name)
    m.save_pretrained(path, **options)
    text = open(os.path.join(path, "config.json")).read()
    os.remove(os.path.join(path, "config.json"))
    return text


def save(name, value, **options):
    torch.save(value, os.path.join(folder(name), "pytorch_model.bin"), **options)


def renamed(change):
    """Return the state with other names, as a state_dict: with the versions of its modules."""
    changed = collections.OrderedDict((change(k), v) for k, v in state.items())
    changed._metadata = state._metadata
    return changed


text = pretrained("safetensors")
with open(os.path.join(out, "config.json"), "w") as f:
    f.write(text)
pretrained("safetensors-sharded", max_shard_size="2KB")
pretrained("bin", safe_serialization=False)
pretrained("bin-sharded", safe_serialization=False, max_shard_size="2KB")
save("bin-legacy", state, **legacy)
save("no-prefix", renamed(lambda k: k.removeprefix("bert.")))
save("gamma", renamed(lambda k: k.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")),
     **legacy)
save("module", renamed(lambda k: "module." + k), **legacy)
save("double", {k: v.double() for k, v in state.items()})
save("parameters", dict(model.named_parameters()), **legacy)
save("nested", {"epoch": 3, "loss": 0.25, "losses": [0.5, 0.25], "best": None, "model": state}, **legacy)
save("transposed", {k: v.t().contiguous().t() if v.dim() == 2 else v for k, v in state.items()}, **legacy)

# A model for pre-training whose head is tied to the word embeddings, with integers and the classifier.
tied = BertForPreTraining(config)
tied.bert.load_state_dict(model.bert.state_dict())
tied.tie_weights()
both = tied.state_dict()
assert both["cls.predictions.decoder.weight"].data_ptr() == both["bert.embeddings.word_embeddings.weight"].data_ptr()
both["bert.embeddings.position_ids"] = torch.arange(16).expand((1, -1))
both |= {k: v for k, v in state.items() if k.startswith("classifier.")}
save("tied", both, **legacy)

for name, kind in {"half": torch.float16, "bfloat16": torch.bfloat16}.items():
    narrow = BertForSequenceClassification(config).to(kind)
    narrow.load_state_dict(state)
    pretrained(name + "-safetensors", narrow)
    save(name + "-bin", narrow.state_dict(), **(legacy if kind == torch.float16 else {}))

ids = [[2, 5, 7, 1, 12, 3], [2, 9, 3], [2, 4, 4, 11, 3]]
with torch.no_grad():
    logits = [model(input_ids=torch.tensor([i])).logits[0].tolist() for i in ids]
with open(os.path.join(out, "logits.json"), "w") as f:
    json.dump({"ids": ids, "logits": logits}, f)
    f.write("\n")

# transformers opens the files itself.
for name in ["safetensors", "safetensors-sharded", "bin", "bin-sharded", "bin-legacy"]:
    with open(os.path.join(folder(name), "config.json"), "w") as f:
        f.write(text)
    again = AutoModelForSequenceClassification.from_pretrained(folder(name))
    assert all(torch.equal(v, state[k]) for k, v in again.state_dict().items()), name
    os.remove(os.path.join(folder(name), "config.json"))
