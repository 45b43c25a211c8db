"""Writes golden.json, the results of Hugging Face's tokenizers, and tokenizer.json, a small vocabulary.

    pip install tokenizers==0.23.3
    python golden.py [DATA]

The vocabulary is trained on the strings below. DATA is a folder with davidson_train.csv, nli/snli_{train,dev,test}.jsonl and
models/minilm-l6. Of the texts there, golden.json contains only a hash of all IDs.
"""

import csv, hashlib, json, pathlib, sys

from tokenizers import BertWordPieceTokenizer, Tokenizer
from tokenizers.processors import BertProcessing

HARD = [
    "", " ", "Hello, world!", "A man isn't playing the guitar.", "naïve café Ångström ÀÉÎÕÜ ñ", "e\u0301 combined",
    "straße ﬁne Ⅷ ½", "İstanbul Iıİi", "ΑΣΟΣ ὈΔΥΣΣΕΎΣ", "中文字符 mixed 漢字かな カタカナ 한국어 서울", "\U00020000\U0002b740",
    "emoji 😀👍🏽👨‍👩‍👧 flags 🇳🇱", "tab\tnew\nline\r\nreturn", "nul\x00byte bell\x07 del\x7f",
    "zero\u200bwidth\u200djoiner \ufeffbom \u00adsoft",
    "no\u00a0break\u3000ideographic\u2003em\u2028line\u2029para\u0085nel",
    "[CLS] inside [SEP] text [MASK]ed [UNK] [PAD] [cls] [ SEP ]", "###hash ##ing a##b",
    "…—–“quotes”‘s’ «guillemets» ¿qué? ¡sí!", "a$b^c`d|e~f+g=h<i>j", "x" * 100, "x" * 101, "word " * 50,
    "don't can't won't I'm you're", "3.14 1,000,000 50% $5 №5 ②", "\ufffdreplacement", "ʼn ǆ ŉ ſ K Å Ω",
    "हिन्दी देवनागरी", "العربية ١٢٣ مَرْحَبًا", "עברית שָׁלוֹם", "ไทย ภาษา", "Ѐѐ Йй Ёё", "a\u0300\u0316b\u0327\u0301",
    "\U0001d400\U0001d4d0 math", "ᾳ ᾼ ΐ", "RT @user: http://t.co/Ab3 #tag &amp; &#128514;",
]


def digest(encodings):
    h = hashlib.sha256()
    n = 0
    for e in encodings:
        h.update((json.dumps(e.ids, separators=(",", ":")) + "\n").encode())
        n += 1
    return {"rows": n, "sha256": h.hexdigest()}


def main():
    here = pathlib.Path(__file__).parent
    trainer = BertWordPieceTokenizer(lowercase=True)
    trainer.train_from_iterator(HARD, vocab_size=420, min_frequency=1, show_progress=False)
    t = Tokenizer.from_str(trainer.to_str())
    t.post_processor = BertProcessing(("[SEP]", t.token_to_id("[SEP]")), ("[CLS]", t.token_to_id("[CLS]")))
    t.save(str(here / "tokenizer.json"), pretty=False)
    out = {"single": [{"text": s, "ids": t.encode(s).ids} for s in HARD], "pair": [], "data": {}}
    for i, s in enumerate(HARD):
        pair = HARD[(i * 7 + 3) % len(HARD)]
        for limit in (0, 3, 4, 8, 13, 32):
            t.no_truncation()
            if limit:
                t.enable_truncation(limit, strategy="longest_first")
            e = t.encode(s, pair)
            out["pair"].append({"text": s, "pair": pair, "limit": limit, "ids": e.ids, "types": e.type_ids})
    if len(sys.argv) > 1:
        data = pathlib.Path(sys.argv[1])
        t = Tokenizer.from_file(str(data / "models/minilm-l6/tokenizer.json"))
        t.no_padding()
        t.no_truncation()
        with open(data / "davidson_train.csv", newline="", encoding="utf-8") as f:
            out["data"]["davidson"] = digest([t.encode(row["tweet"]) for row in csv.DictReader(f)])
        for part in ("train", "dev", "test"):
            with open(data / "nli" / f"snli_{part}.jsonl", encoding="utf-8") as f:
                rows = [json.loads(line) for line in f]
            out["data"]["snli_" + part] = digest(t.encode_batch([(r["premise"], r["hypothesis"]) for r in rows]))
    with open(here / "golden.json", "w", encoding="utf-8") as f:
        json.dump(out, f, ensure_ascii=True, separators=(",", ":"))
        f.write("\n")


main()
