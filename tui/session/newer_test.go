package session

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"ftft/internal/disk"
)

// decoded returns the JSON value of a file.
func decoded(t *testing.T, path string) (value any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &value)
	}
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// put writes the text of a file, whose folder it creates.
func put(t *testing.T, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
		t.Fatal(err)
	}
}

// A newer version of ftft with the same format may have written keys that this one does not know. They stay, and those that it knows
// change.
func TestUnknownKeysStay(t *testing.T) {
	run := newRun(t)
	root := t.TempDir()
	v := goodView()
	v.Drawn = &Curves{X: "time"}
	selections := OpenSelections(root)
	for _, test := range []struct {
		path, before, after string
		write               func() error
	}{
		{run.View(),
			`{"format": 1, "screen": 1, "Screen": 9, "guid": "b", "rule": "a", "lens": {"zoom": [1, 2]}, "x<y": null, "strategy": "random",
			"fraction": 1, "triage": {"by": "aum", "guid": "c", "seen": 3, "pace": 2.5}, "drawn": {"log": true, "grid": true}}`,
			`{"format": 1, "screen": 3, "guid": "a", "lens": {"zoom": [1, 2]}, "x<y": null, "strategy": "ambiguous", "fraction": 0.33,
			"triage": {"by": "aum", "guid": "c", "seen": 3, "pace": 2.5},
			"drawn": {"x": "time", "smooth": 0, "charts": "", "seeds": "", "runs": null, "grid": true}}`,
			func() error { return WriteView(run, v) }},
		{disk.StateFile("guide.json"),
			`{"format": 1, "words": ["a"], "seen": true, "tips": ["x"]}`, `{"format": 1, "words": ["a", "b"], "seen": true, "tips": ["x"]}`,
			func() error { return ExtendGuide(Guide{Words: []string{"b"}}) }},
		{selections.path,
			`[{"name": "a", "strategy": "random", "fraction": 1, "colour": "red"}, {"name": "b", "strategy": "random", "fraction": 1, "old": 1}]`,
			`[{"name": "a", "strategy": "random", "fraction": 1, "colour": "red"}, {"name": "b", "strategy": "random", "fraction": 0.5},
			{"name": "c", "strategy": "random", "fraction": 1}]`,
			func() error {
				_, err := selections.Put(Saved{Name: "b", Strategy: "random", Fraction: 0.5})
				_, more := selections.Put(Saved{Name: "c", Strategy: "random", Fraction: 1})
				return errors.Join(err, more)
			}},
		{filepath.Join(root, openedFile), `{"run": "a", "newest": "b", "tab": 2}`, `{"run": "c", "newest": "d", "tab": 2}`,
			func() error { return WriteOpened(root, Opened{Run: "c", Newest: "d"}) }},
	} {
		put(t, test.path, test.before)
		if err := test.write(); err != nil {
			t.Fatal(err)
		}
		var want any
		if err := json.Unmarshal([]byte(test.after), &want); err != nil {
			t.Fatal(err)
		}
		if got := decoded(t, test.path); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", test.path, got, want)
		}
	}
}

// The view of a read-only run keeps the unknown keys of the copy in the user's state folder.
func TestUnknownKeysStayInTheStateFolder(t *testing.T) {
	run := newRun(t)
	readOnly(t, string(run))
	own := disk.StatePath(ownViews, run.View())
	put(t, own, `{"format": 1, "lens": "wide"}`)
	if err := WriteView(run, goodView()); err != nil {
		t.Fatal(err)
	}
	if got, _ := decoded(t, own).(map[string]any); got["lens"] != "wide" || got["guid"] != "a" {
		t.Errorf("got %v", got)
	}
}

// A file of a newer format stays as it is, also where the keys of this version have values of another type, and reading it is an error.
func TestNewerFormatsStay(t *testing.T) {
	run := newRun(t)
	root := t.TempDir()
	selections, history := OpenSelections(root), OpenHistory(root, Rules)
	for _, test := range []struct {
		path, text string
		read       func() error
		write      func() error
		refuses    bool // whether write returns an error
	}{
		{run.View(), `{"format": 2, "screen": "map", "lens": "new"}`,
			func() error { _, _, err := ReadView(run, screens); return err },
			func() error { return WriteView(run, goodView()) }, false},
		{disk.StateFile("guide.json"), `{"format": 2, "words": {"a": "2026-01-01"}}`,
			func() error { _, err := ReadGuide(); return err },
			func() error { return ExtendGuide(Guide{Words: []string{"c"}}) }, false},
		{filepath.Join(root, openedFile), `{"format": 2, "run": ["a"]}`,
			func() error { _, err := ReadOpened(root); return err },
			func() error { return WriteOpened(root, Opened{Run: "c"}) }, false},
		{selections.path, `{"format": 2, "selections": []}`,
			func() error { _, err := selections.Read(); return err },
			func() error { _, err := selections.Delete("a"); return err }, true},
		{history.path, `{"format": 2, "texts": []}`,
			func() error { _, err := history.Read(); return err },
			func() error { return history.Add("a") }, true},
		{run.Stage().Present(), `{"format": 2, "run": 7}`,
			func() error { _, err := ReadPose(run, screens); return err },
			func() error { return nil }, false},
	} {
		put(t, test.path, test.text)
		if err := test.read(); !names(err, test.path) || !names(err, "its format is newer") {
			t.Errorf("reading %s: got %v", test.path, err)
		}
		if err := test.write(); (err != nil) != test.refuses {
			t.Errorf("writing %s: got %v", test.path, err)
		}
		if text, err := os.ReadFile(test.path); err != nil || string(text) != test.text {
			t.Errorf("%s is now %s (%v)", test.path, text, err)
		}
		if _, err := os.Stat(test.path + ".unreadable"); err == nil {
			t.Errorf("%s was put aside", test.path)
		}
	}
}
