package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ftft/configs"
	"ftft/internal/fault"
	"ftft/train/corpus"
	"ftft/tui/view"
)

func dataCommand() *cobra.Command {
	var sets []string
	var asJSON bool
	var seed int64
	var guid string
	cmd := &cobra.Command{
		Use:   "data CONFIG|PRESET",
		Short: "Account for every row of the data: read, kept, dropped and why",
		Long: `Account for every row of an experiment's data: read, kept, dropped and why, with label counts, lengths and duplicates, how many
examples of an evaluation set are in the training set too, and classes that have too few. --guid shows one example.

How a file is written follows from its name and content, and is printed as its format. Where that fails, keys of [data.train] and of
each [[data.eval]] say it: format (jsonl, json, csv, tsv, txt, parquet, arrow), delimiter (such as ";" or "\t"), header (false: the first
row is an example, and columns are named "1", "2", ...), quoting (csv: values may be in quotes; none: quotes are text, the default between
tabs), encoding (such as gb18030 or windows-1252). Labels may be in a file of their own, one on each line: label_path, in place of label.

What a value counts for:
` + valuesHelp,
		Example: `  ftft data demo
  ftft data davidson-minilm --set data.root=data --json
  ftft data demo --guid train-7`,
		Annotations: next("ftft run CONFIG", "Run the experiment"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := configs.Load(args[0], sets...)
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("seed") {
				seed = cfg.Seeds[0]
			}
			data, err := corpus.Load(cfg, seed)
			if err != nil {
				return withNeeds(err, args[0], cfg)
			}
			if guid != "" {
				for _, a := range accounts(data) {
					warnOfShape(a.Source, a.Doubts, cmd.ErrOrStderr())
				}
				return printFound(cmd.OutOrStdout(), args[0], data, guid, asJSON)
			}
			list := accounts(data)
			if asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]any{"hash": data.Hash(), "seed": seed, "labels": data.Labels, "sets": list})
			}
			for _, a := range list {
				if err := a.print(cmd.OutOrStdout(), data.Labels); err != nil {
					return err
				}
			}
			return nil
		},
		ValidArgsFunction: completePresets,
	}
	cmd.Flags().StringArrayVar(&sets, "set", nil, "override a key of the config: table.key=value (repeatable)")
	cmd.Flags().Int64Var(&seed, "seed", 1, "seed of splits and parts; default: the config's first")
	cmd.Flags().StringVar(&guid, "guid", "", "show the example with this guid instead")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// A found example is an example with its set and its place in a file.
type found struct {
	Set      string            `json:"set"`
	GUID     string            `json:"guid"`
	Label    string            `json:"label"`
	Text     string            `json:"text"`
	TextPair string            `json:"text_pair,omitempty"`
	Meta     map[string]string `json:"meta"`
	File     string            `json:"file"`
	Line     int               `json:"line"`
}

// printFound prints the examples of a guid in all sets of the data that name, a config or a preset, describes.
func printFound(w io.Writer, name string, data *corpus.Corpus, guid string, asJSON bool) error {
	sets, examples := data.Find(guid)
	if len(examples) == 0 {
		message := fmt.Sprintf("no set has an example with guid %q", guid)
		if len(data.Train.Examples) > 0 {
			message += fmt.Sprintf("; the guid of the first training example is %q", data.Train.Examples[0].GUID)
		}
		return fault.At(name, 0, message)
	}
	list := make([]found, len(examples))
	for i, e := range examples {
		list[i] = found{sets[i], e.GUID, data.Labels[e.Gold], e.Text, e.TextPair, e.Meta, e.File, e.Line}
	}
	if asJSON {
		return printJSON(w, list)
	}
	for _, f := range list {
		rows := [][]string{{"set", f.Set}, {"label", f.Label}, {"place", fmt.Sprintf("%s:%d", f.File, f.Line)}, {"text", view.Clean(f.Text)}}
		if f.TextPair != "" {
			rows = append(rows, []string{"second text", view.Clean(f.TextPair)})
		}
		for _, name := range slices.Sorted(maps.Keys(f.Meta)) {
			rows = append(rows, []string{name, view.Clean(f.Meta[name])})
		}
		if err := printTable(w, rows); err != nil {
			return err
		}
	}
	return nil
}

// An account is a set with what became of its rows.
type account struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	Use  string `json:"use,omitempty"`
	corpus.Account
}

func accounts(data *corpus.Corpus) []account {
	list := []account{{data.Train.Name, data.Train.Kind, "", data.Train.Account}}
	for _, s := range data.Evals {
		list = append(list, account{s.Name, s.Kind, s.Use, s.Account})
	}
	return list
}

func (a account) print(w io.Writer, labels []string) error {
	rows := [][]string{{fmt.Sprintf("%s (%s)", a.Name, strings.TrimSpace(a.Kind+" "+a.Use)), a.Source}}
	add := func(name, format string, values ...any) {
		rows = append(rows, []string{"  " + name, fmt.Sprintf(format, values...)})
	}
	if a.Note != "" {
		add("note", "%s", a.Note)
	}
	if a.Shape != nil && !strings.HasPrefix(a.Source, configs.Builtin) {
		add("format", "%s", a.Shape)
	}
	add("read", "%d", a.Read)
	for _, reason := range slices.Sorted(maps.Keys(a.Dropped)) {
		add("dropped", "%d: %s (lines %s)", a.Dropped[reason], reason, lines(a.Lines[reason], a.Dropped[reason]))
	}
	add("kept", "%d", a.Kept)
	for _, label := range labels {
		add(label, "%d (%.1f %%)", a.Labels[label], 100*float64(a.Labels[label])/float64(max(a.Kept, 1)))
	}
	add("duplicates", "%d have the texts of an earlier example, %d of them with another label", a.Duplicates, a.Conflicts)
	for _, c := range a.Conflicted {
		add("", "line %d is %s, line %d with the same texts %s", c.Line, c.Label, c.First, c.FirstWith)
	}
	if o := a.Overlap; o != nil {
		add("overlap", "%s", overlap(o))
	}
	for _, warning := range a.Warnings {
		add("warning", "%s", warning)
	}
	add("characters", "%d to %d, median %d, mean %.1f", a.Characters.Least, a.Characters.Most, a.Characters.Median, a.Characters.Mean)
	if err := printTable(w, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}

// overlap describes the examples that an evaluation set shares with the training set.
func overlap(o *corpus.Overlap) string {
	text := fmt.Sprintf("%d have the texts of a training example", o.Texts)
	if o.Texts > 0 {
		text += fmt.Sprintf(" (lines %s), %d of them with another label", lines(o.Lines, o.Texts), o.Others)
	}
	switch {
	case o.Numbers:
		text += fmt.Sprintf("; %d have its guid, a number", o.GUIDs)
	case o.Named:
		text += fmt.Sprintf("; %d have the guid of one", o.GUIDs)
	}
	return text
}

// lines lists the numbers of the first lines out of all.
func lines(first []int, of int) string {
	text := strings.Trim(strings.ReplaceAll(fmt.Sprint(first), " ", ", "), "[]")
	if of > len(first) {
		text += ", …"
	}
	return text
}
