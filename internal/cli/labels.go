package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"ftft/train/nn/spec"
)

// labelsOf are the labels that a model folder's config.json gives; none where it has no classifier.
func labelsOf(folder string) ([]string, error) {
	path := filepath.Join(folder, "config.json")
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w; a model is a folder with config.json, model.safetensors and tokenizer.json", err)
	}
	s, err := spec.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s.Labels, nil
}

// byIndex lets a label be its class index too, unless a label has that name.
func byIndex(labels []string) map[string]string {
	names := map[string]string{}
	for i, label := range labels {
		if index := strconv.Itoa(i); !slices.Contains(labels, index) {
			names[index] = label
		}
	}
	return names
}
