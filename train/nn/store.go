package nn

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ftft/internal/fault"
	"ftft/internal/input"
	"ftft/train/nn/spec"
)

// The files that a model folder may have its weights in.
const (
	weightsFile = "model.safetensors"
	indexFile   = "model.safetensors.index.json" // names the shard of each tensor
)

// A store holds the tensors of a model folder: those of model.safetensors, or those of the shards that its index names.
type store struct {
	path   string // in messages: model.safetensors or the index
	shards map[string]*safetensors
	shard  map[string]string // the shard of each tensor
}

// openStore opens the weights of a model folder and checks the headers of its files.
func openStore(folder string) (*store, error) {
	path := filepath.Join(folder, weightsFile)
	if _, err := os.Stat(path); err == nil {
		s := &store{path: path, shards: map[string]*safetensors{}, shard: map[string]string{}}
		return s, s.add(path, nil)
	}
	index := filepath.Join(folder, indexFile)
	if _, err := os.Stat(index); errors.Is(err, fs.ErrNotExist) {
		return nil, missingWeights(folder)
	}
	return openShards(index)
}

// Files returns the paths of the files that Load reads from a model folder: config.json and the weights.
func Files(folder string) ([]string, error) {
	s, err := openStore(folder)
	if err != nil {
		return nil, err
	}
	s.close()
	files := []string{filepath.Join(folder, "config.json"), s.path}
	for _, shard := range slices.Sorted(maps.Keys(s.shards)) {
		if shard != s.path {
			files = append(files, shard)
		}
	}
	return files, nil
}

// add opens a file of tensors. With an index, all tensors in the file must be among those that the index expects there.
func (s *store) add(path string, index map[string]string) error {
	file, err := openSafetensors(path)
	if err != nil {
		s.close()
		return err
	}
	s.shards[path] = file
	for name := range file.tensors {
		if index != nil && index[name] != filepath.Base(path) {
			s.close()
			if other, ok := index[name]; ok {
				return file.bad("tensor %.80q is here, but %s names %q for it: the folder holds files of two models", name, indexFile, other)
			}
			return file.bad("tensor %.80q is not in %s: the folder holds files of two models", name, indexFile)
		}
		s.shard[name] = path
	}
	return nil
}

// maxShards is the largest number of files that the weights may be divided into.
const maxShards = 1000

// openShards opens the shards that an index names. Each is a file beside the index.
func openShards(path string) (*store, error) {
	text, err := input.Read(path)
	if err != nil {
		return nil, err
	}
	var index struct {
		Shards map[string]string `json:"weight_map"`
	}
	if err := fault.DecodeJSON(path, []byte(text), &index); err != nil {
		return nil, err
	}
	if len(index.Shards) == 0 {
		return nil, fault.At(path, 0, "weight_map names no tensor")
	}
	names := slices.Compact(slices.Sorted(maps.Values(index.Shards)))
	if len(names) > maxShards {
		return nil, fault.At(path, 0, fmt.Sprintf("weight_map names %d files; supported: at most %d", len(names), maxShards))
	}
	s := &store{path: path, shards: map[string]*safetensors{}, shard: map[string]string{}}
	for _, name := range names {
		if name == "." || name == ".." || strings.ContainsAny(name, `/\`) || !strings.HasSuffix(name, ".safetensors") {
			s.close()
			return nil, fault.At(path, 0, fmt.Sprintf("weight_map names the file %.80q; it must be a .safetensors file in the same folder", name))
		}
		if err := s.add(filepath.Join(filepath.Dir(path), name), index.Shards); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(index.Shards)) {
		if _, ok := s.shard[name]; !ok {
			s.close()
			shard := filepath.Join(filepath.Dir(path), index.Shards[name])
			return nil, fault.At(shard, 0, fmt.Sprintf("tensor %.80q is missing, which %s expects here", name, indexFile))
		}
	}
	return s, nil
}

// names returns the names of the tensors.
func (s *store) names() []string { return slices.Sorted(maps.Keys(s.shard)) }

// shape returns the shape of a tensor, nil if there is no such tensor.
func (s *store) shape(name string) []int {
	if path, ok := s.shard[name]; ok {
		return s.shards[path].tensors[name].Shape
	}
	return nil
}

// read returns a tensor's values, converted to float32.
func (s *store) read(name string) ([]float32, error) { return s.shards[s.shard[name]].read(name) }

func (s *store) close() {
	for _, file := range s.shards {
		file.file.Close()
	}
}

// missingWeights returns the error of a folder without safetensors. It names the weights of other kinds that the folder has.
func missingWeights(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return Missing(input.Unreadable(folder, err))
	}
	for _, other := range []struct {
		is   func(name string) bool
		what string
	}{
		{func(name string) bool { return name == "pytorch_model.bin" }, "PyTorch's format is not read; convert it: " +
			conversion(filepath.Join(folder, "pytorch_model.bin"), filepath.Join(folder, weightsFile))},
		{func(name string) bool { return name == "pytorch_model.bin.index.json" },
			"PyTorch's format is not read; load the model with transformers and call save_pretrained"},
		{func(name string) bool { return strings.HasPrefix(name, "adapter_model.") },
			"these are the weights of an adapter; merge them into their model with peft's merge_and_unload"},
		{func(name string) bool { return slices.Contains(otherWeights, filepath.Ext(name)) },
			"this format of weights is not read; load the model with transformers and call save_pretrained"},
		{func(name string) bool {
			return strings.HasSuffix(name, ".safetensors") && !strings.HasPrefix(name, "optimizer")
		},
			"neither " + weightsFile + " nor named by an index; if it is the whole model, rename it to " + weightsFile},
	} {
		i := slices.IndexFunc(entries, func(e fs.DirEntry) bool { return other.is(e.Name()) })
		if i >= 0 {
			return fault.At(filepath.Join(folder, entries[i].Name()), 0, other.what)
		}
	}
	return spec.Missing(filepath.Join(folder, weightsFile), nil)
}

// otherWeights are the endings of weights of other programs.
var otherWeights = []string{".h5", ".msgpack", ".onnx", ".gguf", ".ckpt", ".index", ".pt", ".pth"}

// conversion returns the command that writes the tensors of a pytorch_model.bin to a safetensors file.
func conversion(from, to string) string {
	program := "import torch; from safetensors.torch import save_file; " +
		"w = torch.load(%s, map_location='cpu', weights_only=True); " +
		"save_file({k: v.clone().contiguous() for k, v in w.items()}, %s, {'format': 'pt'})"
	python := func(path string) string {
		text, _ := json.Marshal(path) // a path is always JSON, whose texts are Python's
		return string(text)
	}
	return "python3 -c " + shellQuoted(fmt.Sprintf(strings.ReplaceAll(program, "'", `"`), python(from), python(to)))
}

// shellQuoted returns a text as one word of a shell's command.
func shellQuoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// Missing adds to an error about a file that does not exist what a model is.
func Missing(err error) error {
	var bad *fault.Bad
	if !errors.Is(err, fs.ErrNotExist) || !errors.As(err, &bad) || len(bad.Problems) != 1 {
		return err
	}
	return spec.Missing(bad.Problems[0].File, err)
}
