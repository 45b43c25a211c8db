package spec

import (
	"cmp"
	"io/fs"

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
	bad := fault.At(path, 0, cmp.Or(hub.Advice(path), "no such file; a model is "+Folder))
	bad.Cause = cause
	return bad
}
