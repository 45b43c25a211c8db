package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ftft/datamap"
	"ftft/internal/fault"
	"ftft/train/rundir"
	"ftft/train/study"
)

// selectFlags holds the flags of ftft select.
type selectFlags struct {
	sourceFlags
	choice                             datamap.Choice
	rule, embeddings                   string
	rows, selection, cartography, task string
	ignoreMarks, asJSON                bool
}

func selectCommand(runs *string) *cobra.Command {
	var s selectFlags
	cmd := &cobra.Command{
		Use:   "select SOURCE",
		Short: "Select examples by a strategy or a rule",
		Long: `Select examples by a strategy or a rule, and print their guids, one a line in dataset order, or write their rows in the data's own
format.

` + sourceHelp + `

Strategies take exactly floor(fraction * N) examples, with ties broken by guid: ambiguous (highest variability), hard-to-learn (lowest
confidence), easy-to-learn (highest confidence), random, top:METRIC and bottom:METRIC, band:METRIC:SHARE (skips the lowest SHARE of the
examples that rules, marks and earlier parts left), both-ends or both-ends:METRIC (as in cartography: the hardest 70 %, the easiest 30 %),
representative (facility location over embeddings), and mixtures such as "0.8 ambiguous + 0.2 easy-to-learn". --balanced takes equally many
of each label.

--rule selects by an expression over the metrics (ftft map --help), label, gold, predicted, guid, text, length, mark and the columns of
--data: variability > 0.2 && confidence < 0.7, label == "neutral" and text contains "not", variability >= quantile(variability, 0.67),
rank(confidence) < 500. A rule alone selects all examples that match; with a strategy, the strategy chooses among them.

Examples marked as excluded (ftft mark) are not selected. --compat ftft selects the examples strictly above the quantile, by the sample
standard deviation; --compat cartography selects the first int(q N) + 1. Both reproduce those programs.

--rows keeps the bytes of the rows. ` + formulasHelp,
		Example: `  ftft select demo-reference > ambiguous.txt
  ftft select roberta-snli/ --strategy bottom:aum --fraction 0.05 --epochs 1:
  ftft select demo-reference --rule 'variability > 0.2 && label == "neutral"' --json
  ftft select roberta-snli/ --data snli_train.jsonl --rows ambiguous.jsonl --selection selection.json
  ftft select uid_to_logits.pt --data train.csv --guid id --label label --compat ftft`,
		Annotations: next(
			"ftft select SOURCE --rows FILE", "Write the selected rows, to train on elsewhere",
			"ftft run CONFIG --set selection.fraction=0.25", "Train the arms on a selection",
		),
		RunE: func(cmd *cobra.Command, args []string) error {
			byRule := s.rule != "" && !cmd.Flags().Changed("strategy") && !cmd.Flags().Changed("fraction")
			if err := s.check(byRule); err != nil {
				return usageError{err}
			}
			return s.run(*runs, args[0], byRule, product(cmd), cmd.ErrOrStderr())
		},
		ValidArgsFunction: completeRuns(runs),
	}
	s.add(cmd)
	cmd.Flags().StringVar(&s.choice.Strategy, "strategy", datamap.Ambiguous, "how to choose the examples; see above")
	completeFlag(cmd, "strategy", strategyNames)
	cmd.Flags().Float64Var(&s.choice.Fraction, "fraction", 0.33, "share of the examples to select")
	cmd.Flags().Int64Var(&s.choice.Seed, "seed", 1, "seed of random and representative")
	cmd.Flags().BoolVar(&s.choice.Balanced, "balanced", false, "select equally many of each gold label, as far as possible")
	cmd.Flags().StringVar(&s.choice.Compat, "compat", "", "reproduce the selections of another program: ftft or cartography")
	completeFlag(cmd, "compat", func() []string { return datamap.Compats })
	cmd.Flags().StringVar(&s.rule, "rule", "", "select only examples that match this expression")
	cmd.Flags().StringVar(&s.embeddings, "embeddings", "",
		"file of embeddings [examples, width] (.npy) for representative; default: the run's own")
	cmd.Flags().StringVar(&s.rows, "rows", "", "file to write the selected rows to, in the format of the data")
	cmd.Flags().StringVar(&s.selection, "selection", "", "file to write the selection's record to, like a run's selection.json")
	cmd.Flags().StringVar(&s.cartography, "cartography", "", "folder to write cartography_METRIC_FRACTION/TASK/train.tsv into")
	cmd.Flags().StringVar(&s.task, "task", "", "TASK of --cartography; default: the name of the data's folder")
	cmd.Flags().BoolVar(&s.ignoreMarks, "ignore-marks", false, "also select excluded examples")
	cmd.Flags().BoolVar(&s.asJSON, "json", false, "print the guids as a JSON array")
	return cmd
}

