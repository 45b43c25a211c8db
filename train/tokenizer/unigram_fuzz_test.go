package tokenizer

import (
	"bytes"
	"encoding/binary"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"ftft/internal/limit"
)

// FuzzSentencePiece reads models of any content. What can be read makes tokenizers whose IDs are within their size.
func FuzzSentencePiece(f *testing.F) {
	for _, name := range []string{"deberta", "fairseq"} {
		data, err := os.ReadFile("testdata/sentencepiece/" + name + ".model")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, "A man [MASK] ½\u0301 <mask> ☃")
	}
	f.Fuzz(func(t *testing.T, data []byte, text string) {
		limit.Check(t, 64<<20+uint64(2000*(len(data)+len(text))), 10, func() {
			for _, c := range converters {
				set := c.defaults
				set.Added = map[string]addedToken{}
				file, err := c.convert(data, set)
				if err != nil {
					continue
				}
				tok, err := fromFile(file)
				if err != nil {
					continue
				}
				for _, id := range tok.Encode(text, "a b", true, 0).IDs {
					if id < 0 || int(id) >= tok.Size() {
						t.Errorf("token %d beside %d tokens", id, tok.Size())
					}
				}
			}
		})
	})
}

// FuzzCharsmap reads maps of any content, and normalizes texts with them.
func FuzzCharsmap(f *testing.F) {
	data, err := os.ReadFile("testdata/sentencepiece/fairseq.model")
	if err != nil {
		f.Fatal(err)
	}
	m, err := parseSentencePiece(data)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(m.charsmap, "½\u0301 ﬁ\r\nＡ e\u0301")
	f.Add(binary.LittleEndian.AppendUint32(nil, 8), "")
	f.Fuzz(func(t *testing.T, data []byte, text string) {
		limit.Check(t, 8<<20+uint64(8*len(data))+uint64(4*maxReplacement*len(text)), 10, func() {
			m, err := newCharsmap(data)
			if err != nil {
				return
			}
			if got := m.normalize(nil, nil, []byte(text)); len(got) > max(1, m.longest)*len(text) {
				t.Errorf("%d bytes of %d, with replacements of at most %d", len(got), len(text), m.longest)
			}
		})
	})
}

// FuzzUnigram divides texts into pieces, a line each, with a score of a byte. The pieces that are known are the text in order.
func FuzzUnigram(f *testing.F) {
	f.Add("<unk>\na\nab\nabc\n<0x62>\n☃", []byte{9, 1, 1, 2, 3}, "abcabx☃ab", true)
	f.Fuzz(func(t *testing.T, vocabulary string, scores []byte, text string, fallback bool) {
		limit.Check(t, 8<<20+uint64(4000*(len(vocabulary)+len(text))), 10, func() {
			var list []scoredPiece
			for i, piece := range strings.Split(vocabulary, "\n") {
				if !utf8.ValidString(piece) || len(piece) > maxPiece {
					return
				}
				p := scoredPiece{text: piece}
				if i < len(scores) {
					p.score = -float64(scores[i])
				}
				list = append(list, p)
			}
			u := newUnigram(list, 0, fallback)
			rest := []byte(text)
			for _, id := range u.append(nil, new(scratch), rest) {
				if id < 0 || int(id) >= u.size() {
					t.Fatalf("piece %d of %d", id, u.size())
				}
				if piece := list[id].text; id != u.unknown && !fallback {
					i := bytes.Index(rest, []byte(piece))
					if i < 0 {
						t.Fatalf("%q: piece %q is not in the rest %q", text, piece, rest)
					}
					rest = rest[i+len(piece):]
				}
			}
		})
	})
}
