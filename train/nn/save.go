package nn

import (
	"os"
	"path/filepath"

	"ftft/train/nn/spec"
)

// Save writes config.json and model.safetensors (F32) into a folder that exists; transformers'
// AutoModelForSequenceClassification opens it once the tokenizer's file is beside them.
func Save(folder string, s spec.Spec, parameters []*Parameter[float32]) error {
	if err := os.WriteFile(filepath.Join(folder, "config.json"), s.JSON(), 0o644); err != nil {
		return err
	}
	named := map[string]*Parameter[float32]{}
	var names []string
	for _, p := range parameters {
		named[p.Name] = p
		names = append(names, p.Name)
	}
	file, err := os.Create(filepath.Join(folder, "model.safetensors"))
	if err != nil {
		return err
	}
	err = writeSafetensors(file, names, func(n string) []int { return named[n].Shape }, func(n string) []float32 { return named[n].Data })
	if closing := file.Close(); err == nil {
		err = closing
	}
	return err
}