func strategyNames() []string {
	names := slices.Concat(datamap.Strategies, []string{datamap.BothEnds, datamap.Representative})
	for _, kind := range []string{datamap.Top, datamap.Bottom} {
		for _, metric := range metricNames() {
			names = append(names, kind+":"+metric)
		}
	}
	return names
}

// check returns an error if flags contradict each other.
func (s *selectFlags) check(byRule bool) error {
	written := s.rows != "" || s.selection != "" || s.cartography != ""
	representative := strings.Contains(s.choice.Strategy, datamap.Representative)
	if err := datamap.CheckStrategy(s.choice.Strategy); err != nil {
		return fmt.Errorf("--strategy: %w", err)
	}
	switch {
	case s.choice.Compat != "" && !slices.Contains(datamap.Compats, s.choice.Compat):
		return fmt.Errorf("unknown --compat %s; the programs are %s", s.choice.Compat, strings.Join(datamap.Compats, ", "))
	case s.choice.Balanced && s.choice.Compat != "":
		return fmt.Errorf("--compat %s: that program has no balanced selection", s.choice.Compat)
	case byRule && (s.choice.Balanced || s.choice.Compat != ""):
		return errors.New("--rule alone selects all that it matches; --balanced and --compat also need --strategy or --fraction")
	case s.asJSON && written:
		return errors.New("--json prints guids; it cannot be combined with --rows, --selection or --cartography")
	case s.task != "" && s.cartography == "":
		return errors.New("--task needs --cartography")
	case s.embeddings != "" && !representative:
		return errors.New("--embeddings needs the strategy representative")
	case s.cartography != "" && (byRule || s.metric() == ""):
		return errors.New("--cartography names its folder after one metric; " +
			"use the strategy ambiguous, hard-to-learn, easy-to-learn, top:METRIC or bottom:METRIC")
	}
	return nil
}

// metric returns the metric that cartography's layout is named after, or "" if the strategy does not use exactly one.
func (s *selectFlags) metric() string {
	kind, name, _ := strings.Cut(s.choice.Strategy, ":")
	switch {
	case kind == datamap.Ambiguous:
		return "variability"
	case kind == datamap.HardToLearn, kind == datamap.EasyToLearn:
		return "confidence"
	case (kind == datamap.Top || kind == datamap.Bottom) && !strings.Contains(name, " "):
		return name
	}
	return ""
}

// run selects examples and writes them. If byRule, it selects all that the rule matches.
func (s *selectFlags) run(runs, name string, byRule bool, out, messages io.Writer) error {
	if err := checkFraction(s.choice.Fraction); err != nil {
		return err
	}
	src, err := s.open(runs, name, messages)
	if err != nil {
		return err
	}
	excluded := 0
	if !s.ignoreMarks {
		s.choice.Pool, excluded = src.marked.Pool(src.GUIDs)
	}
	if s.rule != "" {
		if err := s.narrow(src); err != nil {
			return err
		}
	}
	if !byRule && strings.Contains(s.choice.Strategy, datamap.Representative) {
		if s.choice.Representative, err = s.representative(src, messages); err != nil {
			return err
		}
	}
	candidates := src.Len()
	if s.choice.Pool != nil {
		candidates = count(s.choice.Pool)
	}
	if candidates == 0 {
		return fault.At(src.name, 0, s.nothingLeft(src, excluded))
	}
	if datamap.Count(candidates, s.choice.Fraction) == 0 && !byRule {
		return usageError{fmt.Errorf("--fraction %g of %d examples selects none; raise it", s.choice.Fraction, candidates)}
	}
	var chosen []int
	if byRule {
		s.choice.Fraction, s.choice.Strategy = 1, "rule"
		chosen = indices(s.choice.Pool)
	} else if chosen, err = src.Choose(s.choice); err != nil {
		return err
	}
	if warning := src.Warning(); warning != "" && datamap.UsesDynamics(s.choice.Strategy) {
		fmt.Fprintln(messages, warning)
	}
	if excluded > 0 {
		fmt.Fprintf(messages, "marks exclude %d of %d examples\n", excluded, src.Len())
	}
	record := s.record(src, chosen, candidates, excluded)
	if err := s.write(src, chosen, record, messages); err != nil {
		return err
	}
	if s.rows != "" || s.cartography != "" || s.selection != "" {
		fmt.Fprintf(messages, "selected %d of %d examples\n", len(chosen), src.Len())
		return nil
	}
	return s.print(src, chosen, out)
}

