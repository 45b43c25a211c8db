package spec

import (
	"cmp"
	"io/fs"
	"path/filepath"

	"ftft/internal/fault"
	"ftft/internal/hub"
)

// Folder describes the folder of a model, for help and messages.
const Folder = "a folder with config.json, model.safetensors or pytorch_model.bin, and tokenizer.json"

// Missing returns the error of a file that a model's folder lacks. cause is the error of opening it; nil stands for fs.ErrNotExist.
func Missing(path string, cause error) error {
	if cause == nil {
		cause = fs.ErrNotExist
	}
	message := "no such file; a model is " + Folder
	if name := hub.Named(filepath.Dir(path)); name != "" {
		message += "; the hub's cache has " + name
	}
	bad := fault.At(path, 0, cmp.Or(hub.Advice(path), message))
	bad.Cause = cause
	return bad
}
