package tokenizer

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"ftft/internal/fault"
	"ftft/internal/input"
)

// The files of SentencePiece models.
const (
	debertaFile = "spm.model"               // of transformers' DebertaV2Tokenizer
	fairseqFile = "sentencepiece.bpe.model" // of its XLMRobertaTokenizer and CamembertTokenizer
	configFile  = "config.json"             // tells the class where the settings do not
	spaceMark   = "▁"                       // SentencePiece's mark of a space
)

// convertedFile is the tokenizer.json that transformers 4 makes of a SentencePiece model.
type convertedFile struct {
	Version       string       `json:"version"`
	AddedTokens   []addedToken `json:"added_tokens"`
	Normalizer    sequence     `json:"normalizer"`
	PreTokenizer  sequence     `json:"pre_tokenizer"`
	PostProcessor *processor   `json:"post_processor"`
	Decoder       object       `json:"decoder"`
	Model         unigramFile  `json:"model"`
}

// A sequence is a Sequence of normalizers or of pre-tokenizers.
type sequence struct {
	Type          string   `json:"type"`
	Normalizers   []object `json:"normalizers,omitempty"`
	PreTokenizers []object `json:"pretokenizers,omitempty"`
}

// An object is a component of a file, by its keys.
type object map[string]any

// unigramFile is a Unigram of a file.
type unigramFile struct {
	Type     string        `json:"type"`
	Unknown  int           `json:"unk_id"`
	Pieces   []scoredPiece `json:"vocab"`
	Fallback bool          `json:"byte_fallback"`
}

// A converter makes the parts of a tokenizer.json of a SentencePiece model that differ between transformers' classes.
type converter struct {
	defaults  settings
	pieces    func(m *spModel) (pieces []scoredPiece, unknown int, err error)
	normalize func(set *settings, charsmap []object) []object
	cls, sep  string   // of the template
	double    bool     // whether two sep are between the texts of a pair, whose tokens all have type 0
	unused    []string // more special tokens
}

// converters are the converters by the classes of transformers, and modelTypes the classes by the type of the model in a config.json.
var (
	converters = map[string]converter{
		"DebertaV2Tokenizer":  {debertaDefaults, debertaPieces, debertaNormalizers, clsToken, sepToken, false, nil},
		"XLMRobertaTokenizer": {fairseqDefaults, fairseqPieces, fairseqNormalizers, "<s>", "</s>", true, nil},
		"CamembertTokenizer": {fairseqDefaults, camembertPieces, fairseqNormalizers, "<s>", "</s>", true,
			[]string{"<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED"}},
	}
	modelTypes = map[string]string{
		"camembert": "CamembertTokenizer", "deberta-v2": "DebertaV2Tokenizer", "xlm-roberta": "XLMRobertaTokenizer",
	}
)

// The settings of the classes without a tokenizer_config.json.
var (
	debertaDefaults = settings{specials: specials{
		Bos: named(clsToken), Eos: named(sepToken), Unknown: specialName{addedToken{Content: unkToken, Normalized: true}}, Sep: named(sepToken),
		Pad: named(padToken), Cls: named(clsToken), Mask: named(maskToken),
	}}
	fairseqDefaults = settings{specials: robertaDefaults.specials}
)

// classOf returns the class of transformers that reads the SentencePiece model in a folder: that of the settings, else that of the
// model's type. It returns "" if the folder has neither.
func classOf(folder string) (string, error) {
	var set struct {
		Class string `json:"tokenizer_class"`
	}
	if err := readOptional(filepath.Join(folder, settingsFile), &set); err != nil {
		return "", err
	}
	if set.Class != "" {
		return strings.TrimSuffix(set.Class, "Fast"), nil
	}
	var config struct {
		Class string `json:"tokenizer_class"`
		Type  string `json:"model_type"`
	}
	if err := readOptional(filepath.Join(folder, configFile), &config); err != nil {
		return "", err
	}
	if config.Class != "" {
		return strings.TrimSuffix(config.Class, "Fast"), nil
	}
	if class, ok := modelTypes[config.Type]; ok || config.Type == "" {
		return class, nil
	}
	return "", fault.At(filepath.Join(folder, configFile), 0, fmt.Sprintf(
		"model_type %.80q has no SentencePiece model that is supported; supported: %s",
		config.Type, strings.Join(slices.Sorted(maps.Keys(modelTypes)), ", ")))
}

