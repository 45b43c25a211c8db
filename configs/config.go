// Package configs is the experiment as data: what ftft trains on, which models, for how long, and what is compared.
//
// A config is a TOML file or one of the embedded presets. Loading is strict: every unknown key, wrong type, missing or
// impossible value is reported, all at once, each with file and line and the keys that would have been right. What Load
// returns is complete; TOML prints it so that it loads to the same Config.
package configs

import (
	"bytes"
	"path/filepath"
	"strings"

	"github.com/BurntSushi/toml"

	"ftft/train/rundir"
)

// Config is one experiment. The order of fields is the order in which TOML prints them.
type Config struct {
	Name      string    `toml:"name"`      // of the study: its folder's name; does not enter its identity
	Seeds     []int64   `toml:"seeds"`     // the whole experiment is run once for each
	Labels    []string  `toml:"labels"`    // names of the classes; the order is the class index
	Data      Data      `toml:"data"`      // what is trained and evaluated on
	Reference Model     `toml:"reference"` // the small model whose training dynamics draw the data map
	Main      Model     `toml:"main"`      // the larger model, trained on the selection
	Train     Train     `toml:"train"`     // common to both; [reference.train] and [main.train] override
	Stop      Stop      `toml:"stop"`      // early stopping of the arms that stop
	Selection Selection `toml:"selection"` // what of the training set the main model is given
	Arms      Arms      `toml:"arms"`      // what is compared
	Engine    Engine    `toml:"engine"`    // how it is computed; changes no result
}

// Data names the training set and the evaluation sets.
type Data struct {
	Root        string   `toml:"root"`         // where relative paths start; relative to the config's folder (presets: to the working directory); absolute after Load
	Train       Source   `toml:"train"`        // the full training set, before split and max_examples
	Split       Split    `toml:"split"`        // in-distribution sets held out of train
	GroupBy     []string `toml:"group_by"`     // a split or part keeps rows with one value here together; the first non-empty column of the list counts
	MaxExamples int      `toml:"max_examples"` // training examples kept: the first so many after the seeded shuffle; 0 = all
	Eval        []Eval   `toml:"eval"`         // evaluation sets, in the order of every table
}

// Source is a data file and which of its columns mean what. The formats are JSONL, CSV, TSV and Parquet;
// the first three may be packed (.gz, .zst).
type Source struct {
	Path     string              `toml:"path"`                // a file, or "builtin:nli" and its parts ("builtin:nli/id", "builtin:nli/ood-validation", "builtin:nli/ood-test")
	GUID     string              `toml:"guid"`                // column of the example's ID; "" = the record's number
	Text     string              `toml:"text"`                // column of the text
	TextPair string              `toml:"text_pair"`           // column of the second text; "" = single texts
	Label    string              `toml:"label"`               // column of the label's name
	LabelMap map[string]string   `toml:"label_map,omitempty"` // from the file's labels to ours; Drop as a value leaves the label's rows out, counted
	Exclude  map[string][]string `toml:"exclude,omitempty"`   // rows left out by a column's value, counted
}

// Drop, as a value of a label map, leaves out the rows of that label.
const Drop = "drop"

// Builtin starts the path of a data set that ftft generates itself.
const Builtin = "builtin:"

// Split holds seeded shares out of the training file as ID sets named "validation" and "test".
type Split struct {
	Validation float64 `toml:"validation"` // share of the groups, in [0, 1)
	Test       float64 `toml:"test"`       // share of the groups, in [0, 1); the two sum to less than 1
}

// Eval is one evaluation set.
type Eval struct {
	Name    string   `toml:"name"` // unique; names files and table columns
	Kind    string   `toml:"kind"` // ID or OOD
	Use     string   `toml:"use"`  // Validation or Test (the default); early stopping looks at the OOD validation sets alone
	Source           // path, guid, text, text_pair, label, label_map, exclude
	Part    *Part    `toml:"part"`     // left out: the whole file
	GroupBy []string `toml:"group_by"` // for Part; left out: data.group_by
}

// The kinds and uses of an evaluation set.
const (
	ID  = "id"  // in-distribution
	OOD = "ood" // out-of-distribution

	Validation = "validation"
	Test       = "test"
)

// Part is a seeded share of a file's groups: ["first", 0.33] is a third of them, ["rest", 0.33] what that leaves.
type Part struct {
	Side     string  // First or Rest
	Fraction float64 // of the first side, in (0, 1)
}

// The sides of a Part.
const (
	First = "first"
	Rest  = "rest"
)

// MarshalTOML writes a Part as its list of two.
func (p Part) MarshalTOML() ([]byte, error) {
	var list bytes.Buffer
	err := toml.NewEncoder(&list).Encode(map[string]any{"x": []any{p.Side, p.Fraction}})
	return bytes.TrimSpace(bytes.TrimPrefix(list.Bytes(), []byte("x = "))), err
}

// Model is pre-trained weights, or the sizes of a model trained from scratch.
type Model struct {
	Model        string `toml:"model"`        // a folder in Hugging Face's layout; "" = from scratch, by the sizes below
	Layers       int    `toml:"layers"`       // transformer layers
	Hidden       int    `toml:"hidden"`       // width of the residual stream; a multiple of heads
	Heads        int    `toml:"heads"`        // attention heads a layer
	Intermediate int    `toml:"intermediate"` // width of the feed-forward layer
	Vocabulary   int    `toml:"vocabulary"`   // WordPiece tokens at most; the training texts may give fewer
	Train        Train  `toml:"train"`        // [train] with this model's own keys over it
}

