package tui

import (
	"cmp"
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

// Actions are the requests that the workbench can make. Launch and Stop return when the request is made, not when it is carried out.
type Actions interface {
	// Launch adds a run to an experiment and makes sure that a process trains it.
	Launch(study rundir.StudyDir, order rundir.Launch) error
	// Stop asks a run to finish its step, save a checkpoint and end.
	Stop(run rundir.Dir) error
	// Ask sends a request (pause, resume, checkpoint) to a running run and returns its answer.
	Ask(run rundir.Dir, action string) (answer string, err error)
	// Resume resumes a run that ended early. The answer describes how.
	Resume(run rundir.Dir) (answer string, err error)
}

// Example is the text and the metadata of an example, as in its data file.
type Example struct {
	Text, TextPair string
	Meta           map[string]string // its other columns
	Unchecked      bool              // the run has no hash of its data: the texts were found by guid and may have changed
}

// Truth holds which labels of a map are wrong, where they were flipped on purpose or the data have the true ones.
type Truth struct {
	Wrong  []bool // [n] whether the gold label is wrong; nil = unknown
	Column string // the column that has the truth
}

// Options determine what the workbench shows and what it may do. Texts, Columns, Tokens and Truth are called in the background, one at a
// time.
type Options struct {
	Root       string      // the runs folder
	Feed       *watch.Feed // instead of the runs folder; nil = the runs folder
	Focus      string      // the directory of the experiment or run to open; empty = the newest
	Source     string      // the path of imported dynamics, beside which marks are kept
	SourceArgs []string    // the command line's words for Feed: the source, then flags
	Embeddings string      // the file of the embeddings of Feed; "" = none
	Notice     string      // shown until the first key; "" = none
	Actions    Actions     // nil = the workbench is read-only

	// Forecast estimates the cost of launches together; nil = the form shows none. It reads files, in the background.
	Forecast func(study rundir.StudyDir, orders []rundir.Launch) (cost.Forecast, error)

	// CorrectArgs is the command that writes the data of Feed with the marks applied.
	CorrectArgs []string

	// Texts returns the text of a row of a run's examples.jsonl.
	Texts func(run rundir.Dir, row int) (Example, error)
	// Columns returns the columns of a run's examples that rules can name; nil = none.
	Columns func(run rundir.Dir, m *datamap.Map, marked marks.Set) rule.Table
	// Tokens returns how much of an example's texts a run's model reads; nil = there is no tokenizer.
	Tokens func(run rundir.Dir, text, pair string) (view.Truncation, error)
	// Truth returns which labels of a run's examples are wrong; nil = that is never known.
	Truth func(run rundir.Dir, m *datamap.Map) (Truth, error)

	Screen   string  // the tab of the screen to begin with; empty = the one of the last session
	Strategy string  // to begin with; empty = ambiguous
	Fraction float64 // to begin with; 0 = 0.33
	Theme    string  // of Themes; empty = auto
	ASCII    bool    // no character beyond ASCII
	NoColor  bool
	NoMouse  bool    // the terminal keeps the mouse
	Pixels   Pixels  // whether the map is an image where the terminal shows images
	Lesson   *Lesson // a guided tour of the runs; nil = none

	Present rundir.Dir // the run that is presented to followers; empty = none
	Follow  rundir.Dir // the run whose presenter this screen mirrors; empty = none
}

// Outcome is what the command reports after the user has left the workbench.
type Outcome struct {
	Running []string // the IDs of the runs that are still training
}

// fps is the highest number of frames a second.
const fps = 60

// Run shows the workbench on the terminal until the user quits or ctx ends. A panic of the workbench ends it with an error.
func Run(ctx context.Context, options Options, program ...tea.ProgramOption) (Outcome, error) {
	app := New(options)
	err := show(ctx, app, program...)
	if options.Present != "" {
		err = errors.Join(err, app.presenter.withdraw())
	}
	return app.outcome(), err
}

// show runs a program on the terminal. The error is that of a panic, if there is one.
func show(ctx context.Context, model tea.Model, options ...tea.ProgramOption) error {
	g := &guard{Model: model}
	program := tea.NewProgram(g, append([]tea.ProgramOption{tea.WithContext(ctx), tea.WithFPS(fps)}, options...)...)
	g.quit = program.Quit
	_, err := program.Run()
	return cmp.Or(g.err(), err)
}
