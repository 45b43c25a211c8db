package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"ftft/train/nn/spec"
)

// labelsOf returns the labels in a model folder's config.json. A model without a classifier has none.
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

// byIndex returns a label map that accepts class indices for labels, except an index that is itself the name of a label.
func byIndex(labels []string) map[string]string {
	names := map[string]string{}
	for i, label := range labels {
		if index := strconv.Itoa(i); !slices.Contains(labels, index) {
			names[index] = label
		}
	}
	return names
}
