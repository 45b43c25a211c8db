package nn

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ftft/internal/fault"
	"ftft/internal/hub"
	"ftft/internal/input"
	"ftft/internal/pytorch"
	"ftft/train/nn/spec"
)

// The files that a model folder may have its weights in. An index names the shard of each tensor.
const (
	weightsFile    = "model.safetensors"
	indexFile      = "model.safetensors.index.json"
	torchFile      = "pytorch_model.bin"
	torchIndexFile = "pytorch_model.bin.index.json"
)

// weightsFiles are the files that a model folder may have, the first of which is read.
var weightsFiles = []string{weightsFile, indexFile, torchFile, torchIndexFile}

// A file is an open file of tensors. It holds their values only while it reads them.
type file interface {
	names() []string
	shape(name string) []int
	wrongType(name string) string // the problem with the type of a tensor's values, "" if they can be weights
	read(name string) ([]float32, error)
	bad(format string, args ...any) error
	close() error
}

// openFile opens a file of tensors, whose format its name tells.
func openFile(path string) (f file, err error) {
	if strings.HasSuffix(path, ".bin") {
		f, err = openStateDict(path)
	} else {
		f, err = openSafetensors(path)
	}
	if err != nil {
		return nil, explained(path, err)
	}
	return f, nil
}

// explained returns the error of opening a file of weights with what to do about it, where that is known: a file of the hub's cache that
// does not exist, a link to nothing, one format under the name of the other.
func explained(path string, err error) error {
	target, notLink := os.Readlink(path)
	missing, advice := errors.Is(err, fs.ErrNotExist), hub.Advice(path)
	switch {
	case missing && advice != "":
	case missing && notLink == nil:
		advice = fmt.Sprintf("a link to %s, which does not exist", target)
	case missing:
		return err
	case strings.HasSuffix(path, ".safetensors") && pytorch.Is(path):
		advice = "a file of torch.save, not of safetensors: name the whole model " + torchFile
	case strings.HasSuffix(path, ".bin") && isSafetensors(path):
		advice = "a file of safetensors, not of torch.save: name the whole model " + weightsFile
	default:
		return err
	}
	bad := fault.At(path, 0, advice)
	bad.Cause = err
	return bad
}

// checkFinite returns an error if a value is NaN or infinite.
func checkFinite(f file, name string, values []float32) error {
	if i := slices.IndexFunc(values, func(v float32) bool { return v-v != 0 }); i >= 0 {
		return f.bad("tensor %.80q: value %d is %g; the weights must be finite: train the model again, or take an earlier checkpoint",
			name, i, values[i])
	}
	return nil
}

// A store holds the tensors of a model folder: those of one file, or those of the shards that an index names.
type store struct {
	path   string // in messages: the file or the index
	prefix string // what all names in the files begin with, and the names of the store do not
	shards map[string]file
	shard  map[string]string // the shard of each tensor, by its name in the files
}

// wrapper is what DistributedDataParallel puts before the names of a model's tensors.
const wrapper = "module."

// openStore opens the weights of a model folder and checks the headers of its files.
func openStore(folder string) (*store, error) {
	for _, name := range weightsFiles {
		path := filepath.Join(folder, name)
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) { // a link to nothing is there
			continue
		}
		s := &store{path: path, shards: map[string]file{}, shard: map[string]string{}}
		var err error
		if strings.HasSuffix(name, ".json") {
			err = s.addShards()
		} else {
			err = s.add(path, nil)
		}
		if err == nil {
			err = s.unwrap()
		}
		if err != nil {
			s.close()
			return nil, err
		}
		return s, nil
	}
	return nil, missingWeights(folder)
}

// unwrap removes the wrapper from the names. If only some have it, that is an error.
func (s *store) unwrap() error {
	var with, without string
	for _, name := range slices.Sorted(maps.Keys(s.shard)) {
		if strings.HasPrefix(name, wrapper) {
			with = name
		} else {
			without = name
		}
	}
	if with != "" && without != "" {
		return fault.At(s.path, 0, fmt.Sprintf("the name of tensor %.80q does not begin with %s, and that of %.80q does: "+
			"save the state_dict of the model in DistributedDataParallel, which is model.module", without, wrapper, with))
	}
	if with != "" {
		s.prefix = wrapper
	}
	return nil
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
	file, err := openFile(path)
	if gone := (*fault.Bad)(nil); index != nil && hub.Advice(path) == "" && errors.Is(err, fs.ErrNotExist) && errors.As(err, &gone) {
		return fault.At(path, 0, fmt.Sprintf("%s; %s names it: copy or download it", fault.Message(gone), filepath.Base(s.path)))
	}
	if err != nil {
		return err
	}
	s.shards[path] = file
	for _, name := range file.names() {
		if index != nil && index[name] != filepath.Base(path) {
			of := filepath.Base(s.path)
			if other, ok := index[name]; ok {
				return file.bad("tensor %.80q is here, but %s names %q for it: the folder holds files of two models", name, of, other)
			}
			return file.bad("tensor %.80q is not in %s: the folder holds files of two models", name, of)
		}
		s.shard[name] = path
	}
	return nil
}

