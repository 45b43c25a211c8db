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
	"ftft/train/cost"
	"ftft/train/nn"
	"ftft/train/nn/spec"
	"ftft/train/tokenizer"
)

// A Model is the starting point of training.
type Model struct {
	Spec      spec.Spec
	Weights   nn.Weights
	Tokenizer *tokenizer.Tokenizer
	Notes     []string // for the user: parameters that were initialised, tensors that were left out
}

// OpenModel loads the folder that a model's config names, or else makes a model of its sizes from scratch, with a vocabulary
// from the training texts. New weights depend on the seed.
func OpenModel(cfg configs.Config, m configs.Model, examples []corpus.Example, seed int64) (*Model, error) {
	if m.Model != "" {
		folder, err := cfg.ModelFolder(m.Model)
		if err != nil {
			return nil, err
		}
		model, err := loadModel(folder, cfg.Labels, m.Train.MaxLength, cfg.HasPairs(), seed)
		if err == nil {
			err = checkMemory(model.Spec, 0)
		}
		return model, err
	}
	texts := make([]string, 0, 2*len(examples))
	for _, e := range examples {
		texts = append(texts, e.Text)
		if e.TextPair != "" {
			texts = append(texts, e.TextPair)
		}
	}
	t, err := tokenizer.Train(texts, m.Vocabulary, true, nil)
	if err != nil {
		return nil, fmt.Errorf("vocabulary from the training texts: %w", err)
	}
	s := spec.Scratch(m.Layers, m.Hidden, m.Heads, m.Intermediate, t.Size(), m.Train.MaxLength, cfg.Labels)
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if err := checkMemory(s, 0); err != nil {
		return nil, err
	}
	return &Model{Spec: s, Weights: nn.Init(s, seed), Tokenizer: t}, nil
}

// A TooLarge is the error of training that the memory has no room for.
type TooLarge struct {
	Need, Available int64 // bytes
}

func (e *TooLarge) Error() string {
	return fmt.Sprintf("training takes %s of memory, and this machine has %s available: use a smaller model, shorter texts or smaller batches",
		input.Size(e.Need), input.Size(e.Available))
}

// checkMemory returns a *TooLarge if the memory has no room to train a model on batches of tokens.
func checkMemory(s spec.Spec, tokens int) error {
	need, available := cost.Memory(s, tokens), 2*input.Budget() // Budget is half of what is available
	if need > available {
		return &TooLarge{need, available}
	}
	return nil
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

// loadModel loads a model's folder in Hugging Face's layout and checks that its parts fit.
func loadModel(folder string, labels []string, maxLength int, pairs bool, seed int64) (*Model, error) {
	s, weights, report, err := nn.Load(folder, labels, seed)
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
	m := &Model{Spec: s, Weights: weights, Tokenizer: t}
	if len(report.Initialised) > 0 {
		m.Notes = append(m.Notes, "initialised, because the model lacks them: "+strings.Join(report.Initialised, ", "))
	}
	if len(report.Ignored) > 0 {
		m.Notes = append(m.Notes, "ignored, because they are not needed: "+strings.Join(report.Ignored, ", "))
	}
	return m, nil
}
