"""Writes the golden files of the families of models: for each a small model of odd sizes, and what PyTorch and transformers compute
with it.

usage: python families.py [NAME... | frozen]

It writes families/NAME.json for every name of MODELS, or for those given; families/sequences.json, the inputs that all of them share;
and others.json, the names of the tensors of other classes of each family. To add a family, add a function to MODELS and run the script with its name: the tests read every file in the folder.

With "frozen" it writes frozen.json instead: the losses of 50 steps whose embeddings, the modules torch.nn.Embedding of
base_model.embeddings, have requires_grad = False, for every name of MODELS.

A file holds the config.json that transformers writes, the names and shapes of the tensors, and the results. It holds no weights:
the value of a parameter follows from its name and index by the function values below, which nntest.Values repeats. A gradient is
stored as its norm and eight sums under signs that depend only on the index.
Made with torch 2.15.0, transformers 5.24.0, numpy 2.4.6.
"""
import json, math, os, sys, tempfile
import numpy, torch, transformers as t
from safetensors import safe_open

out = os.path.join(os.path.dirname(os.path.abspath(__file__)), "families")
torch.set_num_threads(1)
VOCABULARY, LENGTHS, STEPS, BATCH = 97, [5, 1, 17, 9, 30, 2, 11], 50, 8
LABELS = dict(id2label={0: "a", 1: "b", 2: "c"}, label2id={"a": 0, "b": 1, "c": 2})
NO_DROPOUT = dict(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
SIZES = dict(vocab_size=VOCABULARY, hidden_size=36, num_hidden_layers=2, num_attention_heads=3, intermediate_size=52,
             max_position_embeddings=40, layer_norm_eps=1e-3, **NO_DROPOUT, **LABELS)


def modernbert(layers, **other):
    """Return a ModernBERT, which reads no token types. Sequences are longer than its window."""
    config = t.ModernBertConfig(**dict(
        vocab_size=VOCABULARY, hidden_size=36, num_hidden_layers=layers, num_attention_heads=3, intermediate_size=52,
        max_position_embeddings=40, norm_eps=1e-3, local_attention=8, pad_token_id=0, bos_token_id=None, eos_token_id=None,
        cls_token_id=None, sep_token_id=None, **LABELS) | other)
    return t.ModernBertForSequenceClassification(config), False


# A model with dropout 0, and whether it reads token types.
MODELS = {
    "bert": lambda: (t.BertForSequenceClassification(t.BertConfig(**SIZES)), True),
    "roberta": lambda: (t.RobertaForSequenceClassification(t.RobertaConfig(**SIZES, type_vocab_size=1)), False),
    "xlm-roberta": lambda: (t.XLMRobertaForSequenceClassification(t.XLMRobertaConfig(**SIZES)), True),
    "camembert": lambda: (t.CamembertForSequenceClassification(t.CamembertConfig(**SIZES, type_vocab_size=1)), False),
    "distilbert": lambda: (t.DistilBertForSequenceClassification(t.DistilBertConfig(
        vocab_size=VOCABULARY, dim=36, n_layers=2, n_heads=3, hidden_dim=52, max_position_embeddings=40, dropout=0.0,
        attention_dropout=0.0, seq_classif_dropout=0.0, **LABELS)), False),
    "electra": lambda: (t.ElectraForSequenceClassification(t.ElectraConfig(**SIZES, embedding_size=20)), True),
    "modernbert": lambda: modernbert(4),
    "modernbert-mean": lambda: modernbert(2, classifier_pooling="mean", attention_bias=True, mlp_bias=True, norm_bias=True,
                                          classifier_bias=True, classifier_activation="gelu_pytorch_tanh", local_attention=7),
    "modernbert-one": lambda: modernbert(1, hidden_activation="gelu_pytorch_tanh"),
    "modernbert-near": lambda: modernbert(3, layer_types=["sliding_attention", "full_attention", "sliding_attention"],
                                          hidden_activation="relu", rope_parameters={"full_attention": {"rope_theta": 500.0},
                                                                                     "sliding_attention": {"rope_theta": 20.0}}),
    "electra-wide": lambda: (t.ElectraForSequenceClassification(t.ElectraConfig(**SIZES, embedding_size=36)), True),
    "mpnet": lambda: (t.MPNetForSequenceClassification(t.MPNetConfig(**SIZES)), False),
    "deberta-v3": lambda: deberta("p2c|c2p", position_buckets=8, norm_rel_ebd="layer_norm", position_biased_input=False),
    "deberta-v2-c2p": lambda: deberta("c2p", position_buckets=8, max_relative_positions=16, type_vocab_size=2),
    "deberta-v2-p2c": lambda: deberta(["p2c"], max_relative_positions=10, norm_rel_ebd="layer_norm", pooler_hidden_act="tanh"),
    "deberta-v2-exact": lambda: deberta(["c2p", "p2c"], position_biased_input=False, type_vocab_size=2),
    "deberta-v2-plain": lambda: deberta(None, relative_attention=False),
}


def deberta(kinds, **sizes):
    """Return a DeBERTa with the given kinds of relative attention, and whether it has types."""
    config = t.DebertaV2Config(**(SIZES | dict(pos_att_type=kinds, relative_attention=True, share_att_key=True) | sizes))
    return t.DebertaV2ForSequenceClassification(config), config.type_vocab_size > 0


def mixed(index):
    """Return pseudo-random 32-bit integers that depend only on the index, an array of uint32."""
    h = index * numpy.uint32(2654435761)
    h = (h ^ h >> 15) * numpy.uint32(739982445)
    return h ^ h >> 12


def values(name, shape):
    """Return the values of a parameter: uniform in [-1/4, 1/4), in [3/4, 5/4) for the scales of layer-norms."""
    seed = 0
    for byte in name.encode():
        seed = (seed * 31 + byte) % 2**32
    u = (mixed(numpy.arange(math.prod(shape), dtype=numpy.uint32) + numpy.uint32(seed)) >> 8) / 2**25 - 0.25
    return torch.tensor((u + (len(shape) == 1 and name.endswith(".weight"))).astype(numpy.float32)).view(shape)


def sketch(gradient):
    """Return the norm of a gradient and its sums under eight assignments of signs."""
    g = gradient.flatten().double().numpy()
    h = mixed(numpy.arange(1, len(g) + 1, dtype=numpy.uint32))
    every = [numpy.linalg.norm(g)] + [float(numpy.where(h >> (8 + bit) & 1, -g, g).sum()) for bit in range(8)]
    return [float(f"{v:.9g}") for v in every]


def rounded(rows):
    return [[float(f"{v:.8g}") for v in row] for row in rows]


def sequences(lengths, generator):
    made = []
    for n in lengths:
        ids = torch.randint(0, VOCABULARY, (n,), generator=generator).tolist()
        made.append({"ids": ids, "types": [0] * (n - n // 2) + [1] * (n // 2), "gold": int(torch.randint(0, 3, (1,), generator=generator))})
    return made


def padded(batch, pad, types):
    longest = max(len(s["ids"]) for s in batch)
    fill = lambda key, pad: torch.tensor([s[key] + [pad] * (longest - len(s[key])) for s in batch])
    inputs = dict(input_ids=fill("ids", pad), labels=torch.tensor([s["gold"] for s in batch]))
    inputs["attention_mask"] = torch.tensor([[1] * len(s["ids"]) + [0] * (longest - len(s["ids"])) for s in batch])
    return inputs | (dict(token_type_ids=fill("types", 0)) if types else {})


def model(make):
    m, types = make()
    with torch.no_grad():
        for name, p in m.named_parameters():
            p.copy_(values(name, p.shape))
    m.config._attn_implementation = "eager"
    return m, types


def losses(make, decay, data, frozen=False):
    m, types = model(make)
    m.train()  # all dropout rates are 0
    for module in m.base_model.embeddings.modules() if frozen else []:
        if isinstance(module, torch.nn.Embedding):
            module.weight.requires_grad_(False)
    norms = {id(p) for module in m.modules() if isinstance(module, torch.nn.LayerNorm) for p in module.parameters()}
    bare = lambda n, p: "bias" in n or id(p) in norms
    groups = [{"params": [p for n, p in m.named_parameters() if not bare(n, p)], "weight_decay": decay},
              {"params": [p for n, p in m.named_parameters() if bare(n, p)], "weight_decay": 0.0}]
    adam = torch.optim.AdamW(groups, lr=1e-3, eps=1e-6)
    schedule = t.get_linear_schedule_with_warmup(adam, STEPS // 10, STEPS)
    every = []
    for step in range(STEPS):
        at = step * BATCH % len(data)
        loss = m(**padded(data[at:at + BATCH], m.config.pad_token_id, types)).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(m.parameters(), 1.0)
        adam.step()
        schedule.step()
        adam.zero_grad()
        every.append(float(f"{loss.item():.8g}"))
    return every


def golden(make):
    m, types = model(make)
    m.eval()
    inputs = padded(batch, m.config.pad_token_id, types)
    result = m(**inputs)
    result.loss.backward()
    with torch.no_grad():
        hidden = m.base_model(**{k: v for k, v in inputs.items() if k != "labels"}).last_hidden_state
    mask = inputs["attention_mask"].unsqueeze(-1).float()
    with tempfile.TemporaryDirectory() as folder:
        m.save_pretrained(folder)
        with open(os.path.join(folder, "config.json")) as f:
            config = json.load(f)
        with safe_open(os.path.join(folder, "model.safetensors"), "pt") as f:
            shapes = {name: f.get_slice(name).get_shape() for name in f.keys()}
    return {"config": config, "tensors": shapes, "logits": rounded(result.logits.tolist()), "loss": result.loss.item(),
            "encodings": rounded(((hidden * mask).sum(1) / mask.sum(1)).tolist()),
            "gradients": {name: sketch(p.grad) for name, p in m.named_parameters()},
            "losses": {str(decay): losses(make, decay, data) for decay in [0, 1]}}  # with 1, decay of a wrong parameter shows


def others():
    """Return the names of the tensors by class, for the classes of a family that files on the hub are of, and the name of the model
    whose sizes they have."""
    found = {}
    for name, make in MODELS.items():
        m, _ = make()
        m.config.num_labels = 2
        for kind in ["Model", "ForMaskedLM", "ForPreTraining", "ForQuestionAnswering"]:
            cls = type(m).__name__.replace("ForSequenceClassification", kind)
            if cls not in found and hasattr(t, cls):
                found[cls] = {"model": name, "tensors": list(getattr(t, cls)(m.config).state_dict())}
    return found


def write(name, value):
    with open(os.path.join(out, name + ".json"), "w") as f:
        json.dump(value, f)
        f.write("\n")


generator = torch.Generator().manual_seed(3)
batch, data = sequences(LENGTHS, generator), sequences([int(torch.randint(2, 31, (1,), generator=generator)) for _ in range(80)], generator)
batch[2]["ids"][3] = batch[4]["ids"][0] = 0  # pads, which a text can contain, of BERT
batch[2]["ids"][7] = batch[2]["ids"][8] = batch[3]["ids"][8] = 1  # and of RoBERTa
write("sequences", {"batch": batch, "data": data})
if sys.argv[1:] == ["frozen"]:
    write("../frozen", {name: losses(make, 1, data, frozen=True) for name, make in MODELS.items()})
    sys.exit()
write("../others", others())
for name in sys.argv[1:] or MODELS:
    write(name, golden(MODELS[name]))
