"""Writes the golden files of the parity tests: a small random BERT of odd sizes, the results of PyTorch and transformers
with it, and the losses of 50 steps of AdamW.

usage: python parity.py [OUT]

OUT is a folder, by default that of this script. The same versions write the same bytes.
Made with torch 2.15.0, transformers 5.24.0, safetensors 0.8.0.
"""
import json, os, sys
import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertForSequenceClassification, BertModel, get_linear_schedule_with_warmup

out = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
torch.manual_seed(1)
torch.set_num_threads(1)
VOCABULARY, LENGTHS, STEPS, BATCH = 97, [5, 1, 17, 9, 30, 2, 11], 50, 8


def model(activation):
    torch.manual_seed(2)
    m = BertForSequenceClassification(BertConfig(
        vocab_size=VOCABULARY, hidden_size=36, num_hidden_layers=2, num_attention_heads=3, intermediate_size=52,
        max_position_embeddings=40, hidden_act=activation, layer_norm_eps=1e-3, num_labels=3, hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0, classifier_dropout=0.0, attn_implementation="eager",
        id2label={0: "a", 1: "b", 2: "c"}, label2id={"a": 0, "b": 1, "c": 2}))
    with torch.no_grad():  # so that no gradient is near zero, not even those of biases and layer-norms
        for p in m.parameters():
            p.add_(torch.randn_like(p) * 0.15)
    return m


def sequences(lengths, generator):
    made = []
    for n in lengths:
        ids = torch.randint(0, VOCABULARY, (n,), generator=generator).tolist()
        types = [0] * (n - n // 2) + [1] * (n // 2)
        made.append({"ids": ids, "types": types, "gold": int(torch.randint(0, 3, (1,), generator=generator))})
    return made


def padded(batch):
    longest = max(len(s["ids"]) for s in batch)
    fill = lambda key, pad: torch.tensor([s[key] + [pad] * (longest - len(s[key])) for s in batch])
    mask = torch.tensor([[1] * len(s["ids"]) + [0] * (longest - len(s["ids"])) for s in batch])
    return dict(input_ids=fill("ids", 0), token_type_ids=fill("types", 0), attention_mask=mask,
                labels=torch.tensor([s["gold"] for s in batch]))


def losses(decay, data):
    m = model("gelu").train()  # all dropout rates are 0
    bare = ["bias", "LayerNorm"]
    groups = [{"params": [p for n, p in m.named_parameters() if not any(b in n for b in bare)], "weight_decay": decay},
              {"params": [p for n, p in m.named_parameters() if any(b in n for b in bare)], "weight_decay": 0.0}]
    adam = torch.optim.AdamW(groups, lr=1e-3, eps=1e-6)
    schedule = get_linear_schedule_with_warmup(adam, STEPS // 10, STEPS)
    every = []
    for step in range(STEPS):
        at = step * BATCH % len(data)
        loss = m(**padded(data[at:at + BATCH])).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(m.parameters(), 1.0)
        adam.step()
        schedule.step()
        adam.zero_grad()
        every.append(loss.item())
    return every


generator = torch.Generator().manual_seed(3)
batch, data = sequences(LENGTHS, generator), sequences([int(torch.randint(2, 31, (1,), generator=generator)) for _ in range(80)], generator)
batch[2]["ids"][3] = 0  # [PAD], which a text can contain; it has no gradient


def encodings(m, inputs):
    """Return the mean of the last hidden states over each sequence's tokens, the mean pooling of sentence-transformers."""
    with torch.no_grad():
        hidden = m.bert(**{k: v for k, v in inputs.items() if k != "labels"}).last_hidden_state
    mask = inputs["attention_mask"].unsqueeze(-1).float()
    return ((hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)).tolist()


golden = {"batch": batch, "data": data, "activations": {}, "encodings": {}}
gradients = {}
for activation in ["gelu", "gelu_new", "relu"]:
    m = model(activation).eval()
    result = m(**padded(batch))
    result.loss.backward()
    golden["activations"][activation] = {"logits": result.logits.tolist(), "loss": result.loss.item()}
    golden["encodings"][activation] = encodings(m, padded(batch))
    for name, p in m.named_parameters():
        gradients[activation + ":" + name] = p.grad.contiguous()
golden["losses"] = {str(decay): losses(decay, data) for decay in [0, 0.01, 1]}  # with 1, decay of a wrong parameter shows
# The names of a BertModel's tensors, with a pooler and without.
golden["bare"] = {pooler: list(BertModel(m.config, add_pooling_layer=pooler == "pooler").state_dict()) for pooler in ["pooler", "none"]}

m = model("gelu")
m.save_pretrained(os.path.join(out, "small"))  # the weights are the same for all activations
save_file(gradients, os.path.join(out, "gradients.safetensors"))
state = {k: v.contiguous() for k, v in m.state_dict().items()}
for name, kind in [("half", torch.float16), ("bfloat16", torch.bfloat16)]:
    save_file({k: v.to(kind) for k, v in state.items()}, os.path.join(out, name + ".safetensors"), metadata={"format": "pt"})
    golden[name] = {k: v.to(kind).float().double().sum().item() for k, v in state.items()}
with open(os.path.join(out, "golden.json"), "w") as f:
    json.dump(golden, f)
    f.write("\n")
for name in ["small/model.safetensors", "gradients.safetensors", "half.safetensors", "bfloat16.safetensors"]:
    os.chmod(os.path.join(out, name), 0o644)  # save_file gives only the owner access
