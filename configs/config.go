// Package configs describes an experiment as data: the data sets, the models, the training and what is compared.
//
// A config is a TOML file or an embedded preset. Loading is strict: it reports every unknown key, wrong type and
// missing or impossible value at once, each with file, line and the valid choices. Load returns a complete Config;
// its TOML method prints one that loads to the same Config.
//
// The package may import datamap, train/rundir, train/nn/spec and internal packages. Begin with Config; Load reads one, Validate
// checks it.
package configs

import (
	"bytes"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"ftft/datamap"
	"ftft/internal/hub"
	"ftft/internal/table"
	"ftft/train/rundir"
)

// Config is one experiment. TOML prints its fields in this order.
type Config struct {
	Name      string    `toml:"name"`      // of the experiment; names its folder, is not part of its identity
	Seeds     []int64   `toml:"seeds"`     // the whole experiment runs once per seed
	Labels    []string  `toml:"labels"`    // class names in the order of the class indices
	Data      Data      `toml:"data"`      // training and evaluation sets
	Reference Model     `toml:"reference"` // the small model whose training dynamics make the data map
	Main      Model     `toml:"main"`      // the larger model, trained on the selection
	Train     Train     `toml:"train"`     // for both models; [reference.train] and [main.train] override it
	Stop      Stop      `toml:"stop"`      // early stopping
	Selection Selection `toml:"selection"` // which training examples the main model gets
	Arms      Arms      `toml:"arms"`      // what is compared
	Engine    Engine    `toml:"engine"`    // how runs are computed, of a model without an engine of its own
}

// Data describes the training set and the evaluation sets.
type Data struct {
	// Root is the folder for relative paths. In a file it is relative to the config's folder, in a preset or with --set to the
	// working directory. Load makes it absolute.
	Root string `toml:"root"`

	Train Source `toml:"train"` // the full training set, before split and max_examples
	Split Split  `toml:"split"` // in-distribution sets held out of train

	// GroupBy lists columns. Splits and parts keep rows together that have equal values in the first column that is not empty.
	GroupBy []string `toml:"group_by"`

	MaxExamples int    `toml:"max_examples"` // training examples to keep, the first after the seeded shuffle; 0 = all
	Eval        []Eval `toml:"eval"`         // evaluation sets, in the order of all tables
}

// Source is a data file and the meaning of its columns. The formats are JSONL, JSON, CSV, TSV, plain text and Parquet; all but the
// last may be packed (.gz, .zst).
type Source struct {
	// Path is a file; several that are read as one, by a pattern such as "train-*.parquet" or the folder of their shards; a folder of
	// datasets' save_to_disk; "builtin:nli", or a part of that: "builtin:nli/id", "builtin:nli/ood-validation" or "builtin:nli/ood-test".
	Path string `toml:"path"`

	GUID     string              `toml:"guid"`                // column with the example's ID; "" = the record's number
	Text     string              `toml:"text"`                // column with the text
	TextPair string              `toml:"text_pair"`           // column with the second text; "" = single texts
	Label    string              `toml:"label"`               // column with the label's name
	LabelMap map[string]string   `toml:"label_map,omitempty"` // from the file's labels to ours; Drop excludes a label's rows
	Exclude  map[string][]string `toml:"exclude,omitempty"`   // excludes rows by the values of columns

	// How the file is written, where its name and its content do not tell; ftft data prints what was detected.
	Format    string `toml:"format,omitempty"`    // jsonl, json, csv, tsv, txt, parquet or arrow
	Delimiter string `toml:"delimiter,omitempty"` // the character between the values of csv and tsv
	Header    *bool  `toml:"header"`              // false: the first row is an example, and the columns are named "1", "2", ...
	Quoting   string `toml:"quoting,omitempty"`   // csv: values may be quoted as in CSV; none: quotes are text, the default between tabs
	Encoding  string `toml:"encoding,omitempty"`  // such as gb18030 or windows-1252; default: utf-8, or utf-16 with a byte order mark

	// LabelPath is a file of plain text that has the label of each record on a line of its own. Label is then left out.
	LabelPath string `toml:"label_path,omitempty"`
}

