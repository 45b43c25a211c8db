package tokenizer

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"ftft/internal/fault"
	"ftft/internal/input"
)

// byteLevelFile is the content of a RoBERTa's tokenizer.json.
type byteLevelFile struct {
	Version       string        `json:"version"`
	AddedTokens   []addedToken  `json:"added_tokens"`
	PreTokenizer  byteLevelPart `json:"pre_tokenizer"`
	PostProcessor robertaPart   `json:"post_processor"`
	Decoder       byteLevelPart `json:"decoder"`
	Model         mergesModel   `json:"model"`
}

// byteLevelPart is a ByteLevel. Its flags but the first are of no consequence for token IDs.
type byteLevelPart struct {
	Type  string `json:"type"`
	Space bool   `json:"add_prefix_space"`
	Trim  bool   `json:"trim_offsets"`
	Regex bool   `json:"use_regex"`
}

// robertaPart is a RobertaProcessing.
type robertaPart struct {
	Type  string `json:"type"`
	Sep   [2]any `json:"sep"` // the token and its ID
	Cls   [2]any `json:"cls"`
	Trim  bool   `json:"trim_offsets"`
	Space bool   `json:"add_prefix_space"`
}

// mergesModel is a BPE in a file.
type mergesModel struct {
	Type       string           `json:"type"`
	Dropout    *float64         `json:"dropout"`
	Unknown    *string          `json:"unk_token"`
	Prefix     string           `json:"continuing_subword_prefix"`
	Suffix     string           `json:"end_of_word_suffix"`
	Fuse       bool             `json:"fuse_unk"`
	Vocabulary map[string]int32 `json:"vocab"`
	Merges     []string         `json:"merges"` // versions of tokenizers before 0.20 read no pairs
}

// loadMerges makes a tokenizer of a folder with a vocab.json and a merges.txt, as transformers' RobertaTokenizer does.
func loadMerges(folder string) (*Tokenizer, error) {
	path := filepath.Join(folder, tokensFile)
	text, err := input.Read(path)
	if err != nil {
		return nil, err
	}
	vocabulary := map[string]int32{}
	if err := fault.DecodeJSON(path, []byte(text), &vocabulary); err != nil {
		return nil, err
	}
	set := robertaDefaults
	if err := set.read(folder, bpeClasses); err != nil {
		return nil, err
	}
	merges, err := readMerges(filepath.Join(folder, mergesFile))
	if err != nil {
		return nil, err
	}
	set.addMissing(vocabulary)
	f := byteLevelFile{
		Version:      "1.0",
		AddedTokens:  set.added(vocabulary),
		PreTokenizer: byteLevelPart{"ByteLevel", set.Space, true, true},
		Decoder:      byteLevelPart{"ByteLevel", true, true, true},
		Model:        mergesModel{Type: "BPE", Vocabulary: vocabulary, Merges: merges},
	}
	f.PostProcessor = robertaPart{Type: "RobertaProcessing", Trim: true, Space: set.Space}
	for _, s := range []struct {
		token string
		place *[2]any
	}{{set.Sep.Content, &f.PostProcessor.Sep}, {set.Cls.Content, &f.PostProcessor.Cls}} {
		id, ok := vocabulary[s.token]
		for _, a := range f.AddedTokens {
			if a.Content == s.token {
				id, ok = a.ID, true
			}
		}
		if !ok {
			return nil, fault.At(path, 0, fmt.Sprintf("the special token %.80q is missing", s.token))
		}
		*s.place = [2]any{s.token, id}
	}
	t, err := fromFile(f)
	if err != nil {
		return nil, fault.At(path, 0, fault.Message(err))
	}
	return t, nil
}

// addMissing gives the special tokens that the vocabulary lacks IDs after all others, as transformers does.
func (s *settings) addMissing(vocabulary map[string]int32) {
	next := int32(len(vocabulary))
	known := map[string]bool{"": true}
	for key, a := range s.Added {
		id, _ := strconv.ParseInt(key, 10, 32) // checkIDs has checked it
		next = max(next, int32(id)+1)
		known[a.Content] = true
	}
	for _, name := range s.list() {
		if _, ok := vocabulary[name.Content]; ok || known[name.Content] {
			continue
		}
		known[name.Content] = true
		name.Special = true
		s.Added[strconv.Itoa(int(next))] = name.addedToken
		next++
	}
}

// readMerges returns the lines of a merges.txt without the first, which names the version of the format.
func readMerges(path string) ([]string, error) {
	if !exists(path) {
		return nil, fault.At(path, 0, fmt.Sprintf("no such file; %s needs it beside it", tokensFile))
	}
	text, err := input.Read(path)
	if err != nil {
		return nil, err
	}
	merges, line := []string{}, 0
	for merge := range strings.Lines(text) {
		line++
		merge = strings.TrimSuffix(strings.TrimSuffix(merge, "\n"), "\r")
		if strings.HasPrefix(merge, "#version") || merge == "" {
			continue
		}
		if strings.Count(merge, " ") != 1 {
			return nil, fault.At(path, line, fmt.Sprintf("%.80q is not a merge: two tokens with a space between them", merge))
		}
		merges = append(merges, merge)
	}
	return merges, nil
}
