// Package session reads and writes the workbench's own files: view.json (how a run was last viewed), .opened.json (the run that was
// viewed last), present.json (what a presenter shows), guide.json (what has been explained to the user), the histories of the prompts
// and the saved selections. runs/README.md describes the formats of those in a runs folder.
//
// It may import tui/view and tui/selection (for their settings), train/rundir and what these import, and no Bubble Tea. Begin with
// View.
package session

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"

	"ftft/datamap"
	"ftft/train/rundir"
	"ftft/tui/selection"
	"ftft/tui/view"
)

// View is the schema of view.json: how a run was last viewed.
type View struct {
	Format   int     `json:"format"`           // always 1
	Screen   int     `json:"screen"`           // the number of the key that shows it: 1 for the map
	GUID     string  `json:"guid"`             // the example under the cursor
	Astray   bool    `json:"astray,omitempty"` // the example is outside the list: a search led to it
	Strategy string  `json:"strategy"`
	Fraction float64 `json:"fraction"`
	Rule     string  `json:"rule,omitempty"`
	Whole    bool    `json:"whole,omitempty"` // whether everything that the rule matches is selected
	Brushed  bool    `json:"brushed,omitempty"`
	Free     float64 `json:"free,omitempty"`  // the fraction before the rule
	Label    string  `json:"label,omitempty"` // Label, Marked and Filter are the filters of the list
	Marked   bool    `json:"marked,omitempty"`
	Filter   string  `json:"filter,omitempty"`
	Sort     string  `json:"sort,omitempty"` // a metric's name
	Reversed bool    `json:"reversed,omitempty"`
	After    int     `json:"after,omitempty"` // the number of epochs of the map; absent = all

	Triage *Triage `json:"triage,omitempty"` // absent until Triage has been used

	Drawn *Curves `json:"drawn,omitempty"` // the curves' settings unless they are the default, with the runs that the user picked
}

// Triage describes how far the user has got in judging suspects.
type Triage struct {
	By       string `json:"by"` // the name of a method, one of datamap.Triages
	Reversed bool   `json:"reversed,omitempty"`
	GUID     string `json:"guid"` // the suspect under the cursor
	Seen     int    `json:"seen"` // how many suspects have been looked at, from the first on
}

// Check returns an error that names the first value out of range. screens are the numbers of the screens.
func (v *View) Check(screens []int) error {
	switch {
	case v.Format != 1:
		return fmt.Errorf("format %d", v.Format)
	case !slices.Contains(screens, v.Screen):
		return fmt.Errorf("screen %d", v.Screen)
	case !slices.Contains(datamap.Strategies, v.Strategy):
		return fmt.Errorf("strategy %q", v.Strategy)
	case !(v.Fraction > 0 && v.Fraction <= 1):
		return fmt.Errorf("fraction %g", v.Fraction)
	case !(v.Free >= 0 && v.Free <= 1):
		return fmt.Errorf("free %g", v.Free)
	case v.After < 0:
		return fmt.Errorf("after %d", v.After)
	}
	if err := v.Triage.check(); err != nil {
		return err
	}
	if v.Drawn != nil {
		return v.Drawn.Apply(new(view.Curves))
	}
	return nil
}

// check returns an error if a value is out of range. A nil Triage is right.
func (t *Triage) check() error {
	if t == nil {
		return nil
	}
	if _, err := datamap.FindTriage(t.By); err != nil || t.Seen < 0 {
		return fmt.Errorf("triage by %q, %d seen", t.By, t.Seen)
	}
	return nil
}

// SetCriteria sets the criteria of the selection, except for the class, which Label names.
func (v *View) SetCriteria(c selection.Criteria) {
	v.Strategy, v.Fraction, v.Free = c.Strategy, c.Fraction, c.Free
	v.Rule, v.Whole, v.Brushed = c.Rule, c.Whole, c.Brushed
	v.Marked, v.Filter = c.Marked, c.Filter
}

// Criteria returns the criteria of the selection, except for the class, which Label names.
func (v *View) Criteria() selection.Criteria {
	free := v.Free
	if v.Rule != "" && free == 0 {
		free = v.Fraction // the file's version did not write it
	}
	return selection.Criteria{
		Strategy: v.Strategy, Fraction: v.Fraction, Free: free,
		Rule: v.Rule, Whole: v.Whole && v.Rule != "", Brushed: v.Brushed,
		Marked: v.Marked, Filter: v.Filter,
	}
}

// ReadView reads a run's view.json, from the user's state folder if it is there. path is the file that was read. Without a view the
// error is fs.ErrNotExist.
func ReadView(run rundir.Dir, screens []int) (v View, path string, err error) {
	if path, err = readOwn(ownViews, run.View(), 1, &v); err != nil {
		return v, path, err
	}
	if err = v.Check(screens); err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return v, path, err
}

// WriteView writes a run's view.json, to the user's state folder if the run is read-only. A view without Triage keeps that of the file:
// Triage has not been used on the run in this session. Keys that only a newer version knows stay, and so does a whole file of a newer
// format; reading it has told the user.
func WriteView(run rundir.Dir, v View) error {
	text, _, err := ownText(ownViews, run.View())
	if err == nil && ofNewerFormat(text, v.Format) {
		return nil
	}
	var old View
	if json.Unmarshal(text, &old) == nil && v.Triage == nil && old.Triage.check() == nil {
		v.Triage = old.Triage
	}
	whole, err := withUnknown(v, text)
	if err != nil {
		return err
	}
	return writeOwn(ownViews, run.View(), whole, func() error { return WriteBeside(run, run.View(), whole) })
}

// Opened is the schema of .opened.json in a runs folder.
type Opened struct {
	Run    string `json:"run"`                  // the run that was viewed last
	Within string `json:"experiment,omitempty"` // the experiment that it was viewed in, of several that share it
	Newest string `json:"newest"`               // the reference of the then newest experiment; a newer experiment takes precedence
}

const openedFile = ".opened.json"

// ReadOpened reads .opened.json of a runs folder.
func ReadOpened(root string) (last Opened, err error) {
	_, err = readOwn(ownRuns, filepath.Join(root, openedFile), 1, &last)
	return last, err
}

// WriteOpened writes .opened.json of a runs folder. It does not create the folder. Keys that only a newer version knows stay, and so does
// a whole file of a newer format.
func WriteOpened(root string, last Opened) error {
	path := filepath.Join(root, openedFile)
	text, _, err := ownText(ownRuns, path)
	if err == nil && ofNewerFormat(text, 1) {
		return nil
	}
	whole, err := withUnknown(last, text)
	if err != nil {
		return err
	}
	return writeOwn(ownRuns, path, whole, func() error { return writeInto(root, path, whole) })
}

// WriteBeside writes a JSON file into a run's folder. It does not create the folder.
func WriteBeside(run rundir.Dir, path string, v any) error { return writeInto(run.Manifest(), path, v) }
