package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"ftft/configs"
	"ftft/datamap"
	"ftft/datamap/marks"
	"ftft/datamap/rule"
	"ftft/train/corpus"
	"ftft/train/cost"
	"ftft/train/rundir"
	"ftft/train/study"
	"ftft/train/tokenizer"
	"ftft/train/watch"
	"ftft/tui"
	"ftft/tui/view"
)

// workbench shows the screen on a runs folder; focus is the study or run to open, empty = the newest.
func workbench(cmd *cobra.Command, runs, focus string) error {
	if !onTerminal() {
		return usageError{fmt.Errorf("the workbench needs a terminal; without one there are: ftft runs, ftft map, ftft report, ftft run --plain")}
	}
	if focus != "" {
		runs = filepath.Dir(filepath.Clean(focus))
	}
	options, err := screenOptions(cmd)
	if err != nil {
		return err
	}
	options.Actions = actions{}
	outcome, err := tui.Run(cmd.Context(), onRuns(options, runs, focus))
	if err != nil {
		return err
	}
	if len(outcome.Running) > 0 {
		again := "ftft"
		if runs != "runs" {
			again += " --runs " + runs
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: the training goes on. Attach again: %s. Stop it: ftft stop RUN.\n", strings.Join(outcome.Running, ", "), again)
	}
	return nil
}

// onRuns has the screen show a runs folder.
func onRuns(options tui.Options, runs, focus string) tui.Options {
	read := &texts{}
	options.Root, options.Focus, options.Texts, options.Columns = runs, focus, read.of, read.columns
	options.Tokens = (&tokens{}).kept
	return options
}

// lookAt shows the screen on a source that is no run, or on some epochs of one.
func lookAt(cmd *cobra.Command, s *dataSource) error {
	options, err := screenOptions(cmd)
	if err != nil {
		return err
	}
	options.Feed, options.Source, options.SourceArgs = watch.Of(s.title(), s.Map, 1), s.path, []string{s.name}
	for _, name := range []string{"epochs", "lenient", "data", "guid", "label", "labels", "text"} {
		if flag := cmd.Flags().Lookup(name); flag != nil && flag.Changed {
			options.SourceArgs = append(options.SourceArgs, "--"+name+"="+flag.Value.String())
		}
	}
	options.Columns = func(_ rundir.Dir, _ *datamap.Map, marked marks.Set) rule.Table {
		s.marked = marked
		return s.table(s.run != "")
	}
	if s.run != "" {
		options.Texts = func(_ rundir.Dir, row int) (tui.Example, error) { return s.texts.of(s.run, row) }
		counter := &tokens{}
		options.Tokens = func(_ rundir.Dir, text, pair string) (view.Kept, error) { return counter.kept(s.run, text, pair) }
	} else if s.data != nil {
		options.Texts = s.exampleText
	}
	_, err = tui.Run(cmd.Context(), options)
	return err
}

// addScreenFlags gives a command that can show the workbench the flags of how it looks.
func addScreenFlags(cmd *cobra.Command) {
	cmd.Flags().String("theme", tui.Themes[0], "colours of the screen: "+strings.Join(tui.Themes, ", "))
	cmd.Flags().Bool("ascii", false, "no character beyond ASCII on the screen")
	cmd.Flags().Bool("no-mouse", false, "leave the mouse to the terminal")
	completeFlag(cmd, "theme", func() []string { return tui.Themes })
}

// screenOptions are those of how the workbench looks: by the command's flags and the environment.
func screenOptions(cmd *cobra.Command) (o tui.Options, err error) {
	o.NoColor = os.Getenv("NO_COLOR") != ""
	if o.Theme, err = cmd.Flags().GetString("theme"); err != nil {
		return o, err
	}
	if !slices.Contains(tui.Themes, o.Theme) {
		return o, usageError{fmt.Errorf("--theme %s: there are %s", o.Theme, strings.Join(tui.Themes, ", "))}
	}
	var errs [2]error
	o.ASCII, errs[0] = cmd.Flags().GetBool("ascii")
	o.NoMouse, errs[1] = cmd.Flags().GetBool("no-mouse")
	return o, errors.Join(errs[:]...)
}

// exampleText finds an example's record by the row of its source.
func (s *dataSource) exampleText(_ rundir.Dir, row int) (tui.Example, error) {
	i, ok := slices.BinarySearch(s.Rows, int32(row))
	if !ok {
		return tui.Example{}, fmt.Errorf("row %d is not on the map", row)
	}
	record, ok := s.data.Row(s.GUIDs[i])
	if !ok {
		return tui.Example{}, fmt.Errorf("%s has no record of guid %s", s.data.File, s.GUIDs[i])
	}
	fields := s.data.Fields(record)
	texts := s.data.Text
	if len(texts) == 0 {
		texts = []string{"text"}
	}
	e := tui.Example{Text: fields[texts[0]], Meta: fields}
	if len(texts) > 1 {
		e.TextPair = fields[texts[1]]
	}
	for _, column := range slices.Concat(texts, []string{s.data.GUID, s.data.Label}) {
		delete(fields, column)
	}
	return e, nil
}

// actions are what the workbench can have done.
type actions struct{}

// Launch orders a run, and sees to it that somebody carries it out.
func (actions) Launch(dir rundir.StudyDir, order rundir.Order) error {
	if err := dir.Order(order); err != nil {
		return err
	}
	_, err := carryOut(dir)
	return err
}

// Forecast says what an order would take.
func (actions) Forecast(dir rundir.StudyDir, order rundir.Order) (cost.Forecast, error) {
	return study.Forecast(dir, order)
}

// Stop leaves a request for a run.
func (actions) Stop(run rundir.Dir) error { return run.Send(rundir.Request{Action: "stop"}) }

// Ask leaves a request for a run and waits for its answer.
func (actions) Ask(run rundir.Dir, action string) (string, error) { return ask(run, action, nil) }

// Resume goes on with a run that has ended before its time.
func (actions) Resume(run rundir.Dir) (string, error) { return resumeRun(run, false) }

// texts finds an example's text in the data that a run was made from, which is read once a run.
type texts struct {
	mutex sync.Mutex
	run   rundir.Dir
	data  *corpus.Corpus
}

// columns are what rules can name of a run's examples.
func (t *texts) columns(run rundir.Dir, m *datamap.Map, marked marks.Set) rule.Table {
	return (&dataSource{Map: m, run: run, marked: marked, texts: t}).table(true)
}

func (t *texts) of(run rundir.Dir, row int) (tui.Example, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.run != run {
		source, err := corpus.OfRun(run)
		if err != nil {
			return tui.Example{}, err
		}
		t.run, t.data = run, source.Data
	}
	examples := t.data.Train.Examples
	if row >= len(examples) {
		return tui.Example{}, fmt.Errorf("row %d of %d", row, len(examples))
	}
	e := examples[row]
	return tui.Example{Text: e.Text, TextPair: e.TextPair, Meta: e.Meta}, nil
}

// tokens counts the tokens of texts as the model of a run does, whose tokenizer is read once a run.
type tokens struct {
	mutex     sync.Mutex
	run       rundir.Dir
	tokenizer *tokenizer.Tokenizer
	limit     int
}

func (t *tokens) kept(run rundir.Dir, text, pair string) (view.Kept, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.run != run {
		if err := t.read(run); err != nil {
			return view.Kept{}, err
		}
	}
	k := view.Kept{Limit: t.limit}
	k.First, k.Second, k.Tokens = t.tokenizer.Kept(text, pair, t.limit)
	return k, nil
}

// read takes the tokenizer from the last checkpoint of a run, or from the folder of the model that it begins with.
func (t *tokens) read(run rundir.Dir) error {
	manifest, err := run.ReadManifest()
	if err != nil {
		return err
	}
	cfg, err := configs.Load(run.Config())
	if err != nil {
		return err
	}
	model := cfg.Reference
	if manifest.Role == rundir.Main {
		model = cfg.Main
	}
	steps, err := run.CheckpointSteps()
	if err != nil {
		return err
	}
	folder := ""
	switch {
	case len(steps) > 0:
		folder = run.Checkpoint(slices.Max(steps))
	case model.Model != "":
		folder = cfg.Resolve(model.Model)
	default:
		return fmt.Errorf("%s keeps its tokenizer with its first checkpoint", run.ID())
	}
	loaded, err := tokenizer.Load(folder)
	if err != nil {
		return err
	}
	t.run, t.tokenizer, t.limit = run, loaded, model.Train.MaxLength
	return nil
}
