package tokenizer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ftft/internal/fault"
	"ftft/internal/input"
	"ftft/train/nn/spec"
)

// The files of a model folder without a tokenizer.json.
const (
	vocabularyFile = "vocab.txt"               // WordPiece's tokens, one a line; a token's ID is the number of its line, from 0
	tokensFile     = "vocab.json"              // BPE's tokens with their IDs
	mergesFile     = "merges.txt"              // BPE's merges, one a line
	settingsFile   = "tokenizer_config.json"   // how transformers reads the vocabulary
	specialsFile   = "special_tokens_map.json" // special tokens, of versions of transformers that did not write them in the settings
	addedFile      = "added_tokens.json"       // IDs of tokens beside the vocabulary
)

// vocabularies are the kinds of vocabularies that a folder without a tokenizer.json may have, by their files.
var vocabularies = []struct {
	files []string // all are needed
	load  func(folder string) (*Tokenizer, error)
}{
	{[]string{vocabularyFile}, loadVocabulary},
	{[]string{tokensFile, mergesFile}, loadMerges},
	{[]string{debertaFile}, loadDeberta},
	{[]string{fairseqFile}, loadFairseq},
}

// Files returns the paths of the files that Load reads from a folder, apart from the model's config.json.
func Files(folder string) ([]string, error) {
	if path := filepath.Join(folder, tokenizerFile); exists(path) {
		return []string{path}, nil
	}
	for _, v := range vocabularies {
		if !exists(filepath.Join(folder, v.files[0])) {
			continue
		}
		var files []string
		for _, name := range v.files {
			files = append(files, filepath.Join(folder, name))
		}
		for _, name := range []string{settingsFile, specialsFile, addedFile} {
			if path := filepath.Join(folder, name); exists(path) {
				files = append(files, path)
			}
		}
		return files, nil
	}
	return nil, missing(folder)
}

// exists reports whether there is a file of a name.
func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// loadFolder makes a tokenizer of a folder without a tokenizer.json.
func loadFolder(folder string) (*Tokenizer, error) {
	for _, v := range vocabularies {
		if exists(filepath.Join(folder, v.files[0])) {
			return v.load(folder)
		}
	}
	return nil, missing(folder)
}

// loadVocabulary makes a tokenizer of a folder with a vocab.txt, as transformers' BertTokenizer and MPNetTokenizer do.
func loadVocabulary(folder string) (*Tokenizer, error) {
	path := filepath.Join(folder, vocabularyFile)
	text, err := input.Read(path)
	if err != nil {
		return nil, err
	}
	vocabulary := readVocabulary(text)
	set := bertDefaults
	if err := set.read(folder, wordPieceClasses); err != nil {
		return nil, err
	}
	if _, ok := vocabulary[clsToken]; set.class() == "MPNetTokenizer" || set.Class == "" && !ok && vocabulary["<s>"] != vocabulary["</s>"] {
		set = mpnetDefaults
		if err := set.read(folder, wordPieceClasses); err != nil {
			return nil, err
		}
		set.Class = "MPNetTokenizer"
	}
	if !set.Basic {
		return nil, fault.At(filepath.Join(folder, settingsFile), 0, "do_basic_tokenize = false is not supported")
	}
	normalizer := bertSettings{Clean: true, Chinese: set.Chinese, Strip: set.Strip, Lower: set.Lower}
	f := newBertFile(normalizer, set.Unknown.Content, vocabulary)
	for _, token := range []specialName{set.Unknown, set.Cls, set.Sep} {
		if _, ok := vocabulary[token.Content]; !ok {
			return nil, fault.At(path, 0, fmt.Sprintf("the special token %.80q is missing: this is not the vocabulary of a BERT", token.Content))
		}
	}
	f.AddedTokens = set.added(vocabulary)
	f.PostProcessor = bertTemplate(vocabulary, set.Cls.Content, set.Sep.Content, set.Class == "MPNetTokenizer")
	t, err := fromFile(f)
	if err != nil {
		return nil, fault.At(path, 0, fault.Message(err))
	}
	return t, nil
}

// readVocabulary returns the IDs of the tokens in a text, one a line. An empty line counts, but is no token.
func readVocabulary(text string) map[string]int32 {
	ids, id := map[string]int32{}, int32(0)
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n") // as Python reads lines
	for token := range strings.Lines(text) {
		if token = strings.TrimSuffix(token, "\n"); token != "" {
			ids[token] = id
		}
		id++
	}
	return ids
}

// missing returns the error of a folder without a tokenizer. It names the tokenizer of another kind that the folder has.
func missing(folder string) error {
	for _, name := range []string{"spiece.model", "tokenizer.model"} {
		if path := filepath.Join(folder, name); exists(path) {
			return fault.At(path, 0, "this SentencePiece model is not supported; supported: tokenizer.json, vocab.txt (WordPiece), "+
				"vocab.json with merges.txt (BPE), spm.model (DeBERTa), sentencepiece.bpe.model (XLM-RoBERTa, CamemBERT)")
		}
	}
	return spec.Missing(filepath.Join(folder, tokenizerFile), nil)
}
