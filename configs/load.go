package configs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"ftft/internal/fault"
	"ftft/internal/input"
	"ftft/train/rundir"

	"github.com/BurntSushi/toml"
)

// A Problem is one thing wrong with a config.
type Problem struct {
	File    string // "" = no file is to blame
	Line    int    // 0 = unknown
	Key     string // path of the key, with list elements numbered from 0: "data.eval[1].kind"
	Message string // what is wrong, and what would be right
}

func (p Problem) String() string {
	var text strings.Builder
	switch {
	case p.Line > 0:
		fmt.Fprintf(&text, "%s:%d: ", p.File, p.Line)
	case p.File != "":
		fmt.Fprintf(&text, "%s: ", p.File)
	}
	if p.Key != "" {
		text.WriteString(clip(p.Key, 200) + ": ")
	}
	return text.String() + clip(p.Message, 2000)
}

// clip cuts what quotes a config to a number of bytes.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "..."
}

// Invalid is the error for a config that cannot be used. It holds all problems in the order of the file. (Exit code 2.)
type Invalid struct {
	Problems []Problem
}

// printLimit is the number of problems that an error message lists.
const printLimit = 50

func (e *Invalid) Error() string {
	lines := make([]string, min(len(e.Problems), printLimit))
	for i := range lines {
		lines[i] = e.Problems[i].String()
	}
	if more := len(e.Problems) - printLimit; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// Load reads a preset, by name, a config file or the config in an experiment's study.json, and applies the --set overrides
// (table.key=value). The result is complete and valid; otherwise the error is an *Invalid with all problems. A relative root starts at
// the config's folder or, for a preset, a study.json and with --set, at the working directory.
func Load(nameOrPath string, sets ...string) (Config, error) {
	file, text, folder, err := open(nameOrPath)
	if err != nil {
		return Config{}, err
	}
	return Parse(file, text, folder, sets...)
}

// OfRun reads the config of a run. What is wrong with it is bad data, a *fault.Bad, and not the user's config.
func OfRun(dir rundir.Dir) (Config, error) {
	config, err := Load(dir.Config())
	invalid := (*Invalid)(nil)
	if !errors.As(err, &invalid) {
		return config, err
	}
	bad := &fault.Bad{}
	for _, p := range invalid.Problems {
		message := p.Message
		if p.Key != "" {
			message = p.Key + ": " + message
		}
		bad.Problems = append(bad.Problems, fault.Problem{File: dir.Config(), Line: p.Line, Message: message})
	}
	if _, err := os.Stat(dir.Config()); err != nil {
		bad.Cause = err
	}
	return config, bad
}

// parserPrefix is what the parser puts before a message: its own name, and the place that a Problem has already.
var parserPrefix = regexp.MustCompile(`^toml: (line \d+( \(last key "[^"]*"\))?: )?`)

// Parse is Load for a text. file is its name in messages, folder the folder of a relative root.
func Parse(file, text, folder string, sets ...string) (config Config, err error) {
	if line, message := excess(text); message != "" {
		return Config{}, &Invalid{[]Problem{{File: file, Line: line, Message: message}}}
	}
	tree := map[string]any{}
	if _, err := toml.Decode(text, &tree); err != nil {
		problem := Problem{File: file, Message: parserPrefix.ReplaceAllString(err.Error(), "")}
		if parse := (toml.ParseError{}); errors.As(err, &parse) {
			// Position.Line is one too many if a line ends too early. Start is negative for a character before the first key.
			problem.Line = 1 + strings.Count(text[:max(0, min(parse.Position.Start, len(text)))], "\n")
			if parse.Message != "" {
				problem.Message = strings.Replace(parse.Message, "unexpected EOF", "the text ends too early", 1)
			}
		}
		return Config{}, &Invalid{[]Problem{problem}}
	}
	places := places{}
	for path, line := range positions(text) {
		places[path] = place{file, line}
	}
	problems := apply(tree, sets, places)

	config, found := build(tree)
	problems = append(problems, found...)
	reported := make(map[string]bool, len(problems))
	for _, problem := range problems {
		reported[problem.Key] = true
	}
	for _, problem := range config.Validate() {
		if !reported[problem.Key] {
			problems = append(problems, problem)
			reported[problem.Key] = true
		}
	}
	if len(problems) > 0 {
		places.locate(problems, file)
		return Config{}, &Invalid{problems}
	}
	if err := config.resolveEngines(folder, places); err != nil {
		return Config{}, err
	}
	if places["data.root"].file == fromSet {
		folder = ""
	}
	if !filepath.IsAbs(config.Data.Root) {
		config.Data.Root, err = filepath.Abs(filepath.Join(folder, config.Data.Root))
	}
	return config, err
}

// Locate adds the files and lines of the config that Load read from nameOrPath to the problems of an *Invalid, which a later check has
// found. It returns any other error unchanged.
func Locate(err error, nameOrPath string, sets ...string) error {
	var invalid *Invalid
	if !errors.As(err, &invalid) {
		return err
	}
	file, text, _, openErr := open(nameOrPath)
	tree := map[string]any{}
	if openErr != nil {
		return err
	}
	if _, decodeErr := toml.Decode(text, &tree); decodeErr != nil {
		return err
	}
	places := places{}
	for path, line := range positions(text) {
		places[path] = place{file, line}
	}
	apply(tree, sets, places)
	places.locate(invalid.Problems, file)
	return err
}

// open finds a config and returns its name for messages, its text and its folder.
func open(nameOrPath string) (file, text, folder string, err error) {
	if preset, found := FindPreset(nameOrPath); found {
		return "preset " + preset.Name, preset.Text, "", nil
	}
	if filepath.Base(nameOrPath) == filepath.Base(rundir.StudyDir("").Study()) { // the plan of an experiment
		plan, err := rundir.StudyDir(filepath.Dir(nameOrPath)).ReadStudy()
		if err == nil {
			return nameOrPath, plan.Config, "", nil
		}
		if !errors.Is(err, os.ErrNotExist) {
			return "", "", "", unreadable(err)
		}
	}
	data, err := input.Small(nameOrPath, maxBytes)
	if err == nil {
		text, err = input.Text(nameOrPath, string(data))
	}
	if err == nil {
		return nameOrPath, text, filepath.Dir(nameOrPath), nil
	}
	if errors.Is(err, os.ErrNotExist) && (filepath.Base(nameOrPath) != nameOrPath || filepath.Ext(nameOrPath) == ".toml") {
		return "", "", "", &Invalid{[]Problem{{File: nameOrPath, Message: "no such file"}}}
	}
	if errors.Is(err, os.ErrNotExist) {
		names := presetNames()
		problem := Problem{File: nameOrPath, Message: "neither a file nor a preset; the presets are " + strings.Join(names, ", ")}
		if near := fault.Nearest(nameOrPath, names); near != "" {
			problem.Message += fmt.Sprintf("; did you mean %q?", near)
		}
		return "", "", "", &Invalid{[]Problem{problem}}
	}
	return "", "", "", unreadable(err)
}

// unreadable returns the error for a config that cannot be read: an *Invalid for a file with faults.
func unreadable(err error) error {
	bad := (*fault.Bad)(nil)
	if !errors.As(err, &bad) {
		return err
	}
	invalid := &Invalid{}
	for _, p := range bad.Problems {
		invalid.Problems = append(invalid.Problems, Problem{File: p.File, Line: p.Line, Message: p.Message})
	}
	return invalid
}

// build decodes a tree over the defaults. The training of each model is [train] overridden by the model's own keys, and so is the
// engine of a model that has own keys of [engine].
func build(tree map[string]any) (Config, []Problem) {
	var d decoder
	config := Default()
	if common, ok := tree["train"]; ok {
		d.value("train", common, reflect.ValueOf(&config.Train).Elem())
	}
	if common, ok := tree["engine"]; ok {
		d.value("engine", common, reflect.ValueOf(&config.Engine).Elem())
	}
	for name, model := range map[string]*Model{"reference": &config.Reference, "main": &config.Main} {
		model.Train = config.Train.own()
		table, _ := tableOf(tree[name])
		if own, ok := table["train"].(map[string]any); ok && own["epochs"] != nil && own["max_steps"] == nil {
			model.Train.MaxSteps = 0
		}
		if table["engine"] != nil {
			inherited := config.Engine
			model.Engine = &inherited
		}
	}
	rest := make(map[string]any, len(tree))
	for key, value := range tree {
		if key != "train" && key != "engine" {
			rest[key] = value
		}
	}
	d.table("", rest, reflect.ValueOf(&config).Elem())
	config.Data.complete()
	return config, d.problems
}

// complete fills in values that follow from others: the columns of built-in data, and use = "test".
func (d *Data) complete() {
	sources := []*Source{&d.Train}
	for i := range d.Eval {
		sources = append(sources, &d.Eval[i].Source)
		if d.Eval[i].Use == "" {
			d.Eval[i].Use = Test
		}
	}
	for _, source := range sources {
		if strings.HasPrefix(source.Path, Builtin) && source.GUID+source.Text+source.TextPair+source.Label == "" {
			source.GUID, source.Text, source.TextPair, source.Label = "guid", "premise", "hypothesis", "label"
		}
	}
}

// place is the origin of a value.
type place struct {
	file string
	line int
}

// places holds the origins by key.
type places map[string]place

// locate sets the place of each problem to that of its key, or of the nearest enclosing table, and sorts the problems by line.
func (p places) locate(problems []Problem, file string) {
	for i := range problems {
		problem := &problems[i]
		if problem.File != "" {
			continue
		}
		problem.File = file
		if place, ok := p.of(problem.Key); ok {
			problem.File, problem.Line = place.file, place.line
		}
	}
	slices.SortStableFunc(problems, func(a, b Problem) int { return a.Line - b.Line })
}

// of returns the place of a key, or of the nearest table around it.
func (p places) of(key string) (place place, ok bool) {
	for path := key; path != "" && !ok; path = parent(path) {
		place, ok = p[path]
	}
	return place, ok
}

// parent returns a path without its last key or index.
func parent(path string) string { return path[:max(0, strings.LastIndexAny(path, ".["))] }
