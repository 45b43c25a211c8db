package nn

import (
	"path/filepath"

	"ftft/internal/disk"
	"ftft/train/nn/spec"
)

// Save writes config.json and model.safetensors (F32) into a folder that exists; transformers'
// AutoModelForSequenceClassification opens it once the tokenizer's file is beside them.
func Save(folder string, s spec.Spec, parameters []Tensor) error {
	if err := disk.WriteFile(filepath.Join(folder, "config.json"), s.JSON()); err != nil {
		return err
	}
	return SaveTensors(filepath.Join(folder, "model.safetensors"), parameters)
}
