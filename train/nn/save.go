package nn

import (
	"path/filepath"

	"ftft/internal/disk"
	"ftft/train/nn/spec"
)

// Save writes config.json and model.safetensors (F32) into an existing folder. Together with a tokenizer.json they are a
// model that transformers' AutoModelForSequenceClassification opens.
func Save(folder string, s spec.Spec, parameters []Tensor) error {
	if err := disk.WriteFile(filepath.Join(folder, "config.json"), s.JSON()); err != nil {
		return err
	}
	return SaveTensors(filepath.Join(folder, "model.safetensors"), parameters)
}
