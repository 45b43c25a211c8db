"""Writes sentencepiece/: small SentencePiece models, and golden.json with the IDs that transformers 4 gives with them.

    pip install transformers==4.44.2 sentencepiece==0.2.3 protobuf
    python converted.py

Version 5 of transformers drops the normalization rules of a model, so version 4 is the reference. The models are trained on the
sentences below. Their rules are a few of NFKC's, because the map of all has 240 kB.
"""

import json, pathlib, tempfile

import sentencepiece
from tokenizers import Tokenizer
from transformers import CamembertTokenizerFast, DebertaV2TokenizerFast, XLMRobertaTokenizerFast

HERE = pathlib.Path(__file__).parent / "sentencepiece"

SENTENCES = """
A man plays the guitar on the street while people walk by.
Two dogs run through the snow, and one of them catches a ball.
The children are playing in the park near the old bridge!
Nobody knows why the train was late; it's late every day.
She reads a book about the history of the café and of its owner.
Isn't it strange that the musicians don't play louder?
Le garçon mange une pomme dans le jardin près de l'école.
Die Straße führt über den Fluß; das Mädchen läuft schnell.
Всем людям нравится музыка на улице.
東京の公園で子供たちが遊んでいます。
In 2019 there were 1,250 visitors and 37 % of them came twice.
haha hahaha lol !!! ... yes yes no no ??
""".strip().split("\n")

# Each rule replaces a text by another: a sequence of code points in hexadecimal, a tab, and another sequence.
RULES = {
    "\t": " ", "\n": " ", "\r": " ", "\u00a0": " ", "\u3000": " ", "\u200b": " ", "\u200d": "", "\u0007": "", "ﬁ": "fi", "½": "1\u20442",
    "①": "1", "Ａ": "A", "ａ": "a", "！": "!", "e\u0301": "é", "a\u0308": "ä", "ｶ": "カ", "ｶﾞ": "ガ", "か\u3099": "が", "㎏": "kg", "…": "...",
    "ﷺ": "صلى الله عليه وسلم", "\u212b": "\u00c5",
}

HARD = [
    "", " ", "   ", "a", " a", "a ", "a  b", "\n", "a\nb", "\ta\tb\r\nc", "A man isn't playing the guitar.", "HAHA lol!!!", "été cafe\u0301 e\u0301\u0316",
    "½\u0301 ½\u200d x½", "ﬁne ﬁ\u0301", "ｶﾞ ｶ か\u3099 カ", "Ａａ！①㎏…ﷺ", "\u00a0a\u3000b\u200bc\u200d", "a\u0007b\x00c", "▁a▁▁b", "東京 😀👍🏽👨‍👩‍👧 ☃☃☃",
    "x" * 50, "ha" * 30, "!" * 41, "." * 23, "а людям", "[CLS] a [MASK] b[MASK][SEP][UNK][PAD]", "<s> a <mask> b<mask></s><unk><pad>", "a <mask>  b",
    "<0x41> <0xE2>", "don't—stop", "a-b,c.d;e", "Straße STRASSE İ ǅ", "\ufeffx\u2060", "各\u0301\u0302", "🇩🇪🇫🇷", "\u0600a", "क्षि", "각", "[mask] [Mask]",
    "<s>NOTUSED <unk>NOTUSED", "a" + "\u0301" * 40, "1,250 37%", "  two  spaces   three ",
]


def train(name, **settings):
    with tempfile.TemporaryDirectory() as folder:
        rules = pathlib.Path(folder) / "rules.tsv"
        code = lambda text: " ".join(f"{ord(c):X}" for c in text)
        rules.write_text("".join(f"{code(a)}\t{code(b)}\n" for a, b in RULES.items()))
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(SENTENCES * 3), model_prefix=f"{folder}/m", model_type="unigram", normalization_rule_tsv=str(rules),
            num_threads=1, minloglevel=2, hard_vocab_limit=False, **settings)
        path = HERE / f"{name}.model"
        path.write_bytes(pathlib.Path(f"{folder}/m.model").read_bytes())
    return str(path)


def case(model, tokenizer, file, settings, added=None):
    ids = [tokenizer(text)["input_ids"] for text in HARD]
    pair = tokenizer("a man", "the dogs")
    vocabulary = tokenizer.backend_tokenizer.get_vocab_size()
    return {"model": model, "file": file, "settings": settings, "added": added, "ids": ids, "size": vocabulary,
            "pair": {"ids": pair["input_ids"], "types": pair.get("token_type_ids")}}


def main():
    HERE.mkdir(exist_ok=True)
    deberta = train("deberta", vocab_size=460, byte_fallback=True, pad_id=0, bos_id=1, eos_id=2, unk_id=3, pad_piece="[PAD]", bos_piece="[CLS]",
                    eos_piece="[SEP]", unk_piece="[UNK]", user_defined_symbols=["haha"])
    fairseq = train("fairseq", vocab_size=200)
    cases = []
    for settings in {}, {"do_lower_case": True, "split_by_punct": True}:
        named = {"tokenizer_class": "DebertaV2Tokenizer", **settings}
        cases.append(case("deberta", DebertaV2TokenizerFast(deberta, **settings), "spm.model", named))
    for cls in XLMRobertaTokenizerFast, CamembertTokenizerFast:
        cases.append(case("fairseq", cls(fairseq), "sentencepiece.bpe.model", {"tokenizer_class": cls.__name__}))
    fallback = json.loads(DebertaV2TokenizerFast(deberta).backend_tokenizer.to_str())
    fallback["model"]["byte_fallback"] = True
    fallback = Tokenizer.from_str(json.dumps(fallback))
    golden = {"texts": HARD, "cases": cases, "fallback": [fallback.encode(text).ids for text in HARD]}
    (HERE / "golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
