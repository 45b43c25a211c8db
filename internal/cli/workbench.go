package cli

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"ftft/datamap"
	"ftft/datamap/marks"
	"ftft/datamap/rule"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui"
	"ftft/tui/view"
)

// workbench shows the screen of a runs folder. focus is the run or experiment to open, or "" for the newest; screen is the tab of the
// screen to begin with, or "" for that of the last session.
func workbench(cmd *cobra.Command, runs, focus, screen string) error {
	if !onTerminal() {
		return usageError{fmt.Errorf("the workbench needs a terminal; without one, use ftft runs, ftft map, ftft report or ftft run --plain")}
	}
	if focus != "" {
		runs = filepath.Dir(filepath.Clean(focus))
	}
	options, err := screenOptions(cmd)
	if err != nil {
		return err
	}
	options.Actions, options.Screen = actions{}, screen
	outcome, err := tui.Run(finishing(cmd), onRuns(options, runs, focus))
	if err != nil {
		return err
	}
	if len(outcome.Running) > 0 {
		again := "ftft"
		if runs != defaultRuns {
			again += " --runs " + runs
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: training continues. Attach again: %s. Stop: ftft stop RUN.\n",
			strings.Join(outcome.Running, ", "), again)
	}
	return nil
}

// showSource shows the screen of a source that is not a run, or of some epochs of a run.
func showSource(cmd *cobra.Command, s *dataSource, embeddings string) error {
	options, err := screenOptions(cmd)
	if err != nil {
		return err
	}
	options.Feed, options.Source, options.SourceArgs = watch.Of(s.title(), s.Map, 1), s.path, append([]string{s.name}, s.flags...)
	options.CorrectArgs, options.Notice, options.Embeddings = s.correctArgs(), s.notice, embeddings
	options.Columns = func(_ rundir.Dir, _ *datamap.Map, marked marks.Set) rule.Table {
		s.marked = marked
		return s.table(s.run != "")
	}
	options.Truth = func(rundir.Dir, *datamap.Map) (tui.Truth, error) {
		wrong, err := s.wrong()
		return tui.Truth{Wrong: wrong, Column: s.truthColumn()}, err
	}
	if s.run != "" {
		options.Embeddings = cmp.Or(embeddings, s.run.Embeddings())
		options.Texts = func(_ rundir.Dir, row int) (tui.Example, error) { return s.texts.example(s.run, row) }
		counter := &tokens{}
		options.Tokens = func(_ rundir.Dir, text, pair string) (view.Truncation, error) {
			return counter.count(s.run, text, pair)
		}
	} else if s.data != nil {
		options.Texts = s.exampleText
	}
	_, err = tui.Run(finishing(cmd), options)
	return err
}
