package nn

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ftft/internal/fault"
)

// layout copies a model of testdata/layouts, with its config.json, and returns the folder.
func layout(t testing.TB, name string) string {
	t.Helper()
	folder := t.TempDir()
	files, err := filepath.Glob(filepath.Join("testdata/layouts", name, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range append(files, "testdata/layouts/config.json") {
		text, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, filepath.Base(path)), text, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// layouts are those of the same model, by the first of each list: half precision rounds the weights.
var layouts = [][]string{
	{"safetensors", "safetensors-sharded", "bin", "bin-sharded", "bin-legacy", "no-prefix", "gamma", "module", "double", "parameters",
		"nested", "transposed", "tied"},
	{"half-safetensors", "half-bin"},
	{"bfloat16-safetensors", "bfloat16-bin"},
}

func TestEveryLayoutOfAModelGivesTheSameLogits(t *testing.T) {
	text, err := os.ReadFile("testdata/layouts/logits.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		IDs    [][]int32
		Logits [][]float64
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	b := &Batch{Starts: []int32{0}}
	for _, ids := range golden.IDs {
		b.IDs = append(b.IDs, ids...)
		b.Starts = append(b.Starts, int32(len(b.IDs)))
	}
	b.Types, b.Gold = make([]int32, len(b.IDs)), make([]int32, len(golden.IDs))
	for i, names := range layouts {
		var first []float32
		var weights Weights
		for _, name := range names {
			s, w, report, err := Load(layout(t, name), nil, 1)
			if err != nil || len(report.Initialised) > 0 {
				t.Errorf("%s: %v, %v", name, report.Initialised, err)
				continue
			}
			got, err := newNet[float32](t, s, w, 1).Predict(b)
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first, weights = slices.Clone(got), w
			}
			if !reflect.DeepEqual(w, weights) || !slices.Equal(got, first) {
				t.Errorf("%s: logits %v, those of %s are %v", name, got, names[0], first)
			}
			tolerance := []float64{1e-5, 1e-2, 5e-2}[i] // for the rounding of the weights
			for j, v := range got {
				if want := golden.Logits[j/3][j%3]; math.Abs(float64(v)-want) > tolerance*(1+math.Abs(want)) {
					t.Errorf("%s: logit %d is %g, transformers has %g", name, j, v, want)
				}
			}
			if ignored := report.Ignored; (name == "tied") != (len(ignored) > 0) || len(ignored) > 0 &&
				!slices.Contains(ignored, "bert.embeddings.position_ids") {
				t.Errorf("%s: ignored %q", name, ignored)
			}
		}
	}
}

// files returns the names of the files that Load reads from a folder.
func files(t *testing.T, folder string) (names []string) {
	t.Helper()
	paths, err := Files(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		names = append(names, filepath.Base(path))
	}
	return names
}

func TestSafetensorsAreReadBeforeOtherFiles(t *testing.T) {
	folder := layout(t, "bin-sharded")
	if got := files(t, folder); !slices.Equal(got, []string{"config.json", "pytorch_model.bin.index.json",
		"pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"}) {
		t.Errorf("files %q", got)
	}
	for _, name := range []string{torchFile, weightsFile} {
		text, err := os.ReadFile(filepath.Join("testdata/layouts", strings.TrimPrefix(filepath.Ext(name), "."), name))
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, name), text, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range []string{"training_args.bin", "optimizer.pt"} { // as Trainer writes beside the weights
			os.WriteFile(filepath.Join(folder, other), []byte("x"), 0o644)
		}
		if got := files(t, folder); !slices.Equal(got, []string{"config.json", name}) {
			t.Errorf("files %q", got)
		}
		if _, _, _, err := Load(folder, nil, 1); err != nil {
			t.Error(err)
		}
	}
}

// Each layout is broken in turn, and one line names the problem.
func TestBrokenLayoutsAreNamed(t *testing.T) {
	const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4321\n"
	remove := func(name string) func(string) error {
		return func(folder string) error { return os.Remove(filepath.Join(folder, name)) }
	}
	write := func(name, text string) func(string) error {
		return func(folder string) error { return os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644) }
	}
	cut := func(name string, bytes int64) func(string) error {
		return func(folder string) error {
			path := filepath.Join(folder, name)
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			return os.Truncate(path, info.Size()-bytes)
		}
	}
	replace := func(name, old, new string) func(string) error {
		return func(folder string) error {
			path := filepath.Join(folder, name)
			text, err := os.ReadFile(path)
			if err == nil && !strings.Contains(string(text), old) {
				err = errors.New(name + " lacks " + old)
			}
			return errors.Join(err, os.WriteFile(path, []byte(strings.ReplaceAll(string(text), old, new)), 0o644))
		}
	}
	rename := func(from, to string) func(string) error {
		return func(folder string) error { return os.Rename(filepath.Join(folder, from), filepath.Join(folder, to)) }
	}
	link := func(name string) func(string) error {
		return func(folder string) error {
			return errors.Join(remove(name)(folder), os.Symlink("../../blobs/none", filepath.Join(folder, name)))
		}
	}
	const shard = "pytorch_model-00002-of-00002.bin"
	for _, c := range []struct {
		layout string
		damage func(folder string) error
		want   string
	}{
		{"bin", cut(torchFile, 30), torchFile + ": the zip is truncated or damaged"},
		{"bin", write(torchFile, pointer), torchFile + ": a Git LFS pointer, not the file: run git lfs pull, or download the file (4321 bytes)"},
		{"bin", write(torchFile, ""), torchFile + ": the file is empty"},
		{"bin", write("config.json", pointer), "config.json: a Git LFS pointer"},
		{"bin", remove("config.json"), "config.json: no such file"},
		{"bin", link(torchFile), torchFile + ": a link to ../../blobs/none, which does not exist"},
		{"bin", rename(torchFile, weightsFile), weightsFile + ": a file of torch.save, not of safetensors: name the whole model " + torchFile},
		{"safetensors", rename(weightsFile, torchFile),
			torchFile + ": a file of safetensors, not of torch.save: name the whole model " + weightsFile},
		{"bin-legacy", cut(torchFile, 1), torchFile + ": cut short: the storage"},
		{"bin-legacy", cut(torchFile, 6000), torchFile + ": "},
		{"bin-legacy", replace(torchFile, "classifier.bias", "classifier.bits"), "classifier.bits (3) has no place in the model"},
		{"bin-legacy", replace(torchFile, "bert.pooler.dense.bias", "bert.encoder.layer.0.x"),
			"bert.encoder.layer.0.x (8) has no place in the model"},
		{"bin-legacy", replace(torchFile, "bert.embeddings.LayerNorm.bias", "cls.predictions.transform.dens"),
			"bert.embeddings.LayerNorm.bias (8) is missing"},
		{"bin-legacy", replace(torchFile, "bert.pooler.dense.weight", "cls.predictions.transfor"),
			"bert.pooler.dense.weight (8 x 8) is missing"},
		{"bin-legacy", replace(torchFile, "bert.embeddings.word_embeddings", "bert.embeddings.worm_embeddings"),
			"the weights have no bert.embeddings.word_embeddings.weight, and config.json has the model_type bert; there are"},
		{"bin-legacy", replace(torchFile, "FloatStorage", "HourStorage\x00"), `it asks for "torch.HourStorage`},
		{"bin-sharded", remove(shard), shard + ": no such file or directory; pytorch_model.bin.index.json names it: copy or download it"},
		{"bin-sharded", cut(shard, 100), shard + ": the zip is truncated or damaged"},
		{"bin-sharded", write(shard, pointer), shard + ": a Git LFS pointer"},
		{"bin-sharded", write(torchIndexFile, pointer), torchIndexFile + ": a Git LFS pointer"},
		{"bin-sharded", replace(torchIndexFile, `"classifier.bias": "`+shard, `"classifier.bias": "pytorch_model-00001-of-00002.bin`),
			"for it: the folder holds files of two models"},
		{"bin-sharded", replace(torchIndexFile, ".bin", ".safetensors"), "it must be a .bin file in the same folder"},
		{"safetensors-sharded", cut("model-00002-of-00002.safetensors", 1), "model-00002-of-00002.safetensors: cut short"},
		{"safetensors-sharded", write(indexFile, pointer), indexFile + ": a Git LFS pointer"},
		{"safetensors", link(weightsFile), weightsFile + ": a link to ../../blobs/none, which does not exist"},
		{"nested", replace(torchFile, "\x05\x00\x00\x00model", "\x05\x00\x00\x00other"),
			`it holds no state_dict; its keys are "epoch", "loss", ` +
				`"losses", "best" and "other": save model.state_dict() alone`},
		{"module", replace(torchFile, "module.classifier.bias", "modula.classifier.bias"),
			`the name of tensor "modula.classifier.bias" does not begin with module., and that of "module.`},
		{"tied", replace(torchFile, "bert.embeddings.position_ids", "bert.pooler.dense.integers22"),
			"bert.pooler.dense.integers22 (1 x 16) has no place in the model"},
	} {
		folder := layout(t, c.layout)
		if err := c.damage(folder); err != nil {
			t.Fatal(c.want, err)
		}
		_, _, _, err := Load(folder, nil, 1)
		bad := (*fault.Bad)(nil)
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.layout, err, c.want)
		}
	}
}

// Integers are read for no parameter.
func TestIntegersAreNoWeights(t *testing.T) {
	folder := layout(t, "bin-legacy")
	path := filepath.Join(folder, torchFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.ReplaceAll(string(text), "ctorch\nFloatStorage\n", "ctorch\nIntStorage\n")
	os.WriteFile(path, []byte(changed), 0o644)
	if _, _, err := Inspect(folder, nil); err == nil || !strings.Contains(err.Error(), ": type int32 is not supported") {
		t.Errorf("without reading values: %v", err)
	}
	if _, _, _, err := Load(folder, nil, 1); err == nil ||
		!strings.Contains(err.Error(), "type int32 is not supported; supported: float64, float32, float16, bfloat16") {
		t.Errorf("got %v", err)
	}
}
