package report

import (
	"path/filepath"

	"ftft/configs"
	"ftft/internal/input"
	"ftft/train/nn/spec"
)

// PlannedModel returns the sizes of a model before it exists: those of its folder's config.json, or those in the experiment's config
// with a vocabulary of the given size.
func PlannedModel(cfg configs.Config, m configs.Model, vocabulary int) (spec.Spec, error) {
	if m.Model == "" {
		return spec.Scratch(m.Layers, m.Hidden, m.Heads, m.Intermediate, vocabulary, m.Train.MaxLength, cfg.Labels), nil
	}
	folder, err := cfg.ModelFolder(m.Model)
	if err != nil {
		return spec.Spec{}, err
	}
	path := filepath.Join(folder, "config.json")
	text, err := input.Read(path)
	if err != nil {
		return spec.Spec{}, err
	}
	file, err := spec.Parse(path, []byte(text))
	if err != nil {
		return spec.Spec{}, err
	}
	s := file.Spec
	s.Labels = cfg.Labels
	return s, nil
}
