package configs

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"ftft/train/rundir"
)

// small is a valid config to which tests add keys and from which they remove some.
const small = `name = "small"
labels = ["yes", "no"]
[data]
train = { path = "train.csv", text = "text", label = "label" }
[[data.eval]]
name = "other"
kind = "ood"
use = "validation"
path = "other.csv"
text = "text"
label = "label"
part = ["first", 0.5]
[reference]
model = "models/small"
[main]
layers = 2
hidden = 8
heads = 2
intermediate = 16
vocabulary = 100
`

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t *testing.T, text string, sets ...string) Config {
	t.Helper()
	config, err := Load(write(t, text), sets...)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func TestPresetsRoundTripThroughTOML(t *testing.T) {
	cases := map[string]string{"small": write(t, small+"[train]\nmax_steps = 7\ndropout = 0.2\n[reference.train]\nepochs = 3\n")}
	for _, preset := range Presets() {
		if preset.Summary == "" {
			t.Errorf("%s has no summary", preset.Name)
		}
		cases[preset.Name] = preset.Name
	}
	for name, source := range cases {
		first, err := Load(source)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !filepath.IsAbs(first.Data.Root) || first.Name != name {
			t.Errorf("%s: root %q, name %q", name, first.Data.Root, first.Name)
		}
		second := load(t, string(first.TOML()))
		if !reflect.DeepEqual(first, second) {
			t.Errorf("%s: printed and loaded again:\n%s\nbecame\n%s", name, first.TOML(), second.TOML())
		}
	}
}

func TestModelsOverrideTheCommonTraining(t *testing.T) {
	c := load(t, small+"[train]\nmax_steps = 50\nlearning_rate = 1\n[reference.train]\nepochs = 2\n[main.train]\ndropout = 0\n")
	if c.Reference.Train.LearningRate != 1 || c.FullSteps(c.Reference.Train, 65) != 2*3 {
		t.Errorf("reference: %+v", c.Reference.Train)
	}
	if c.FullSteps(c.Main.Train, 65) != 50 || c.Main.Train.Dropout == nil || c.Reference.Train.Dropout != nil {
		t.Errorf("main: %+v", c.Main.Train)
	}
}

func TestSetOverridesKeys(t *testing.T) {
	c := load(t, small, "train.epochs=2", "data.eval.other.path=elsewhere.tsv", "name=12", `data.train.label_map={0="yes", 1="drop"}`,
		"data.train.label_map.2=no", "seeds=[4, 5]", "data.root=here", "train.dropout=0.3", "main.train.batch_size=8")
	here, _ := filepath.Abs("here")
	if c.Train.Epochs != 2 || c.Main.Train.Epochs != 2 || c.Data.Eval[0].Path != "elsewhere.tsv" || c.Name != "12" || c.Seeds[1] != 5 ||
		c.Data.Root != here || *c.Reference.Train.Dropout != 0.3 || c.Main.Train.BatchSize != 8 || c.Train.BatchSize != 32 {
		t.Errorf("%s", c.TOML())
	}
	if want := map[string]string{"0": "yes", "1": "drop", "2": "no"}; !reflect.DeepEqual(c.Data.Train.LabelMap, want) {
		t.Errorf("label map %v", c.Data.Train.LabelMap)
	}
}

func TestRootStartsAtTheFolderOfTheConfig(t *testing.T) {
	path := write(t, strings.Replace(small, "[data]", "[data]\nroot = \"files\"", 1))
	c, err := Load(path)
	if err != nil || c.Data.Root != filepath.Join(filepath.Dir(path), "files") {
		t.Fatal(c.Data.Root, err)
	}
	for path, want := range map[string]string{"a/b": filepath.Join(c.Data.Root, "a/b"), "": "", "builtin:nli": "builtin:nli", "/x": "/x"} {
		if got := c.Resolve(path); got != want {
			t.Errorf("Resolve(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestIdentityIgnoresWhatChangesNoResult(t *testing.T) {
	same := load(t, small, "name=else", "engine.threads=3", "data.root=/tmp", "seeds=9", "seeds=[9]",
		"data.train.path=moved.csv", "reference.model=/far/small", "data.train.delimiter=;", "data.train.header=false",
		"data.eval.other.quoting=csv", "data.eval.other.format=csv", "data.eval.other.encoding=gb18030")
	if !bytes.Equal(load(t, small).Identity(), same.Identity()) {
		t.Errorf("identities differ:\n%s\n%s", load(t, small).Identity(), same.Identity())
	}
	for _, set := range []string{"train.epochs=5", "data.eval.other.label=gold", "reference.model=other", "selection.fraction=0.5"} {
		if bytes.Equal(load(t, small).Identity(), load(t, small, set).Identity()) {
			t.Errorf("%s does not change the identity", set)
		}
	}
}

// The hash is that of a version without keys that describe files: a run that was made by it is used again.
func TestKeysThatAreNotSetLeaveTheIdentityAsItWas(t *testing.T) {
	for preset, want := range map[string]string{
		"demo":            "ff8885d025c7efe17cc68af9aa03e0305cbb3a3e424db3387f57a34612552405",
		"davidson-minilm": "2c87106f90aace0045ad8e3cd25aae0e35540e543ad86c7e4d80877a4ef7670f",
		"snli-minilm":     "a899f82d40561210892bf16f1b8091ff923914b18b2da917a0aac62b4fc7117d",
	} {
		c, err := Load(preset)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(c.Identity())); got != want {
			t.Errorf("%s: %s, want %s", preset, got, want)
		}
	}
}

func TestKeysThatDescribeAFile(t *testing.T) {
	sets := []string{"data.train.delimiter=;", "data.train.header=false", "data.train.quoting=none", "data.train.format=tsv",
		`data.eval.other.delimiter="\t"`, "data.eval.other.header=true", "data.eval.other.encoding=Windows-1252"}
	c := load(t, small, sets...)
	train, other := c.Data.Train.Options(), c.Data.Eval[0].Options()
	if train.Delimiter != ";" || *train.Header || train.Quoting != "none" || train.Format != "tsv" ||
		other.Delimiter != "\t" || !*other.Header || other.Encoding != "Windows-1252" {
		t.Errorf("%s", c.TOML())
	}
	if again := load(t, string(c.TOML())); !reflect.DeepEqual(again, c) {
		t.Errorf("%s\nreads as\n%s", c.TOML(), again.TOML())
	}
	for set, want := range map[string]string{
		"data.train.delimiter=;;":     `data.train.delimiter: ";;" is not a delimiter`,
		"data.train.format=xlsx":      `data.train.format: "xlsx" is unknown; available: jsonl, json, csv`,
		"data.eval.other.quoting=all": `data.eval[0].quoting: "all" is unknown; available: csv, none`,
		"data.train.encoding=klingon": `data.train.encoding: "klingon" is unknown; encodings are utf-8`,
		"data.train.header=no":        `data.train.header: must be true or false, not the string "no"`,
		"data.train.label_path=y.txt": `data.train.label_path: labels come from a column or from a file`,
	} {
		if got := strings.Join(problems(t, small, set), "\n"); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", set, got, want)
		}
	}
}

// problems returns the problems that Load reports, without the folder of the file.
func problems(t *testing.T, text string, sets ...string) []string {
	t.Helper()
	path := write(t, text)
	_, err := Load(path, sets...)
	var invalid *Invalid
	if !errors.As(err, &invalid) {
		t.Fatalf("want *Invalid, got %v", err)
	}
	return strings.Split(strings.ReplaceAll(invalid.Error(), path, "c.toml"), "\n")
}

func TestAllProblemsAreReportedWithTheirLines(t *testing.T) {
	text := strings.NewReplacer(
		`name = "small"`, `nam = "small"`,
		`kind = "ood"`, `kind = "odd"`,
		`part = ["first", 0.5]`, `part = ["first", 1.5]`,
		`heads = 2`, `heads = 3`,
	).Replace(small) + `[train]
epoch = 3
batch_size = "32"
learning_rate = -1
[stop]
patience = 0
[arms]
run = [
  "ftft", # a comment ] with brackets
  "erm_es",
  "emr" ]
[datas]
`
	got := problems(t, text, "train.warmup=2", "train.clip", "data.eval.othr.path=x")
	want := []string{
		"--set train.clip: must be table.key=value",
		`--set data.eval.othr.path=x: data.eval has no table named "othr"; available: other`,
		"--set: train.warmup: must be a share",
		"c.toml:1: nam: unknown key; did you mean \"name\"? the keys are name, seeds",
		"c.toml:7: data.eval[0].kind: \"odd\" is unknown; did you mean \"ood\"?",
		"c.toml:12: data.eval[0].part[1]: must lie between 0 and 1, not 1.5",
		"c.toml:17: main.hidden: 8 is not a multiple of heads = 3",
		"c.toml:22: train.epoch: unknown key; did you mean \"epochs\"? the keys of train are epochs, max_steps",
		"c.toml:23: train.batch_size: must be an integer, not the string \"32\"",
		"c.toml:24: train.learning_rate: must lie above 0",
		"c.toml:30: arms.run[1]: erm_es is derived from the erm run",
		"c.toml:31: arms.run[2]: \"emr\" is unknown; did you mean \"erm\"?",
		"c.toml:32: datas: unknown key; did you mean \"data\"?",
		"c.toml: name: missing",
	}
	for _, line := range want {
		if !strings.Contains(strings.Join(got, "\n"), line) {
			t.Errorf("no problem starts %q", line)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d problems, want %d", len(got), len(want))
	}
	if t.Failed() {
		t.Log("\n" + strings.Join(got, "\n"))
	}
}

// A syntax error has the line on which it occurs, even if that line ends too early.
func TestSyntaxErrorsHaveTheirLine(t *testing.T) {
	for text, line := range map[string]int{
		"[train\nmax_steps = 1\n":               1,
		"name = \"x\"\n[train\nmax_steps = 1\n": 2,
		"name =\n":                              1,
		"name = \"x\n":                          1,
		"seeds = [1,\n2\nname = \"x\"\n":        3,
		"name = \"x\"\nname = \"y\"\n":          2,
	} {
		_, err := Parse("a.toml", text, "")
		var invalid *Invalid
		if !errors.As(err, &invalid) || len(invalid.Problems) != 1 || invalid.Problems[0].Line != line {
			t.Errorf("%q: %v, want an error in line %d", text, err, line)
		}
	}
}

func TestProblemsOneByOne(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{`[main]`, `[main`, "c.toml:15: "},
		{`use = "validation"`, ``, "c.toml: stop.patience"},
		{`kind = "ood"`, ``, "data.eval[0].kind: missing"},
		{`name = "other"`, `name = "a/b"`, "cannot name a file"},
		{`label = "label" }`, `label = "label", label_map = { a = "maybe" } }`,
			`c.toml:4: data.train.label_map.a: "maybe" is not among the labels: yes, no`},
		{`model = "models/small"`, `model = "hub:a/b/c"`,
			`c.toml:14: reference.model: "hub:a/b/c" is no name of a model of the hub; give hub:ORG/NAME`},
		{`layers = 2`, `model = "x"`, "c.toml:16: main.model: a pre-trained model has its own sizes"},
		{`"first"`, `"last"`, `data.eval[0].part[0]: "last" is unknown`},
		{`[reference]`, "[data.split]\nvalidation = 0.5\ntest = 0.5\n[reference]", "c.toml:13: data.split: validation and test leave nothing"},
		{`"train.csv"`, `"builtin:nlo"`, `did you mean "builtin:nli"`},
	} {
		got := problems(t, strings.Replace(small, c.from, c.to, 1))
		if len(got) != 1 || !strings.Contains(got[0], c.want) {
			t.Errorf("%s -> %s: %q, want %q", c.from, c.to, got, c.want)
		}
	}
	if _, err := Load("dem"); err == nil || !strings.Contains(err.Error(), `did you mean "demo"`) {
		t.Errorf("an unknown preset: %v", err)
	}
}

// Whatever a config asks for, products of its sizes must not overflow, and nothing may be allocated by them.
func TestSizesHaveLimits(t *testing.T) {
	for set, want := range map[string]string{
		"train.batch_size=9000000000000000000":             "train.batch_size: must be from 1 to 1048576, not 9000000000000000000",
		"train.evaluations=2000000000":                     "train.evaluations: must be from 1 to 1000000",
		"train.max_steps=9000000000000000000":              "train.max_steps: must be from 0 (by epochs) to 1000000000",
		"train.epochs=2000000000":                          "train.epochs: must be at most 1000000",
		"train.max_length=2000000000":                      "train.max_length: must be from 4 to 1048576 tokens",
		"main.hidden=1048576":                              "main.hidden: must be from 1 to 131072 for a model from scratch, not 1048576",
		"main.layers=2000000000":                           "main.layers: must be from 1 to 4096",
		"main.vocabulary=9000000000000000000":              "main.vocabulary: must be from 1 to 16777216",
		"main.intermediate=-1":                             "main.intermediate: must be from 1 to 131072",
		"engine.threads=2000000000":                        "engine.threads: must be from 0 (all cores) to 4096",
		"engine.slots=2000000000":                          "engine.slots: must be from 1 to 4096",
		"engine.checkpoint_minutes=1e300":                  "engine.checkpoint_minutes: must be above 0 and at most 525600",
		"main={layers=1,hidden=1048576,heads=3}":           "main.hidden: must be from 1 to",
		"main.train={batch_size=2000000000,evaluations=1}": "main.train.batch_size: must be from 1 to 1048576",
	} {
		if _, err := Parse("c.toml", small, "", set); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", set, err, want)
		}
	}
}

func TestLocateAddsTheLinesOfLaterChecks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.toml")
	if err := os.WriteFile(path, []byte(small), 0o644); err != nil {
		t.Fatal(err)
	}
	found := func() error { return &Invalid{[]Problem{{Key: "main.layers", Message: "too many"}}} }
	if got := Locate(found(), path).Error(); got != path+":16: main.layers: too many" {
		t.Error(got)
	}
	if got := Locate(found(), path, "main.layers=3").Error(); got != "--set: main.layers: too many" {
		t.Error(got)
	}
	if err := Locate(os.ErrNotExist, path); err != os.ErrNotExist {
		t.Error(err)
	}
}