// Options returns how the file is to be read.
func (s Source) Options() table.Options {
	return table.Options{
		Format: s.Format, Delimiter: s.Delimiter, Header: s.Header, Quoting: s.Quoting, Encoding: s.Encoding,
		Columns: []string{s.GUID, s.Text, s.TextPair, s.Label},
	}
}

// withoutFile returns the source without what only describes its file.
func (s Source) withoutFile() Source {
	s.Path, s.LabelPath = "", ""
	s.Format, s.Delimiter, s.Header, s.Quoting, s.Encoding = "", "", nil, "", ""
	return s
}

// Drop is the value of a label map that excludes the rows of a label.
const Drop = "drop"

// Builtin is the prefix of the paths of data sets that ftft generates.
const Builtin = "builtin:"

// Split holds out seeded shares of the training file as ID sets named "validation" and "test".
type Split struct {
	Validation float64 `toml:"validation"` // share of the groups, in [0, 1)
	Test       float64 `toml:"test"`       // share of the groups, in [0, 1); the sum of both is below 1
}

// Eval is one evaluation set.
type Eval struct {
	Name    string   `toml:"name"` // unique; names files and table columns
	Kind    string   `toml:"kind"` // ID or OOD
	Use     string   `toml:"use"`  // Validation or Test (default); early stopping uses the OOD validation sets
	Source           // path, columns, label_map, exclude, format, ...
	Part    *Part    `toml:"part"`     // unset: the whole file
	GroupBy []string `toml:"group_by"` // for Part; unset: data.group_by
}

// Kinds and uses of an evaluation set.
const (
	ID  = "id"  // in-distribution
	OOD = "ood" // out-of-distribution

	Validation = "validation"
	Test       = "test"
)

// Part is a seeded share of a file's groups: ["first", 0.33] is a third of them, ["rest", 0.33] the other two thirds.
type Part struct {
	Side     string  // First or Rest
	Fraction float64 // of the first side, in (0, 1)
}

// Sides of a Part.
const (
	First = "first"
	Rest  = "rest"
)

// MarshalTOML writes a Part as a list of two values.
func (p Part) MarshalTOML() ([]byte, error) {
	var list bytes.Buffer
	err := toml.NewEncoder(&list).Encode(map[string]any{"x": []any{p.Side, p.Fraction}})
	return bytes.TrimSpace(bytes.TrimPrefix(list.Bytes(), []byte("x = "))), err
}

// Model is a pre-trained model, or the sizes of a model trained from scratch.
type Model struct {
	Model        string `toml:"model"`        // a folder in Hugging Face's layout, or hub:ORG/NAME[@REVISION]; "" = from scratch
	Layers       int    `toml:"layers"`       // transformer layers
	Hidden       int    `toml:"hidden"`       // width of the residual stream; a multiple of heads
	Heads        int    `toml:"heads"`        // attention heads per layer
	Intermediate int    `toml:"intermediate"` // width of the feed-forward layer
	Vocabulary   int    `toml:"vocabulary"`   // most WordPiece tokens; the training texts may give fewer
	Train        Train  `toml:"train"`        // [train] overridden by this model's own keys

	// Engine computes this model's runs: [engine] overridden by the model's own keys; nil: [engine] does.
	Engine *Engine `toml:"engine"`
}

// Train holds the hyperparameters of training.
type Train struct {
	// Epochs is the budget of every arm: passes over the FULL training set, also for arms that train on a selection.
	Epochs int `toml:"epochs"`
	// MaxSteps is the budget in optimiser steps. It overrides Epochs; 0 = by epochs. A table that sets epochs alone cancels an
	// inherited max_steps.
	MaxSteps int `toml:"max_steps"`

	BatchSize int `toml:"batch_size"` // examples per optimiser step
	// MicroBatch is the number of examples that are computed at a time, in training and in evaluations; 0 or unset: the whole batch.
	// Memory grows with it. The results have the same bits with any value: gradients are summed over the batch in the same order.
	MicroBatch *int `toml:"micro_batch"`

	LearningRate float64  `toml:"learning_rate"` // peak, at the end of the warm-up; then decays linearly to 0 at the end of the budget
	Warmup       float64  `toml:"warmup"`        // share of the budget during which the learning rate rises, in [0, 1)
	WeightDecay  float64  `toml:"weight_decay"`  // AdamW's decoupled decay; not for biases and layer norms
	AdamEpsilon  float64  `toml:"adam_epsilon"`  // AdamW's epsilon
	Clip         float64  `toml:"clip"`          // greatest norm of the gradient; 0 = no clipping
	Dropout      *float64 `toml:"dropout"`       // all dropout probabilities of the model, in [0, 1); unset: as in its config.json
	MaxLength    int      `toml:"max_length"`    // tokens per example, including special tokens; longer ones are truncated
	Shuffle      bool     `toml:"shuffle"`       // false: examples in file order, for comparisons
	Evaluations  int      `toml:"evaluations"`   // evaluations of every evaluation set, evenly over the budget

	// FreezeEmbeddings leaves the tables of words, positions and token types as they are when training begins; unset: false. They then
	// take no memory for gradients and moments.
	FreezeEmbeddings *bool `toml:"freeze_embeddings"`
}

