package configs

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"

	"ftft/datamap"
	"ftft/internal/fault"
	"ftft/internal/hub"
	"ftft/train/nn/spec"
	"ftft/train/rundir"
)

// Valid values of fields that choose by name.
var (
	Compats  = append([]string{""}, datamap.Compats...)
	Formulas = []string{"population", "sample"}
	Metrics  = []string{"accuracy", "macro_f1", "loss"}
	ArmNames = []string{string(rundir.FTFT), string(rundir.Random), string(rundir.ERM), string(rundir.EarlyERM), string(rundir.DM)}
	Engines  = []string{Native, Command, Torchrun, Accelerate, Slurm}
	Builtins = []string{"builtin:nli", "builtin:nli/id", "builtin:nli/ood-validation", "builtin:nli/ood-test"}
)

// maxSeeds is the most seeds of an experiment. Each gives as many runs as there are arms.
const maxSeeds = 1000

// safeName matches names that can name a file on every system and a column of a table.
var safeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// Validate returns everything that is wrong with a config in any experiment, by key. Load adds files and lines.
func (c Config) Validate() []Problem {
	var v validator
	v.names(c)
	v.data(c)
	v.train("train", c.Train)
	v.model("reference", c.Reference, c.EngineFor(rundir.Reference))
	v.model("main", c.Main, c.EngineFor(rundir.Main))
	v.method(c)
	v.engines(c)
	return v.problems
}

type validator struct {
	problems []Problem
}

func (v *validator) fail(key, format string, args ...any) {
	v.problems = append(v.problems, Problem{Key: key, Message: fmt.Sprintf(format, args...)})
}

// check reports a problem unless ok is true.
func (v *validator) check(ok bool, key, format string, args ...any) {
	if !ok {
		v.fail(key, format, args...)
	}
}

func (v *validator) oneOf(key, value string, names []string) {
	if slices.Contains(names, value) {
		return
	}
	hint := ""
	if near := fault.Nearest(value, names); near != "" {
		hint = fmt.Sprintf("did you mean %q? ", near)
	}
	v.fail(key, "%q is unknown; %savailable: %s", value, hint, strings.Join(names, ", "))
}

func (v *validator) names(c Config) {
	switch {
	case c.Name == "":
		v.fail("name", "missing: it names the experiment's folder")
	case !safeName.MatchString(c.Name):
		v.fail("name", "%q cannot name a folder; use letters, digits and . _ - (at most 64)", c.Name)
	}
	v.check(len(c.Seeds) > 0, "seeds", "must name at least one seed")
	v.check(len(c.Seeds) <= maxSeeds, "seeds", "must name at most %d seeds, not %d", maxSeeds, len(c.Seeds))
	again := repeated(c.Seeds)
	for i, seed := range c.Seeds {
		v.check(seed >= 0, element("seeds", i), "must not be negative, not %d", seed)
		v.check(!again[i], element("seeds", i), "%d occurs twice", seed)
	}
	v.check(len(c.Labels) >= 2, "labels", "must name at least two classes, in the order of their index")
	twice := repeated(c.Labels)
	for i, label := range c.Labels {
		key := element("labels", i)
		v.check(label != "" && label != Drop, key, "a class cannot be named %q", label)
		v.check(!twice[i], key, "%q occurs twice", label)
	}
}

// repeated returns for each element whether an earlier one equals it.
func repeated[T comparable](list []T) []bool {
	seen, again := make(map[T]bool, len(list)), make([]bool, len(list))
	for i, value := range list {
		again[i], seen[value] = seen[value], true
	}
	return again
}

func (v *validator) data(c Config) {
	d := c.Data
	labels := map[string]bool{Drop: true}
	for _, label := range c.Labels {
		labels[label] = true
	}
	v.source("data.train", d.Train, c.Labels, labels)
	v.check(d.MaxExamples >= 0, "data.max_examples", "must be 0 (all) or more, not %d", d.MaxExamples)
	for _, share := range []struct {
		name  string
		value float64
	}{{Validation, d.Split.Validation}, {Test, d.Split.Test}} {
		v.check(share.value >= 0 && share.value < 1, "data.split."+share.name, "must be from 0 to below 1, not %v", share.value)
	}
	v.check(d.Split.Validation+d.Split.Test < 1, "data.split", "validation and test leave nothing to train on")

	taken := map[string]string{"train": "the training set"}
	if d.Split.Validation > 0 {
		taken[Validation] = "data.split"
	}
	if d.Split.Test > 0 {
		taken[Test] = "data.split"
	}
	for i, eval := range d.Eval {
		key := element("data.eval", i)
		switch owner := taken[strings.ToLower(eval.Name)]; {
		case eval.Name == "":
			v.fail(key+".name", "missing: it names scores and files")
		case !safeName.MatchString(eval.Name):
			v.fail(key+".name", "%q cannot name a file; use letters, digits and . _ - (at most 64)", eval.Name)
		case owner != "":
			v.fail(key+".name", "%q already names %s; names must differ in more than case", eval.Name, owner)
		}
		taken[strings.ToLower(eval.Name)] = key
		if eval.Kind == "" {
			v.fail(key+".kind", "missing: %q (in-distribution) or %q (out-of-distribution)", ID, OOD)
		} else {
			v.oneOf(key+".kind", eval.Kind, []string{ID, OOD})
		}
		v.oneOf(key+".use", eval.Use, []string{Validation, Test})
		v.source(key, eval.Source, c.Labels, labels)
		if eval.Part != nil {
			v.oneOf(key+".part[0]", eval.Part.Side, []string{First, Rest})
			v.check(eval.Part.Fraction > 0 && eval.Part.Fraction < 1, key+".part[1]", "must lie between 0 and 1, not %v", eval.Part.Fraction)
		}
	}
}