// narrow removes from the pool what the rule does not match.
func (s *selectFlags) narrow(src *dataSource) error {
	matches, err := src.match(s.rule)
	if err != nil {
		return err
	}
	for i, in := range s.choice.Pool {
		matches[i] = matches[i] && in
	}
	s.choice.Pool = matches
	return nil
}

// nothingLeft returns why no example can be selected.
func (s *selectFlags) nothingLeft(src *dataSource, excluded int) string {
	switch {
	case s.rule == "":
		return "the marks exclude all examples; nothing is selected: --ignore-marks selects excluded examples"
	case excluded == 0:
		return fmt.Sprintf("none of the %d examples matches the rule %s; nothing is selected", src.Len(), s.rule)
	}
	return fmt.Sprintf("none of the %d examples that the marks do not exclude matches the rule %s; nothing is selected",
		src.Len()-excluded, s.rule)
}

func count(in []bool) int { return len(indices(in)) }

// indices returns the indices of the true elements.
func indices(in []bool) (list []int) {
	for i, is := range in {
		if is {
			list = append(list, i)
		}
	}
	return list
}

// representative ranks the examples by how well they represent the others, by their embeddings.
func (s *selectFlags) representative(src *dataSource, messages io.Writer) (*datamap.Ranking, error) {
	path := s.embeddings
	if path == "" && src.run != "" {
		path = src.run.Embeddings()
	}
	if path == "" {
		return nil, usageError{errors.New("representative needs --embeddings F.npy, [examples, width] in the source's order; " +
			"compute them with ftft predict MODEL DATA --embeddings F.npy")}
	}
	if _, err := os.Stat(path); err != nil && s.embeddings == "" {
		return nil, fmt.Errorf("%s has no embeddings; compute them with ftft embed %s", src.name, src.name)
	}
	return study.Representative(path, src.Map, s.choice.Seed, countdown(messages))
}

// record returns the record of a selection from the candidates that the rule and the marks left.
func (s *selectFlags) record(src *dataSource, chosen []int, candidates, excluded int) rundir.Selection {
	formula := "population"
	if src.Sample() || s.choice.Compat == datamap.CompatFTFT {
		formula = "sample"
	}
	made := rundir.Selection{
		Rule: s.rule, Strategy: s.choice.Strategy, Fraction: s.choice.Fraction, Seed: s.choice.Seed,
		Balanced: s.choice.Balanced, Compat: s.choice.Compat, Formula: formula,
		Source: src.title(), Of: candidates, Excluded: excluded,
	}
	return rundir.NewSelection(made, len(chosen), func(i int) rundir.Chosen {
		c := chosen[i]
		example := rundir.Chosen{Row: int(src.Rows[c]), GUID: src.GUIDs[c]}
		if src.Gold != nil {
			example.Label = src.className(src.Gold[c])
		}
		return example
	})
}

func (s *dataSource) guids(chosen []int) []string {
	guids := make([]string, len(chosen))
	for i, c := range chosen {
		guids[i] = s.GUIDs[c]
	}
	return guids
}

func (s *selectFlags) print(src *dataSource, chosen []int, out io.Writer) error {
	guids := src.guids(chosen)
	if s.asJSON {
		return printJSON(out, guids)
	}
	lines := bufio.NewWriter(out)
	for _, guid := range guids {
		if strings.ContainsAny(guid, "\r\n") {
			return fmt.Errorf("the guid %q has more than one line; print such guids with --json", guid)
		}
		fmt.Fprintln(lines, guid)
	}
	return lines.Flush()
}