// loadDeberta makes a tokenizer of a folder with an spm.model.
func loadDeberta(folder string) (*Tokenizer, error) {
	class, err := classOf(folder)
	if err != nil {
		return nil, err
	}
	if class == "" {
		class = "DebertaV2Tokenizer"
	}
	return loadSentencePiece(folder, debertaFile, class, "DebertaV2Tokenizer")
}

// loadFairseq makes a tokenizer of a folder with a sentencepiece.bpe.model.
func loadFairseq(folder string) (*Tokenizer, error) {
	class, err := classOf(folder)
	if err != nil {
		return nil, err
	}
	if class == "" {
		return nil, fault.At(filepath.Join(folder, fairseqFile), 0, fmt.Sprintf("the class of the tokenizer is not known; "+
			"put a %s with tokenizer_class, or a %s with model_type, beside it", settingsFile, configFile))
	}
	return loadSentencePiece(folder, fairseqFile, class, "XLMRobertaTokenizer", "CamembertTokenizer")
}

// loadSentencePiece makes a tokenizer of a SentencePiece model, as a class of transformers 4 converts it.
func loadSentencePiece(folder, name, class string, classes ...string) (*Tokenizer, error) {
	path := filepath.Join(folder, name)
	if !slices.Contains(classes, class) {
		return nil, fault.At(path, 0, fmt.Sprintf("tokenizer_class %.80q is not supported; supported: %s", class, strings.Join(classes, ", ")))
	}
	c := converters[class]
	set := c.defaults
	if err := set.read(folder, classes); err != nil {
		return nil, err
	}
	data, err := input.Content(path)
	if err != nil {
		return nil, err
	}
	f, err := c.convert([]byte(data), set)
	if err != nil {
		return nil, fault.At(path, 0, fault.Message(err))
	}
	t, err := fromFile(f)
	if err != nil {
		return nil, fault.At(path, 0, fault.Message(err))
	}
	return t, nil
}

// convert returns the tokenizer.json of a SentencePiece model.
func (c converter) convert(data []byte, set settings) (*convertedFile, error) {
	m, err := parseSentencePiece(data)
	if what := input.Recognise(data[:min(len(data), 4<<10)]); what != "" && errors.Is(err, errDamaged) {
		return nil, errors.New(what)
	}
	if err != nil {
		return nil, err
	}
	pieces, unknown, err := c.pieces(m)
	if err != nil {
		return nil, err
	}
	ids := map[string]int32{}
	for i, p := range pieces {
		if first, ok := ids[p.text]; ok {
			return nil, fmt.Errorf("the piece %.80q has two IDs, %d and %d", p.text, first, i)
		}
		ids[p.text] = int32(i)
	}
	f := &convertedFile{Version: "1.0", Model: unigramFile{"Unigram", unknown, pieces, false}}
	if f.AddedTokens, err = c.added(m, ids, set); err != nil {
		return nil, err
	}
	var charsmap []object
	if len(m.charsmap) > 0 {
		charsmap = []object{{"type": "Precompiled", "precompiled_charsmap": m.charsmap}}
	}
	f.Normalizer = sequence{Type: "Sequence", Normalizers: c.normalize(&set, charsmap)}
	metaspace := object{"type": "Metaspace", "replacement": spaceMark, "prepend_scheme": "always", "split": true}
	f.PreTokenizer = sequence{Type: "Sequence", PreTokenizers: []object{metaspace}}
	if set.Punctuation {
		f.PreTokenizer.PreTokenizers = []object{{"type": "Punctuation", "behavior": "Isolated"}, metaspace}
	}
	f.Decoder = metaspace
	for _, a := range f.AddedTokens {
		ids[a.Content] = a.ID
	}
	for _, token := range []string{c.cls, c.sep} {
		if _, ok := ids[token]; !ok {
			return nil, fmt.Errorf("the special token %.80q is missing", token)
		}
	}
	f.PostProcessor = bertTemplate(ids, c.cls, c.sep, c.double)
	for _, part := range f.PostProcessor.Pair {
		if c.double && part.Special != nil {
			part.Special.Type = 0
		}
		if c.double && part.Sequence != nil {
			part.Sequence.Type = 0
		}
	}
	return f, nil
}

