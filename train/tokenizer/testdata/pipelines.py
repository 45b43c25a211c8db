"""Writes pipelines.json: small tokenizers of many kinds, each as the text of a tokenizer.json, with the IDs that Hugging Face's
tokenizers gives.

    pip install tokenizers==0.23.3
    python testdata/pipelines.py > testdata/pipelines.json

The vocabularies are trained on the strings below.
"""

import copy, json

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from tokenizers.pre_tokenizers import Sequence

TEXTS = [
    "", " ", "   ", "Hello, world!", "A man isn't playing the guitar; he's listening.", "won't I'll we've you're he'd I'm DON'T 'S",
    "naïve café e\u0301a\u0327\u0301 Ångström İ ǅ", "q\u0307\u0323 \u1e0b\u0323 \uac00\u11a8 \u1100\u1161\u11a8", "中文字符 mixed 漢字かな カタカナ",
    "emoji 😀👍🏽👨‍👩‍👧 flags 🇳🇱", "tab\tnew\nline\r\nreturn  \n ", "nul\x00byte bell\x07 del\x7f", "no\u00a0break\u3000wide\u2003em\u2028line\u0085",
    "a<mask>b <mask> c  <mask>", "<s>x</s> <pad><unk>", "won a won 1won won1 won_ won\u0301 (won)", "x<r>  y<r>\n<r> z", "    four     five   three",
    "3.14 1,000,000 50% ½ ② Ⅷ ١٢٣", "a,b,,c , d,", "!?…—“quotes” $5 a_b x²", "हिन्दी العربية שָׁלוֹם ไทย", "x" * 70 + " y", "the the thethe The", "a\u0301" + "\u0316\u0301" * 20,
    "▁a▁▁b ▁", "\U0001d400\U0002b740\U000e0041", "''s ' s 'x", "  lead and trail  ",
]
DIVIDED = [TEXTS[i] for i in (0, 2, 3, 9, 10, 11, 13, 15, 18, 19, 20)]
TRAIN = TEXTS * 2 + ["the man is playing the guitar", "the listening man won three hundred", "four five and hello world", "hello there café naïve"] * 3


def train(tokenizer, size, **options):
    tokenizer.train_from_iterator(TRAIN, trainers.BpeTrainer(vocab_size=size, min_frequency=2, show_progress=False, **options))
    return json.loads(tokenizer.to_str())


def byte_level():
    t = Tokenizer(models.BPE())
    t.pre_tokenizer, t.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    return train(t, 340, special_tokens=["<s>", "<pad>", "</s>", "<unk>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet())


def characters(**options):
    t = Tokenizer(models.BPE(unk_token="<unk>", **options))
    t.normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.Lowercase(), normalizers.StripAccents()])
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    affixes = {k: v for k, v in options.items() if k != "fuse_unk"}
    return train(t, 130, special_tokens=["<s>", "</s>", "<unk>"], limit_alphabet=50, **affixes)


def edit(base, post=None, added=(), **parts):
    f = copy.deepcopy(base)
    for key, part in parts.items():
        f[key] = part if part is None else json.loads(part.__getstate__())
    if post is not None:
        f["post_processor"] = json.loads(post.__getstate__())
    t = Tokenizer.from_str(json.dumps(f))
    if added:
        t.add_tokens(list(added))
    return json.loads(t.to_str())


def old(f):
    """The file as tokenizers before version 0.9 wrote it."""
    f = copy.deepcopy(f)
    f["model"] = {k: v for k, v in f["model"].items() if k not in ("type", "byte_fallback", "ignore_merges")}
    f["model"]["merges"] = [" ".join(m) for m in f["model"]["merges"]]
    f["model"]["continuing_subword_prefix"] = f["model"]["end_of_word_suffix"] = ""
    f["pre_tokenizer"].pop("use_regex", None)
    return f


