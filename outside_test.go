package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ftft/train/job/slurmtest"
)

// makeModel writes a BERT with random weights and its vocabulary, which is that of testdata/tiny.
const makeModel = `import json, sys
from pathlib import Path
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast, set_seed

folder, data = Path(sys.argv[1]), Path(sys.argv[2])
words = {word for line in data.open() for word in json.loads(line)["text"].lower().split()}
names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted(words)]
tokenizer = Tokenizer(models.WordPiece({name: i for i, name in enumerate(names)}, unk_token="[UNK]"))
tokenizer.normalizer = normalizers.BertNormalizer()
tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
    mask_token="[MASK]", model_max_length=64).save_pretrained(folder)
set_seed(1)
BertForSequenceClassification(BertConfig(vocab_size=len(names), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
    intermediate_size=64, max_position_embeddings=64)).save_pretrained(folder)
`

// outsideExperiment is a folder with the program, a config whose main model another engine trains, the trainer and the model.
type outsideExperiment struct {
	t       *testing.T
	folder  string
	program string
}

// newOutsideExperiment writes the experiment of testdata/tiny with an engine for its main model and the arms ftft and erm. The test is
// skipped without PyTorch.
func newOutsideExperiment(t *testing.T, engine string) outsideExperiment {
	t.Helper()
	python := os.Getenv("FTFT_TRAINER_PYTHON")
	if python == "" {
		t.Skip("FTFT_TRAINER_PYTHON is not set: a Python with torch and transformers; .ci/run outside sets it")
	}
	e := outsideExperiment{t: t, folder: t.TempDir(), program: filepath.Join(built(t), "ftft")}
	if err := os.CopyFS(e.folder, os.DirFS("testdata/tiny")); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(python, "-c", makeModel, "model", "train.jsonl")
	command.Dir = e.folder
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("make a model: %v\n%s", err, out)
	}
	e.run("export", "trainer", "--out", "trainer")
	config, err := os.ReadFile(filepath.Join(e.folder, "tiny.toml"))
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(config), "[main]\n")
	_, after, _ := strings.Cut(rest, "\n[train]")
	text := before + fmt.Sprintf("[main]\nmodel = \"model\"\n\n"+
		"[main.engine]\nscript = \"trainer/train_hf.py\"\npython = %q\n%s\n[train]", python, engine) +
		strings.ReplaceAll(after, `["ftft", "random", "erm", "erm_es", "dm"]`, `["ftft", "erm"]`)
	if err := os.WriteFile(filepath.Join(e.folder, "tiny.toml"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return e
}

// run runs the program and returns its standard output.
func (e outsideExperiment) run(args ...string) string {
	e.t.Helper()
	command := exec.Command(e.program, args...)
	command.Dir = e.folder
	var problems strings.Builder
	command.Stderr = &problems
	out, err := command.Output()
	if err != nil {
		e.t.Errorf("ftft %s: %v\n%s%s", strings.Join(args, " "), err, out, problems.String())
		outputs, _ := filepath.Glob(filepath.Join(e.folder, "runs/*/job/output.log"))
		for _, path := range outputs {
			text, _ := os.ReadFile(path)
			e.t.Logf("%s:\n%s", path, text)
		}
		e.t.FailNow()
	}
	return string(out)
}

// check carries the experiment out and checks the files of its runs, their maps and the report.
func (e outsideExperiment) check() {
	e.t.Helper()
	e.run("run", "tiny.toml", "--plain")
	for _, id := range []string{"tiny-ftft", "tiny-erm"} {
		e.run("fsck", id)
	}
	var report struct {
		Arms []struct {
			Arm, State      string
			Steps, Examples int
			Scores          map[string]struct{ Accuracy float64 }
		}
	}
	if err := json.Unmarshal([]byte(e.run("report", "tiny", "--json")), &report); err != nil {
		e.t.Fatal(err)
	}
	if len(report.Arms) != 3 {
		e.t.Fatalf("%d arms in %+v", len(report.Arms), report)
	}
	for i, want := range []struct {
		arm      string
		examples int
	}{{"reference", 48}, {"ftft", 15}, {"erm", 48}} {
		arm := report.Arms[i]
		whole := arm.Steps == 12 || arm.Arm == "ftft" && arm.Steps >= 3 // it may stop early
		if arm.Arm != want.arm || arm.State != "complete" || !whole || arm.Examples != want.examples || len(arm.Scores) != 3 {
			e.t.Errorf("%+v, want %+v, complete with 12 steps and 3 sets", arm, want)
		}
	}
	var data struct{ Examples, Epochs int }
	if err := json.Unmarshal([]byte(e.run("map", "tiny-erm", "--json")), &data); err != nil || data.Examples != 48 || data.Epochs != 2 {
		e.t.Errorf("the map of erm has %+v, want 48 examples and 2 epochs; %v", data, err)
	}
}

func TestOutsideTorchrunTrainsAnExperiment(t *testing.T) {
	newOutsideExperiment(t, "kind = \"torchrun\"\nprocesses = 2\n").check()
}

func TestOutsideSlurmTrainsAnExperiment(t *testing.T) {
	e := newOutsideExperiment(t, "kind = \"slurm\"\nprocesses = 2\nslots = 2\n")
	slurmtest.Start(t, 1)
	e.check()
}

func TestOutsideSlurmTrainsAnExperimentOnTwoNodes(t *testing.T) {
	e := newOutsideExperiment(t, "kind = \"slurm\"\nprocesses = 1\nnodes = 2\nslots = 2\n")
	slurmtest.Start(t, 2)
	e.check()
}