// source checks a source. known holds what its label_map may map to: the labels and Drop.
func (v *validator) source(key string, s Source, labels []string, known map[string]bool) {
	switch {
	case s.Path == "":
		v.fail(key+".path", "missing: a .jsonl, .json, .csv, .tsv, .txt or .parquet file, or %s", strings.Join(Builtins, ", "))
	case strings.HasPrefix(s.Path, Builtin):
		v.oneOf(key+".path", s.Path, Builtins)
	}
	v.check(s.Text != "", key+".text", "missing: the column of the text")
	v.check(s.Label != "" || s.LabelPath != "", key+".label", "missing: the column of the label, or label_path, a file with a label a line")
	v.check(s.Label == "" || s.LabelPath == "", key+".label_path", "labels come from a column or from a file: remove label or label_path")
	o := s.Options()
	wrong := o.Check()
	for _, option := range slices.Sorted(maps.Keys(wrong)) {
		v.fail(key+"."+option, "%s", wrong[option])
	}
	described := o.Format+o.Delimiter+o.Quoting+o.Encoding+s.LabelPath != "" || o.Header != nil
	v.check(!described || !strings.HasPrefix(s.Path, Builtin), key+".path",
		"built-in data have no file to describe: remove format, delimiter, header, quoting, encoding and label_path")
	for _, label := range sortedKeys(anyMap(s.LabelMap)) {
		if to := s.LabelMap[label]; !known[to] {
			v.fail(join(key+".label_map", label), "%q is not among the labels: %s, or %q to exclude its rows",
				to, list(labels), Drop)
		}
	}
}

// list returns names as a list that a message can hold.
func list(names []string) string {
	const most = 30
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
	}
	return strings.Join(names, ", ")
}

func anyMap(from map[string]string) map[string]any {
	to := make(map[string]any, len(from))
	for key, value := range from {
		to[key] = value
	}
	return to
}

func (v *validator) model(key string, m Model, e Engine) {
	sizes := []struct {
		name         string
		value, limit int
	}{
		{"layers", m.Layers, spec.MaxLayers},
		{"hidden", m.Hidden, spec.MaxWidth},
		{"heads", m.Heads, spec.MaxWidth},
		{"intermediate", m.Intermediate, spec.MaxWidth},
		{"vocabulary", m.Vocabulary, spec.MaxRows},
	}
	given := 0
	for _, size := range sizes {
		if size.value != 0 {
			given++
		}
	}
	switch {
	case m.Model == "" && given == 0:
		v.fail(key, "missing: model = FOLDER, or the sizes of a model from scratch: layers, hidden, heads, intermediate, vocabulary")
	case m.Model != "" && given > 0:
		v.fail(key+".model", "a pre-trained model has its own sizes: remove layers, hidden, heads, intermediate and vocabulary, or model")
	case m.Model != "" && e.Outside():
		v.check(!hub.Is(m.Model), key+".model", "the trainer finds models of the hub by their names: write %s",
			strings.TrimPrefix(m.Model, hub.Prefix))
	case hub.Is(m.Model):
		_, err := hub.Parse(m.Model)
		v.check(err == nil, key+".model", "%v", err)
	case m.Model != "":
	default:
		for _, size := range sizes {
			v.check(size.value > 0 && size.value <= size.limit, key+"."+size.name,
				"must be from 1 to %d for a model from scratch, not %d", size.limit, size.value)
		}
		v.check(m.Heads <= 0 || m.Hidden%m.Heads == 0, key+".hidden", "%d is not a multiple of heads = %d", m.Hidden, m.Heads)
	}
	own := validator{}
	own.train(key+".train", m.Train)
	const outside = "a trainer outside ftft has no such setting: remove it, or set it for the other model alone"
	own.check(!e.Outside() || m.Train.MicroBatch == nil, key+".train.micro_batch", outside)
	own.check(!e.Outside() || m.Train.FreezeEmbeddings == nil, key+".train.freeze_embeddings", outside)
	for _, problem := range own.problems {
		inherited := Problem{Key: strings.TrimPrefix(problem.Key, key+"."), Message: problem.Message}
		if !slices.Contains(v.problems, inherited) {
			v.problems = append(v.problems, problem)
		}
	}
}