bytes_, words = byte_level(), characters(end_of_word_suffix="</w>")
template = processors.TemplateProcessing(single="<s> $A </s>", pair="<s> $A </s> $B:0 </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
roberta = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
bert = processors.BertProcessing(("</s>", 1), ("<s>", 0))
mask = AddedToken("<mask>", lstrip=True, normalized=True)
flags = [AddedToken("won", single_word=True), AddedToken("<r>", rstrip=True), AddedToken("    ", normalized=True), AddedToken("caf\u00e9"), mask]
B = pre_tokenizers.ByteLevel
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
from tokenizers import Regex

files = {
    "NFC, ByteLevel, flags of added tokens": edit(bytes_, template, flags, normalizer=normalizers.NFC()),
    "old RoBERTa": old(edit(bytes_, roberta, [mask], pre_tokenizer=B(add_prefix_space=True))),
    "ByteLevel alone": edit(bytes_, processors.ByteLevel()),
    "Split, ByteLevel without pattern": edit(
        bytes_, processors.Sequence([processors.ByteLevel(), template]),
        pre_tokenizer=Sequence([pre_tokenizers.Split(Regex(GPT2), "isolated"), B(add_prefix_space=True, use_regex=False)])),
    "Digits, ByteLevel": edit(bytes_, roberta, pre_tokenizer=Sequence([pre_tokenizers.Digits(individual_digits=True), B(add_prefix_space=False)])),
    "suffix": edit(words, bert, [mask]),
    "prefix, unknown fused": edit(characters(continuing_subword_prefix="##", fuse_unk=True), bert),
    "no pre-tokenizer": edit(words, bert, pre_tokenizer=None, normalizer=None),
}
whole = copy.deepcopy(files["ByteLevel alone"])
whole["model"]["ignore_merges"] = True
whole["model"]["merges"] = whole["model"]["merges"][:20]
files["ignore_merges"] = whole
few = copy.deepcopy(files["ByteLevel alone"])
few["model"]["unk_token"] = "<unk>"
for k in list(few["model"]["vocab"]):
    if len(k) == 1 and k not in "abcdefghijklmnopqrstuvwxyzĠ":
        del few["model"]["vocab"][k]
few["model"]["merges"] = [m for m in few["model"]["merges"] if all(p in few["model"]["vocab"] for p in m)]
files["bytes without tokens"] = few
sentence = copy.deepcopy(edit(words, bert, normalizer=normalizers.Replace(" ", "▁"), pre_tokenizer=pre_tokenizers.Split(" ", "merged_with_previous")))
vocab = sentence["model"]["vocab"]
for i in range(256):
    vocab[f"<0x{i:02X}>"] = len(vocab)
sentence["model"].update(byte_fallback=True, fuse_unk=True, end_of_word_suffix=None)
sentence["model"]["merges"] = [m for m in sentence["model"]["merges"] if "</w>" not in m[1]]
files["byte_fallback"] = sentence

steps = {"Whitespace": pre_tokenizers.Whitespace(), "WhitespaceSplit": pre_tokenizers.WhitespaceSplit(), "Digits": pre_tokenizers.Digits()}
for b in ("removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"):
    steps["Punctuation " + b] = pre_tokenizers.Punctuation(b)
    for invert in (False, True):
        steps[f"Split {b} {invert}"] = pre_tokenizers.Split(",", b, invert)
        steps[f"Split spaces {b} {invert}"] = pre_tokenizers.Split(Regex(r"\s+"), b, invert)

out = {"texts": TEXTS, "tokenizers": [], "steps": {"file": files["suffix"], "texts": DIVIDED, "pre_tokenizers": []}}
for name, f in files.items():
    t = Tokenizer.from_str(json.dumps(f))
    n = len(TEXTS)
    pairs = [t.encode(x, TEXTS[(i * 7 + 3) % n]) for i, x in enumerate(TEXTS)]
    out["tokenizers"].append({"name": name, "file": f, "ids": [t.encode(x).ids for x in TEXTS],
                              "pairs": [e.ids for e in pairs], "types": ["".join(map(str, e.type_ids)) for e in pairs]})
for name, step in steps.items():
    t = Tokenizer.from_str(json.dumps(edit(words, bert, [mask], pre_tokenizer=step)))
    out["steps"]["pre_tokenizers"].append({"name": name, "part": json.loads(step.__getstate__()), "ids": [t.encode(x).ids for x in DIVIDED]})
print(json.dumps(out, ensure_ascii=True, separators=(",", ":")))