// added returns the added tokens of a converted model, by ID: the control and user-defined pieces, those of the settings, and the
// special tokens, which have IDs after the model's where it lacks them.
func (c converter) added(m *spModel, ids map[string]int32, set settings) ([]addedToken, error) {
	next := int32(len(ids))
	set.addMissing(ids)
	list := set.added(ids)
	known := map[string]bool{}
	for _, a := range list {
		known[a.Content] = true
		switch id, ok := ids[a.Content]; {
		case ok && id != a.ID:
			return nil, fmt.Errorf("the added token %.80q has the ID %d in the settings, %d in the model: correct one of them", a.Content, a.ID, id)
		case !ok && a.ID != next:
			return nil, fmt.Errorf("the added token %.80q has the ID %d in the settings; the next ID after the model's is %d", a.Content, a.ID, next)
		case !ok:
			next++
		}
	}
	add := func(content string, special bool) {
		if id, ok := ids[content]; ok && !known[content] {
			list = append(list, addedToken{ID: id, Content: content, Special: special})
		}
	}
	for _, content := range c.unused {
		add(content, true)
	}
	for _, p := range m.pieces {
		if p.kind == spControl || p.kind == spUserDefined {
			add(p.text, p.kind == spControl)
		}
	}
	slices.SortFunc(list, func(a, b addedToken) int { return cmp.Compare(a.ID, b.ID) })
	return list, nil
}

// debertaPieces returns the pieces of a DeBERTa: those of the model.
func debertaPieces(m *spModel) ([]scoredPiece, int, error) {
	return scoredPieces(m.pieces), int(m.unknown), nil
}

// fairseqPieces returns the pieces of an XLM-R: the model's own from the fourth on, after those of fairseq, and <mask>.
func fairseqPieces(m *spModel) ([]scoredPiece, int, error) {
	if err := m.begins("<unk>", "<s>", "</s>"); err != nil {
		return nil, 0, err
	}
	pieces := []scoredPiece{{"<s>", 0}, {"<pad>", 0}, {"</s>", 0}, {"<unk>", 0}}
	return append(append(pieces, scoredPieces(m.pieces[3:])...), scoredPiece{"<mask>", 0}), 3, nil
}

// camembertPieces returns the pieces of a CamemBERT: the model's own from the second on, after those of fairseq, and <mask>.
func camembertPieces(m *spModel) ([]scoredPiece, int, error) {
	if err := m.begins("<unk>", "<s>", "</s>"); err != nil {
		return nil, 0, err
	}
	pieces := []scoredPiece{{"<s>NOTUSED", 0}, {"<pad>", 0}, {"</s>NOTUSED", 0}, {"<unk>", 0}, {"<unk>NOTUSED", -100}}
	return append(append(pieces, scoredPieces(m.pieces[1:])...), scoredPiece{"<mask>", 0}), 3, nil
}

// begins returns an error if the model does not begin with the given pieces.
func (m *spModel) begins(pieces ...string) error {
	for i, piece := range pieces {
		if i >= len(m.pieces) || m.pieces[i].text != piece {
			return fmt.Errorf("the first pieces of the model must be %s", strings.Join(pieces, ", "))
		}
	}
	return nil
}

// squeeze is the normalizer that makes one of several spaces.
func squeeze(content string) object {
	return object{"type": "Replace", "pattern": object{"Regex": " {2,}"}, "content": content}
}

func debertaNormalizers(set *settings, charsmap []object) (list []object) {
	if set.Lower {
		list = append(list, object{"type": "Lowercase"})
	}
	list = append(list, object{"type": "Strip", "strip_left": true, "strip_right": true})
	return append(append(list, charsmap...), squeeze(" "))
}

func fairseqNormalizers(_ *settings, charsmap []object) []object {
	return append(charsmap, object{"type": "Strip", "strip_left": false, "strip_right": true}, squeeze(spaceMark))
}