// own returns a copy whose settings change without those of t.
func (t Train) own() Train {
	t.Dropout, t.MicroBatch, t.FreezeEmbeddings = copied(t.Dropout), copied(t.MicroBatch), copied(t.FreezeEmbeddings)
	return t
}

func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// AtATime returns the number of examples that are computed at a time.
func (t Train) AtATime() int {
	if t.MicroBatch == nil || *t.MicroBatch == 0 {
		return t.BatchSize
	}
	return min(*t.MicroBatch, t.BatchSize)
}

// Frozen reports whether the embeddings are not trained.
func (t Train) Frozen() bool { return t.FreezeEmbeddings != nil && *t.FreezeEmbeddings }

// Stop configures early stopping, by the mean score over the OOD validation sets.
type Stop struct {
	Patience int    `toml:"patience"` // evaluations without improvement until an arm stops; 0 = never stop early
	Metric   string `toml:"metric"`   // accuracy, macro_f1 or loss
}

// Selection determines the examples that the main model is trained on, by the reference's data map.
type Selection struct {
	Strategy string  `toml:"strategy"` // ambiguous, hard-to-learn, easy-to-learn, random, top:METRIC, ... or a mixture: see ftft select --help
	Fraction float64 `toml:"fraction"` // of the training set, in (0, 1]; also the q of the map's regions
	Formula  string  `toml:"formula"`  // standard deviation over epochs: population (cartography) or sample (FTFT's code)
	Seed     int64   `toml:"seed"`     // for random selections; 0 = the experiment's seed
	Balanced bool    `toml:"balanced"` // the same number of examples of each label, as far as there are enough
	Compat   string  `toml:"compat"`   // reproduce the selections of a program, ftft or cartography; "" = exactly floor(fraction N)
}

// Arms lists the ways of training the main model that are compared.
type Arms struct {
	Run []rundir.Arm `toml:"run"` // some of ftft, random, erm, erm_es, dm
}

// Default returns the default of every value that a config may omit. Labels, data and models have none.
func Default() Config {
	train := Train{
		Epochs: 4, BatchSize: 32,
		LearningRate: 5e-5, Warmup: 0.1, AdamEpsilon: 1e-6, Clip: 1,
		MaxLength: 128, Shuffle: true, Evaluations: 12,
	}
	return Config{
		Seeds:     []int64{1},
		Data:      Data{GroupBy: []string{}},
		Reference: Model{Train: train},
		Main:      Model{Train: train},
		Train:     train,
		Stop:      Stop{Patience: 2, Metric: "accuracy"},
		Selection: Selection{Strategy: "ambiguous", Fraction: 0.33, Formula: "population"},
		Arms:      Arms{Run: []rundir.Arm{rundir.FTFT, rundir.Random, rundir.ERM, rundir.EarlyERM}},
		Engine:    Engine{Kind: Native, Slots: 1, CheckpointMinutes: 5},
	}
}

// TOML returns the complete config as text. Load of it gives the same Config.
func (c Config) TOML() []byte {
	var out bytes.Buffer
	encoder := toml.NewEncoder(&out)
	encoder.Indent = ""
	if err := encoder.Encode(c); err != nil {
		panic("configs: " + err.Error()) // no field of Config has a type that TOML lacks
	}
	return out.Bytes()
}

