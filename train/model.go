package train

import (
	"fmt"

	"ftft/configs"
	"ftft/train/corpus"
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
		return loadModel(cfg.Resolve(m.Model), cfg.Labels, m.Train.MaxLength, seed)
	}
	texts := make([]string, 0, 2*len(examples))
	for _, e := range examples {
		texts = append(texts, e.Text)
		if e.TextPair != "" {
			texts = append(texts, e.TextPair)
		}
	}
	t, err := tokenizer.Train(texts, m.Vocabulary, true)
	if err != nil {
		return nil, fmt.Errorf("vocabulary from the training texts: %w", err)
	}
	s := spec.Scratch(m.Layers, m.Hidden, m.Heads, m.Intermediate, t.Size(), m.Train.MaxLength, cfg.Labels)
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return &Model{Spec: s, Weights: nn.Init(s, seed), Tokenizer: t}, nil
}

// loadModel loads a model's folder in Hugging Face's layout. It returns an error if the model has no room for the tokenizer's
// vocabulary or for maxLength tokens.
func loadModel(folder string, labels []string, maxLength int, seed int64) (*Model, error) {
	s, weights, report, err := nn.Load(folder, labels, seed)
	if err != nil {
		return nil, err
	}
	t, err := tokenizer.Load(folder)
	if err != nil {
		return nil, err
	}
	if t.Size() > s.Vocabulary {
		return nil, fmt.Errorf("%s: the tokenizer has %d tokens, the word embeddings %d rows", folder, t.Size(), s.Vocabulary)
	}
	if maxLength > s.Positions {
		return nil, fmt.Errorf("%s: max_length %d is more than the model's %d positions", folder, maxLength, s.Positions)
	}
	m := &Model{Spec: s, Weights: weights, Tokenizer: t}
	if len(report.Initialised) > 0 {
		m.Notes = append(m.Notes, fmt.Sprintf("initialised, because the model lacks them: %v", report.Initialised))
	}
	if len(report.Ignored) > 0 {
		m.Notes = append(m.Notes, fmt.Sprintf("ignored, because they are not needed: %v", report.Ignored))
	}
	return m, nil
}
