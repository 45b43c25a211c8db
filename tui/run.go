package tui

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/datamap/marks"
	"ftft/datamap/rule"
	"ftft/train/cost"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/view"
)

// Actions are what the workbench can have done. Launch and Stop return when the thing has been asked for, not when it is
// done.
type Actions interface {
	// Launch orders a run of a study, and sees to it that somebody carries it out.
	Launch(study rundir.StudyDir, order rundir.Launch) error
	// Forecast says what that would take.
	Forecast(study rundir.StudyDir, order rundir.Launch) (cost.Forecast, error)
	// Stop asks a run to finish its step, save its weights and end.
	Stop(run rundir.Dir) error
	// Ask asks a running run for something (pause, resume, checkpoint) and waits for its answer.
	Ask(run rundir.Dir, action string) (answer string, err error)
	// Resume goes on with a run that has ended before its time, and says how.
	Resume(run rundir.Dir) (answer string, err error)
}

// Example is an example's text, as its data file has it.
type Example struct {
	Text, TextPair string
	Meta           map[string]string // its other columns
}

// Options say what the workbench shows and what it may do.
type Options struct {
	Root    string      // the runs folder
	Feed    *watch.Feed // in place of the runs folder's; nil = that
	Focus   string      // the study's or the run's directory to open; empty = the newest
	Actions Actions
	Texts   func(run rundir.Dir, row int) (Example, error) // of the run's examples.jsonl; called in the background, one call at a time
	// Columns gives what rules can name of a run's examples; called in the background, one call at a time. nil = nothing.
	Columns    func(run rundir.Dir, m *datamap.Map, marked marks.Set) rule.Table
	Source     string   // of somebody else's dynamics: their path, beside which marks lie
	SourceArgs []string // how the command line names what Feed gives: the source, then flags
	// Tokens says how much of an example's texts a run's model reads; called in the background, one call at a time with Texts.
	Tokens   func(run rundir.Dir, text, pair string) (view.Truncation, error)
	Strategy string  // to begin with; empty = ambiguous
	Fraction float64 // to begin with; 0 = 0.33
	ASCII    bool    // no character beyond ASCII
	NoColor  bool
	Theme    string  // of Themes; empty = auto
	NoMouse  bool    // the terminal keeps the mouse
	Lesson   *Lesson // a guided tour of the runs; nil = none

	Present rundir.Dir // the run whose followers see what is looked at; empty = nobody does
	Follow  rundir.Dir // the run whose presenter this screen follows, doing nothing itself; empty = it is the user's own
}

// Outcome is what there is to say when the workbench has been left.
type Outcome struct {
	Running []string // IDs of the runs that go on
}

// fps is how many frames a second are drawn at most.
const fps = 60

// Run shows the workbench on the terminal until the user quits or ctx ends.
func Run(ctx context.Context, options Options, program ...tea.ProgramOption) (Outcome, error) {
	app := New(options)
	program = append([]tea.ProgramOption{tea.WithContext(ctx), tea.WithFPS(fps)}, program...)
	_, err := tea.NewProgram(app, program...).Run()
	if options.Present != "" {
		err = errors.Join(err, app.presenter.withdraw())
	}
	return app.outcome(), err
}