// Identity returns what determines a result, for hashing: the config without name, seeds, arms, micro_batch, what an engine's results
// do not depend on, file paths and how data files are written. Of a model's path or name of the hub the last element remains. The
// caller adds the contents of data, weights and the trainer's script, and the run's own seed, and first blanks what does not matter to
// a run (the main model to its reference).
func (c Config) Identity() []byte {
	c.Name, c.Seeds, c.Arms = "", nil, Arms{}
	c.Engine = c.Engine.identity()
	c.Data.Root, c.Data.Train = "", c.Data.Train.withoutFile()
	c.Data.Eval = append([]Eval(nil), c.Data.Eval...)
	for i := range c.Data.Eval {
		c.Data.Eval[i].Source = c.Data.Eval[i].withoutFile()
	}
	for _, model := range []*Model{&c.Reference, &c.Main} {
		if model.Model != "" {
			model.Model = baseName(model.Model)
		}
		if model.Engine != nil {
			own := model.Engine.identity()
			model.Engine = &own
		}
	}
	for _, train := range []*Train{&c.Train, &c.Reference.Train, &c.Main.Train} {
		train.MicroBatch = nil
		if !train.Frozen() {
			train.FreezeEmbeddings = nil
		}
	}
	return c.TOML()
}

// Resolve returns the path of data or a model under Data.Root. Absolute paths, "" and "builtin:" paths are returned
// unchanged.
func (c Config) Resolve(path string) string {
	if path == "" || strings.HasPrefix(path, Builtin) || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(c.Data.Root, path)
}

// baseName returns the name of a model without the folder, organisation or revision, which do not decide a result.
func baseName(model string) string {
	if name, err := hub.Parse(model); hub.Is(model) && err == nil {
		return path.Base(name.Model)
	}
	return filepath.Base(model)
}

// ModelFolder returns the folder of a model that a config names: a path under Data.Root, or the snapshot of a model of the hub's cache.
// The error is that the cache lacks that.
func (c Config) ModelFolder(model string) (string, error) {
	if hub.Is(model) {
		s, err := hub.Resolve(model)
		return s.Folder, err
	}
	return c.Resolve(model), nil
}

// Pinned returns the config with the commits of its models of the hub's cache, so that it names the same files when a branch there has
// moved. The error is that the cache lacks one.
func (c Config) Pinned() (Config, error) {
	for _, model := range []*Model{&c.Reference, &c.Main} {
		if !hub.Is(model.Model) {
			continue
		}
		s, err := hub.Resolve(model.Model)
		if err != nil {
			return c, err
		}
		s.Revision = s.Commit
		model.Model = s.Name.String()
	}
	return c, nil
}

// Files returns the paths of the data files and model folders that the config names, resolved, each once, without models of the hub.
func (c Config) Files() (paths []string) {
	names := []string{c.Data.Train.Path, c.Data.Train.LabelPath}
	for _, eval := range c.Data.Eval {
		names = append(names, eval.Path, eval.LabelPath)
	}
	for _, model := range []string{c.Reference.Model, c.Main.Model} {
		if !hub.Is(model) {
			names = append(names, model)
		}
	}
	for _, name := range names {
		path := c.Resolve(name)
		if path != "" && !strings.HasPrefix(path, Builtin) && !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	return paths
}

// HasPairs reports whether any of the data sets has a column of second texts.
func (c Config) HasPairs() bool {
	pairs := c.Data.Train.TextPair != ""
	for _, eval := range c.Data.Eval {
		pairs = pairs || eval.TextPair != ""
	}
	return pairs
}

// ModelFor returns the model of a run's role: rundir.Reference or rundir.Main.
func (c Config) ModelFor(role string) Model {
	if role == rundir.Reference {
		return c.Reference
	}
	return c.Main
}

// Options returns the form of the measures that the selection is made by.
func (s Selection) Options() datamap.Options { return datamap.Options{Sample: s.Formula == "sample"} }

// FullSteps returns the budget of every arm in optimiser steps. n is the size of the full training set.
func (c Config) FullSteps(t Train, n int) int {
	if t.MaxSteps > 0 {
		return t.MaxSteps
	}
	return t.Epochs * ((n + t.BatchSize - 1) / t.BatchSize)
}