// Train is how a model is trained.
type Train struct {
	Epochs       int      `toml:"epochs"`        // the budget of every arm, over the FULL training set; max_steps goes before it
	MaxSteps     int      `toml:"max_steps"`     // the budget in optimiser steps; 0 = by epochs. A table that gives epochs alone takes back a max_steps it inherits
	BatchSize    int      `toml:"batch_size"`    // examples an optimiser step
	LearningRate float64  `toml:"learning_rate"` // at the end of the warm-up; falls linearly to 0 at the end of the budget
	Warmup       float64  `toml:"warmup"`        // share of the budget in which the learning rate rises, in [0, 1)
	WeightDecay  float64  `toml:"weight_decay"`  // AdamW's decoupled decay; never of biases and layer-norms
	AdamEpsilon  float64  `toml:"adam_epsilon"`  // AdamW's epsilon
	Clip         float64  `toml:"clip"`          // greatest norm of the gradient; 0 = not clipped
	Dropout      *float64 `toml:"dropout"`       // every dropout probability of the model, in [0, 1); left out: what its config.json says
	MaxLength    int      `toml:"max_length"`    // tokens an example, special tokens counted; longer ones are truncated
	Shuffle      bool     `toml:"shuffle"`       // false: examples in the order of the file, for comparisons
	Evaluations  int      `toml:"evaluations"`   // of every evaluation set, evenly over the budget
}

// Stop is early stopping, by the mean score over the OOD validation sets.
type Stop struct {
	Patience int    `toml:"patience"` // evaluations without a better score until an arm stops; 0 = never
	Metric   string `toml:"metric"`   // accuracy, macro_f1 or loss
}

// Selection is which examples the main model is trained on, by the reference's data map.
type Selection struct {
	Strategy string  `toml:"strategy"` // ambiguous, hard-to-learn, easy-to-learn, random, top:METRIC, ..., or a mixture: see ftft select --help
	Fraction float64 `toml:"fraction"` // of the training set, in (0, 1]; also the q of the map's regions
	Formula  string  `toml:"formula"`  // of the standard deviation over epochs: population (cartography) or sample (FTFT's code)
	Seed     int64   `toml:"seed"`     // of random selections; 0 = the experiment's seed
	Balanced bool    `toml:"balanced"` // as many examples of each label, as nearly as there are
	Compat   string  `toml:"compat"`   // ftft or cartography: the counts and sets of these programs; "" = exactly floor(fraction N)
}

// Arms are the ways of training the main model that are compared.
type Arms struct {
	Run []rundir.Arm `toml:"run"` // of ftft, random, erm, erm_es, dm
}

// Engine is how runs are computed.
type Engine struct {
	Kind    string `toml:"kind"`    // native (this program) or command (an external trainer)
	Threads int    `toml:"threads"` // 0 = all cores
	Slots   int    `toml:"slots"`   // runs at the same time

	CheckpointMinutes float64 `toml:"checkpoint_minutes"` // a checkpoint at least so often, beside those at every tenth of the budget
}

// Default is every value that a config may leave out. It lacks labels, data and models.
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
		Engine:    Engine{Kind: "native", Slots: 1, CheckpointMinutes: 5},
	}
}

// TOML is the complete config; Load of it gives the same Config.
func (c Config) TOML() []byte {
	var out bytes.Buffer
	encoder := toml.NewEncoder(&out)
	encoder.Indent = ""
	if err := encoder.Encode(c); err != nil {
		panic("configs: " + err.Error()) // no field of Config has a type that TOML lacks
	}
	return out.Bytes()
}

// Identity is what decides a result, for hashing: the config without name, seeds, arms, threads, slots and the places of
// files. Of a model's path the last part stays. Contents of data and weights, and a run's own seed, are the caller's to
// add; what cannot matter to a run (the main model to its reference) the caller blanks first.
func (c Config) Identity() []byte {
	c.Name, c.Seeds, c.Arms = "", nil, Arms{}
	c.Engine.Threads, c.Engine.Slots, c.Engine.CheckpointMinutes = 0, 0, 0
	c.Data.Root, c.Data.Train.Path = "", ""
	c.Data.Eval = append([]Eval(nil), c.Data.Eval...)
	for i := range c.Data.Eval {
		c.Data.Eval[i].Path = ""
	}
	for _, model := range []*Model{&c.Reference, &c.Main} {
		if model.Model != "" {
			model.Model = filepath.Base(model.Model)
		}
	}
	return c.TOML()
}

// Resolve places a data or model path under Data.Root. Absolute paths, "" and "builtin:" ones are as they are.
func (c Config) Resolve(path string) string {
	if path == "" || strings.HasPrefix(path, Builtin) || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(c.Data.Root, path)
}

// FullSteps is the budget in optimiser steps that every arm has, n being the size of the full training set.
func (c Config) FullSteps(t Train, n int) int {
	if t.MaxSteps > 0 {
		return t.MaxSteps
	}
	return t.Epochs * ((n + t.BatchSize - 1) / t.BatchSize)
}