// maxShards is the largest number of files that the weights may be divided into.
const maxShards = 1000

// addShards opens the shards that the index names. Each is a file beside it, of the format that it is an index of.
func (s *store) addShards() error {
	text, err := input.Read(s.path)
	if err != nil {
		return explained(s.path, err)
	}
	var index struct {
		Shards map[string]string `json:"weight_map"`
	}
	if err := fault.DecodeJSON(s.path, []byte(text), &index); err != nil {
		return err
	}
	if len(index.Shards) == 0 {
		return fault.At(s.path, 0, "weight_map names no tensor")
	}
	names := slices.Compact(slices.Sorted(maps.Values(index.Shards)))
	if len(names) > maxShards {
		return fault.At(s.path, 0, fmt.Sprintf("weight_map names %d files; supported: at most %d", len(names), maxShards))
	}
	format := filepath.Ext(strings.TrimSuffix(s.path, ".index.json"))
	for _, name := range names {
		if name == "." || name == ".." || strings.ContainsAny(name, `/\`) || !strings.HasSuffix(name, format) {
			return fault.At(s.path, 0, fmt.Sprintf("weight_map names the file %.80q; it must be a %s file in the same folder", name, format))
		}
		if err := s.add(filepath.Join(filepath.Dir(s.path), name), index.Shards); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(index.Shards)) {
		if _, ok := s.shard[name]; !ok {
			shard := filepath.Join(filepath.Dir(s.path), index.Shards[name])
			return fault.At(shard, 0, fmt.Sprintf("tensor %.80q is missing, which %s expects here", name, filepath.Base(s.path)))
		}
	}
	return nil
}

// names returns the names of the tensors.
func (s *store) names() []string {
	names := slices.Sorted(maps.Keys(s.shard))
	for i, name := range names {
		names[i] = strings.TrimPrefix(name, s.prefix)
	}
	return names
}

// shape returns the shape of a tensor, nil if there is no such tensor.
func (s *store) shape(name string) []int {
	name = s.prefix + name
	if path, ok := s.shard[name]; ok {
		return s.shards[path].shape(name)
	}
	return nil
}

// wrongType returns the problem with the type of a tensor's values, "" if they can be weights.
func (s *store) wrongType(name string) string {
	name = s.prefix + name
	return s.shards[s.shard[name]].wrongType(name)
}

// read returns a tensor's values, converted to float32.
func (s *store) read(name string) ([]float32, error) {
	name = s.prefix + name
	return s.shards[s.shard[name]].read(name)
}

func (s *store) close() {
	for _, file := range s.shards {
		file.close()
	}
}

// missingWeights returns the error of a folder without weights. It names the weights of other kinds that the folder has.
func missingWeights(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return Missing(input.Unreadable(folder, err))
	}
	for _, other := range []struct {
		is   func(name string) bool
		what string
	}{
		{func(name string) bool { return strings.HasPrefix(name, "adapter_model.") },
			"these are the weights of an adapter; merge them into their model with peft's merge_and_unload"},
		{func(name string) bool { return slices.Contains(otherWeights, filepath.Ext(name)) },
			"this format of weights is not read; load the model with transformers and call save_pretrained"},
		{func(name string) bool {
			return strings.HasSuffix(name, ".safetensors") && !strings.HasPrefix(name, "optimizer")
		},
			"neither " + weightsFile + " nor named by an index; if it is the whole model, rename it to " + weightsFile},
		{mayBeTorch, "neither " + torchFile + " nor named by an index; if it is the whole model, rename it to " + torchFile},
	} {
		i := slices.IndexFunc(entries, func(e fs.DirEntry) bool { return other.is(e.Name()) })
		if i >= 0 {
			return fault.At(filepath.Join(folder, entries[i].Name()), 0, other.what)
		}
	}
	return spec.Missing(filepath.Join(folder, weightsFile), nil)
}

// otherWeights are the endings of weights of other programs.
var otherWeights = []string{".h5", ".msgpack", ".onnx", ".gguf", ".ckpt", ".index"}

// notWeights are the beginnings of files that training programs write with torch.save beside the weights.
var notWeights = []string{"training_args", "optimizer", "scheduler", "scaler", "rng_state"}

// mayBeTorch reports whether a file may hold the weights of a model by torch.save, under another name than the usual one.
func mayBeTorch(name string) bool {
	return slices.Contains([]string{".bin", ".pt", ".pth"}, filepath.Ext(name)) &&
		!slices.ContainsFunc(notWeights, func(beginning string) bool { return strings.HasPrefix(name, beginning) })
}

// Missing adds to an error about a file that does not exist what a model is.
func Missing(err error) error {
	var bad *fault.Bad
	if !errors.Is(err, fs.ErrNotExist) || !errors.As(err, &bad) || len(bad.Problems) != 1 {
		return err
	}
	return spec.Missing(bad.Problems[0].File, err)
}