func (v *validator) train(key string, t Train) {
	check := func(ok bool, name, format string, args ...any) { v.check(ok, key+"."+name, format, args...) }
	check(t.MaxSteps >= 0 && t.MaxSteps <= maxSteps, "max_steps", "must be from 0 (by epochs) to %d, not %d", maxSteps, t.MaxSteps)
	check(t.Epochs > 0 || t.Epochs == 0 && t.MaxSteps > 0, "epochs", "must be 1 or more, not %d (or give max_steps)", t.Epochs)
	check(t.Epochs <= maxEpochs, "epochs", "must be at most %d, not %d", maxEpochs, t.Epochs)
	check(t.BatchSize > 0 && t.BatchSize <= maxBatch, "batch_size", "must be from 1 to %d, not %d", maxBatch, t.BatchSize)
	check(t.MicroBatch == nil || *t.MicroBatch >= 0 && *t.MicroBatch <= maxBatch, "micro_batch",
		"must be from 0 (the whole batch) to %d", maxBatch)
	check(t.LearningRate > 0 && t.LearningRate <= 1, "learning_rate", "must lie above 0 and be at most 1, not %v", t.LearningRate)
	check(t.Warmup >= 0 && t.Warmup < 1, "warmup", "must be a share of the steps from 0 to below 1, not %v", t.Warmup)
	check(t.WeightDecay >= 0 && finite(t.WeightDecay), "weight_decay", "must be 0 or more, not %v", t.WeightDecay)
	check(t.AdamEpsilon > 0 && finite(t.AdamEpsilon), "adam_epsilon", "must be above 0, not %v", t.AdamEpsilon)
	check(t.Clip >= 0 && finite(t.Clip), "clip", "must be 0 (no clipping) or more, not %v", t.Clip)
	check(t.Dropout == nil || *t.Dropout >= 0 && *t.Dropout < 1, "dropout", "must be from 0 to below 1")
	check(t.MaxLength >= 4 && t.MaxLength <= maxLength, "max_length", "must be from 4 to %d tokens, not %d", maxLength, t.MaxLength)
	check(t.Evaluations > 0 && t.Evaluations <= maxEvaluations, "evaluations", "must be from 1 to %d, not %d", maxEvaluations, t.Evaluations)
}

// Upper limits of what a config may ask for, far above what any experiment needs, so that products of them do not overflow.
const (
	maxSteps       = 1_000_000_000
	maxEpochs      = 1_000_000
	maxBatch       = 1 << 20
	maxLength      = 1 << 20
	maxEvaluations = 1_000_000
	maxThreads     = 4096
	maxMinutes     = 365 * 24 * 60
)

func finite(v float64) bool { return !math.IsInf(v, 0) && !math.IsNaN(v) }

// strategy checks a strategy. For a misspelt plain name it suggests the nearest one.
func (v *validator) strategy(strategy string) {
	err := datamap.CheckStrategy(strategy)
	if err == nil {
		return
	}
	if near := fault.Nearest(strategy, datamap.Strategies); near != "" && !strings.ContainsAny(strategy, " :+") {
		v.fail("selection.strategy", "%q is unknown; did you mean %q? available: %s, and others: see ftft select --help",
			strategy, near, strings.Join(datamap.Strategies, ", "))
		return
	}
	v.fail("selection.strategy", "%v", err)
}

func (v *validator) method(c Config) {
	v.check(c.Stop.Patience >= 0, "stop.patience", "must be 0 (never stop early) or more, not %d", c.Stop.Patience)
	v.oneOf("stop.metric", c.Stop.Metric, Metrics)
	if c.Stop.Patience > 0 && !slices.ContainsFunc(c.Data.Eval, func(e Eval) bool { return e.Kind != ID && e.Use == Validation }) {
		v.fail("stop.patience", "early stopping needs an OOD validation set, and data.eval has none: "+
			`give a set kind = "ood" and use = "validation", or set patience = 0`)
	}
	v.strategy(c.Selection.Strategy)
	v.oneOf("selection.compat", c.Selection.Compat, Compats)
	v.oneOf("selection.formula", c.Selection.Formula, Formulas)
	v.check(c.Selection.Fraction > 0 && c.Selection.Fraction <= 1, "selection.fraction",
		"must lie above 0 and be at most 1, not %v", c.Selection.Fraction)
	v.check(c.Selection.Seed >= 0, "selection.seed", "must not be negative, not %d", c.Selection.Seed)
	v.check(len(c.Arms.Run) > 0, "arms.run", "must name at least one of %s", strings.Join(ArmNames, ", "))
	again, erm := repeated(c.Arms.Run), slices.Contains(c.Arms.Run, rundir.ERM)
	for i, arm := range c.Arms.Run {
		key := element("arms.run", i)
		v.oneOf(key, string(arm), ArmNames)
		v.check(!again[i], key, "%q occurs twice", arm)
		if (arm == rundir.EarlyERM || arm == rundir.DM) && !erm {
			v.fail(key, "%s is derived from the erm run: add %q", arm, rundir.ERM)
		}
	}
}
