package tokenizer

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ftft/internal/fault"
)

// modelFolder writes files to a folder: texts, or copies of the models in testdata/sentencepiece.
func modelFolder(t testing.TB, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, content := range files {
		text := []byte(content)
		if model, ok := strings.CutPrefix(content, "model:"); ok {
			var err error
			if text, err = os.ReadFile(filepath.Join("testdata/sentencepiece", model+".model")); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// convertedGolden is the content of testdata/sentencepiece/golden.json.
type convertedGolden struct {
	Texts []string
	Cases []struct {
		Model, File string
		Settings    json.RawMessage
		IDs         [][]int32
		Size        int
		Pair        Encoding
	}
	Fallback [][]int32
}

func readConverted(t testing.TB) (g convertedGolden) {
	t.Helper()
	text, err := os.ReadFile("testdata/sentencepiece/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func TestSentencePieceModelsGiveTheIDsOfTransformers(t *testing.T) {
	g := readConverted(t)
	for _, c := range g.Cases {
		folder := modelFolder(t, map[string]string{c.File: "model:" + c.Model, settingsFile: string(c.Settings)})
		tok := load(t, folder)
		written := modelFolder(t, map[string]string{tokenizerFile: string(tok.JSON())})
		for name, tok := range map[string]*Tokenizer{"model": tok, "its tokenizer.json": load(t, written)} {
			for i, text := range g.Texts {
				if got := tok.Encode(text, "", false, 0).IDs; !slices.Equal(got, c.IDs[i]) {
					t.Errorf("%s, %s: %+q gives\n%v, want\n%v", c.Settings, name, text, got, c.IDs[i])
				}
			}
			got := tok.Encode("a man", "the dogs", true, 0)
			if c.Pair.Types == nil {
				c.Pair.Types = make([]int32, len(c.Pair.IDs))
			}
			if !slices.Equal(got.IDs, c.Pair.IDs) || !slices.Equal(got.Types, c.Pair.Types) || tok.Size() != c.Size || tok.Kind() != "Unigram" {
				t.Errorf("%s, %s: a pair gives %v; %s with %d IDs, want %v; %d IDs", c.Settings, name, got, tok.Kind(), tok.Size(), c.Pair, c.Size)
			}
		}
	}
}

func TestByteFallbackGivesTheIDsOfTokenizers(t *testing.T) {
	g := readConverted(t)
	tok := load(t, modelFolder(t, map[string]string{debertaFile: "model:deberta"}))
	text := strings.Replace(string(tok.JSON()), `"byte_fallback":false`, `"byte_fallback":true`, 1)
	tok = load(t, modelFolder(t, map[string]string{tokenizerFile: text}))
	for i, text := range g.Texts {
		if got := tok.Encode(text, "", false, 0).IDs; !slices.Equal(got, g.Fallback[i]) {
			t.Errorf("%+q gives\n%v, want\n%v", text, got, g.Fallback[i])
		}
	}
}

// Without settings, the name of the file and the type of the model tell the class.
func TestTheClassOfASentencePieceModel(t *testing.T) {
	for _, c := range []struct {
		files map[string]string
		cls   int32 // the first token
		err   string
	}{
		{map[string]string{debertaFile: "model:deberta"}, 1, ""},
		{map[string]string{debertaFile: "model:deberta", configFile: `{"model_type": "deberta-v2"}`}, 1, ""},
		{map[string]string{fairseqFile: "model:fairseq", configFile: `{"model_type": "xlm-roberta"}`}, 0, ""},
		{map[string]string{fairseqFile: "model:fairseq", configFile: `{"model_type": "camembert"}`}, 5, ""},
		{map[string]string{fairseqFile: "model:fairseq", configFile: `{"tokenizer_class": "CamembertTokenizer"}`}, 5, ""},
		{map[string]string{fairseqFile: "model:fairseq", settingsFile: `{"tokenizer_class": "XLMRobertaTokenizerFast"}`}, 0, ""},
		{map[string]string{fairseqFile: "model:fairseq"}, 0, "the class of the tokenizer is not known"},
		{map[string]string{fairseqFile: "model:fairseq", configFile: `{"model_type": "mbart"}`}, 0, `model_type "mbart" has no`},
		{map[string]string{fairseqFile: "model:fairseq", settingsFile: `{"tokenizer_class": "MBartTokenizer"}`}, 0,
			`"MBartTokenizer" is not supported`},
		{map[string]string{debertaFile: "model:deberta", configFile: `{"model_type": "camembert"}`}, 0, `"CamembertTokenizer" is not supported`},
		{map[string]string{fairseqFile: "model:deberta", configFile: `{"model_type": "camembert"}`}, 0,
			"the first pieces of the model must be <unk>"},
		{map[string]string{"spiece.model": "model:fairseq"}, 0, "this SentencePiece model is not supported; supported: tokenizer.json"},
		{map[string]string{debertaFile: "PK"}, 0, "not a SentencePiece model"},
		{map[string]string{debertaFile: ""}, 0, "it has no pieces"},
		{map[string]string{debertaFile: "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4321\n"}, 0,
			"spm.model: a Git LFS pointer, not the file: run git lfs pull, or download the file (4321 bytes)"},
		{map[string]string{debertaFile: "model:deberta", addedFile: `{"dog": 9999}`}, 0, `"dog" has the ID 9999 in the settings; the next ID`},
		{map[string]string{debertaFile: "model:deberta", addedFile: `{"▁": 9999}`}, 0, `"▁" has the ID 9999 in the settings, `},
	} {
		tok, err := Load(modelFolder(t, c.files))
		switch {
		case c.err != "":
			if bad, ok := err.(*fault.Bad); !ok || !strings.Contains(bad.Error(), c.err) {
				t.Errorf("%v: %v, want %q", c.files, err, c.err)
			}
		case err != nil:
			t.Errorf("%v: %v", c.files, err)
		case tok.Encode("", "", false, 0).IDs[0] != c.cls:
			t.Errorf("%v: the first token is %v", c.files, tok.Encode("", "", false, 0).IDs)
		}
	}
}

// A token beside the vocabulary has the next ID, as [MASK] of DeBERTa.
func TestAddedTokensOfASentencePieceModel(t *testing.T) {
	plain := load(t, modelFolder(t, map[string]string{debertaFile: "model:deberta"}))
	mask, size := plain.Encode("[MASK]", "", false, 0).IDs[1], plain.Size()
	if int(mask) != size-1 {
		t.Errorf("[MASK] is %d of %d", mask, size)
	}
	more := load(t, modelFolder(t, map[string]string{
		debertaFile: "model:deberta", addedFile: `{"[MASK]": ` + strconv.Itoa(size-1) + `, "☃": ` + strconv.Itoa(size) + `}`,
	}))
	if got := more.Encode("☃[MASK]", "", false, 0).IDs; more.Size() != size+1 || !slices.Equal(got[1:3], []int32{int32(size), mask}) {
		t.Errorf("got %v of %d", got, more.Size())
	}
}

func TestSettingsNameTheSpecialTokens(t *testing.T) {
	for _, c := range []struct {
		files map[string]string
		pad   int
		want  map[string]string
	}{
		{map[string]string{debertaFile: "model:deberta"}, 0, map[string]string{
			"cls_token": "[CLS]", "mask_token": "[MASK]", "pad_token": "[PAD]", "sep_token": "[SEP]", "unk_token": "[UNK]"}},
		{map[string]string{fairseqFile: "model:fairseq", configFile: `{"model_type": "camembert"}`}, 1, map[string]string{
			"cls_token": "<s>", "mask_token": "<mask>", "pad_token": "<pad>", "sep_token": "</s>", "unk_token": "<unk>"}},
	} {
		var got map[string]any
		if err := json.Unmarshal(load(t, modelFolder(t, c.files)).Settings(16, c.pad, false), &got); err != nil {
			t.Fatal(err)
		}
		c.want["tokenizer_class"] = "PreTrainedTokenizerFast"
		for key, want := range c.want {
			if got[key] != want {
				t.Errorf("%s: got %v, want %s", key, got[key], want)
			}
		}
	}
}
