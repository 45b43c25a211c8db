package train

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"ftft/configs"
	"ftft/internal/fault"
	"ftft/internal/input"
	"ftft/train/corpus"
	"ftft/train/nn"
	"ftft/train/nn/spec"
	"ftft/train/tokenizer"
)

// A Model is the starting point of training.
type Model struct {
	Spec      spec.Spec
	Weights   nn.Weights // nil until LoadWeights
	Tokenizer *tokenizer.Tokenizer
	Notes     []string // for the user: parameters that were initialised, tensors that were left out

	folder string // "" = from scratch
	seed   int64
}

// OpenModel opens the folder that a model's config names, or else makes a model of its sizes from scratch, with a vocabulary
// from the training texts. New weights depend on the seed. It does not read the weights: see LoadWeights. It calls progress, which may
// be nil, with the share of the vocabulary that has been built; an error from it ends the work.
func OpenModel(cfg configs.Config, m configs.Model, examples []corpus.Example, seed int64,
	progress func(share float64) error) (*Model, error) {
	model, err := openModel(cfg, m, examples, seed, progress)
	if err != nil {
		return nil, err
	}
	return model, checkMemory(model.Spec, 1, m.Train.Frozen(), func(int) nn.Capacity { return nn.Capacity{} })
}

func openModel(cfg configs.Config, m configs.Model, examples []corpus.Example, seed int64,
	progress func(share float64) error) (*Model, error) {
	if m.Model != "" {
		folder, err := cfg.ModelFolder(m.Model)
		if err != nil {
			return nil, err
		}
		return inspectModel(folder, cfg.Labels, m.Train.MaxLength, cfg.HasPairs(), seed)
	}
	texts := make([]string, 0, 2*len(examples))
	for _, e := range examples {
		texts = append(texts, e.Text)
		if e.TextPair != "" {
			texts = append(texts, e.TextPair)
		}
	}
	t, err := tokenizer.Train(texts, m.Vocabulary, true, func(tokens int) error {
		if progress == nil {
			return nil
		}
		return progress(float64(tokens) / float64(m.Vocabulary))
	})
	if err != nil {
		return nil, fmt.Errorf("vocabulary from the training texts: %w", err)
	}
	s := spec.Scratch(m.Layers, m.Hidden, m.Heads, m.Intermediate, t.Size(), m.Train.MaxLength, cfg.Labels)
	return &Model{Spec: s, Tokenizer: t, seed: seed}, s.Validate()
}

// LoadWeights reads or makes the weights.
func (m *Model) LoadWeights() (err error) {
	if m.folder == "" {
		m.Weights = nn.Init(m.Spec, m.seed)
		return nil
	}
	_, m.Weights, _, err = nn.Load(m.folder, m.Spec.Labels, m.seed)
	return err
}

// LoadTokenizer loads the tokenizer of a model's folder or, given its path, a tokenizer.json. It returns a *fault.Bad if the folder has
// the config.json of a supported model that has no room for the vocabulary.
func LoadTokenizer(path string) (*tokenizer.Tokenizer, error) {
	t, err := tokenizer.Load(path)
	if err != nil {
		return nil, err
	}
	config := filepath.Join(path, "config.json")
	text, err := input.Read(config)
	if err != nil {
		return t, nil // a tokenizer may stand alone
	}
	file, err := spec.Parse(config, []byte(text))
	if err != nil {
		return t, nil // texts can be encoded for models that ftft does not know
	}
	return t, checkVocabulary(path, file.Spec, t)
}

// checkVocabulary returns a *fault.Bad if a model has no room for its tokenizer's vocabulary.
func checkVocabulary(folder string, s spec.Spec, t *tokenizer.Tokenizer) error {
	if t.Size() <= s.Vocabulary {
		return nil
	}
	return fault.At(folder, 0, fmt.Sprintf("the tokenizer has %d tokens, the word embeddings %d rows: the files are of two models",
		t.Size(), s.Vocabulary))
}

// CheckFit returns a *fault.Bad if a model has no room for its tokenizer's vocabulary, for maxLength tokens or, with pairs, for the
// types of their tokens. Every command that opens a model's folder calls it before it encodes a text.
func CheckFit(folder string, s spec.Spec, t *tokenizer.Tokenizer, maxLength int, pairs bool) error {
	bad := func(format string, args ...any) error { return fault.At(folder, 0, fmt.Sprintf(format, args...)) }
	special, types := t.Limits(pairs)
	if err := checkVocabulary(folder, s, t); err != nil {
		return err
	}
	switch {
	case maxLength > s.Longest():
		return bad("max_length %d is more than the model's %d positions", maxLength, s.Longest())
	case special == 0:
		return bad("the tokenizer adds no special tokens (its post_processor has none), and a model reads an example at its first one")
	case special > maxLength:
		return bad("the tokenizer adds %d special tokens to each example, more than the %d tokens that it may have", special, maxLength)
	case s.OneType():
	case types > s.Types && pairs:
		return bad("the tokenizer gives the tokens of a pair %d types, and the model has %d (type_vocab_size): it cannot read pairs",
			types, s.Types)
	case types > s.Types:
		return bad("the tokenizer gives tokens %d types, and the model has %d (type_vocab_size)", types, s.Types)
	}
	return nil
}

// HavePairs reports whether any example has a second text.
func HavePairs(examples []corpus.Example) bool {
	return slices.ContainsFunc(examples, func(e corpus.Example) bool { return e.TextPair != "" })
}

// inspectModel opens a model's folder in Hugging Face's layout, without its weights, and checks that its parts fit.
func inspectModel(folder string, labels []string, maxLength int, pairs bool, seed int64) (*Model, error) {
	s, report, err := nn.Inspect(folder, labels)
	if err != nil {
		return nil, err
	}
	t, err := tokenizer.Load(folder)
	if err != nil {
		return nil, err
	}
	if err := CheckFit(folder, s, t, maxLength, pairs); err != nil {
		return nil, err
	}
	m := &Model{Spec: s, Tokenizer: t, folder: folder, seed: seed}
	if len(report.Initialised) > 0 {
		m.Notes = append(m.Notes, "initialised, because the model lacks them: "+strings.Join(report.Initialised, ", "))
	}
	if len(report.Ignored) > 0 {
		m.Notes = append(m.Notes, "ignored, because they are not needed: "+strings.Join(report.Ignored, ", "))
	}
	return m, nil
}

// loadModel is inspectModel with the weights.
func loadModel(folder string, labels []string, maxLength int, pairs bool, seed int64) (*Model, error) {
	m, err := inspectModel(folder, labels, maxLength, pairs, seed)
	if err != nil {
		return nil, err
	}
	return m, m.LoadWeights()
}