// The plan of an experiment is a config, whichever runs the experiment owns.
func TestAPlanIsAConfig(t *testing.T) {
	demo, err := Load("demo", "seeds=[1,2]")
	if err != nil {
		t.Fatal(err)
	}
	dir := rundir.StudyDir(t.TempDir())
	if err := dir.WriteStudy(rundir.Study{Name: "demo", Config: string(demo.TOML())}); err != nil {
		t.Fatal(err)
	}
	if got, err := Load(dir.Study()); err != nil || !reflect.DeepEqual(got, demo) {
		t.Errorf("%v\n%+v\nwant\n%+v", err, got, demo)
	}
	if got, err := Load(dir.Study(), "stop.patience=7"); err != nil || got.Stop.Patience != 7 || len(got.Seeds) != 2 {
		t.Errorf("%v, %+v", err, got)
	}
	if err := os.WriteFile(dir.Study(), []byte(`{"format": 1, "config": `), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir.Study()); err == nil || !errors.As(err, new(*Invalid)) || !strings.Contains(err.Error(), dir.Study()) {
		t.Errorf("a torn plan: %v", err)
	}
}

// A model's own settings leave those of [train] and of the other model alone.
func TestOwnTrainingSettingsAreNotShared(t *testing.T) {
	c := load(t, small, "train.dropout=0.1", "main.train.dropout=0.3", "train.micro_batch=4", "main.train.micro_batch=0",
		"train.freeze_embeddings=true", "reference.train.freeze_embeddings=false")
	if *c.Train.Dropout != 0.1 || *c.Reference.Train.Dropout != 0.1 || *c.Main.Train.Dropout != 0.3 {
		t.Errorf("dropout %g, %g, %g", *c.Train.Dropout, *c.Reference.Train.Dropout, *c.Main.Train.Dropout)
	}
	if c.Reference.Train.AtATime() != 4 || c.Main.Train.AtATime() != c.Main.Train.BatchSize {
		t.Errorf("%d and %d examples at a time", c.Reference.Train.AtATime(), c.Main.Train.AtATime())
	}
	if c.Reference.Train.Frozen() || !c.Main.Train.Frozen() {
		t.Errorf("frozen %v and %v", c.Reference.Train.Frozen(), c.Main.Train.Frozen())
	}
	if again := load(t, string(c.TOML())); !reflect.DeepEqual(again, c) {
		t.Errorf("%s\nreads as\n%s", c.TOML(), again.TOML())
	}
}

func TestMicroBatchIsNotPartOfTheIdentity(t *testing.T) {
	plain := load(t, small).Identity()
	for set, same := range map[string]bool{
		"train.micro_batch=4": true, "main.train.micro_batch=0": true, "train.freeze_embeddings=false": true,
		"train.freeze_embeddings=true": false, "main.train.freeze_embeddings=true": false,
	} {
		if got := bytes.Equal(plain, load(t, small, set).Identity()); got != same {
			t.Errorf("%s: the same identity: %v, want %v", set, got, same)
		}
	}
	if got := strings.Join(problems(t, small, "train.micro_batch=-1"), "\n"); !strings.Contains(got, "train.micro_batch: must be from 0") {
		t.Error(got)
	}
	for _, set := range []string{"main.train.micro_batch=2", "train.freeze_embeddings=true"} {
		got := strings.Join(problems(t, outsideMain, set), "\n")
		if !strings.Contains(got, ": a trainer outside ftft has no such setting") {
			t.Errorf("%s: %s", set, got)
		}
	}
}
