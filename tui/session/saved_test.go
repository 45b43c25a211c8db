package session

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"ftft/internal/disk"
	"ftft/tui/selection"
)

func TestSelections(t *testing.T) {
	root := t.TempDir()
	f := OpenSelections(root)
	if list, err := f.Read(); list != nil || err != nil {
		t.Fatalf("without a file: got %v, %v", list, err)
	}
	whole := NewSaved("wrong labels",
		selection.Criteria{Strategy: "ambiguous", Fraction: 0.33, Rule: "confidence < 0.1", Whole: true, Class: 2})
	third := NewSaved("a third", selection.Criteria{Strategy: "random", Fraction: 0.33})
	for _, s := range []Saved{whole, third, whole} {
		if _, err := f.Put(s); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := OpenSelections(root).Read(); err != nil || !slices.Equal(list, []Saved{third, whole}) {
		t.Errorf("got %v, %v, want both once, by name", list, err)
	}
	for _, wrong := range []Saved{{Name: " ", Strategy: "random", Fraction: 1}, {Name: "a", Strategy: "b", Fraction: 1},
		{Name: "a", Strategy: "random"}, {Name: "a", Strategy: "random", Fraction: 1, Whole: true}} {
		if _, err := f.Put(wrong); err == nil {
			t.Errorf("%+v: got no error", wrong)
		}
	}
	if list, err := f.Delete("a third"); err != nil || !slices.Equal(list, []Saved{whole}) {
		t.Errorf("deleted: got %v, %v", list, err)
	}
}

// Workbenches that change the user's files at the same time lose nothing.
func TestChangesAtTheSameTime(t *testing.T) {
	root := t.TempDir()
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	var wait sync.WaitGroup
	const all = 20
	for i := range all {
		name := fmt.Sprint("number ", i)
		wait.Go(func() {
			_, err := OpenSelections(root).Put(Saved{Name: name, Strategy: "random", Fraction: 1})
			err = errors.Join(err, OpenHistory(root, Rules).Add(name), ExtendGuide(Guide{Words: []string{name}, Seen: i == 0}))
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	list, err1 := OpenSelections(root).Read()
	past, err2 := OpenHistory(root, Rules).Read()
	guide, err3 := ReadGuide()
	if err := errors.Join(err1, err2, err3); err != nil || len(list) != all || len(past) != all || len(guide.Words) != all || !guide.Seen {
		t.Errorf("%v: %d selections, %d rules, %d words, seen %t", err, len(list), len(past), len(guide.Words), guide.Seen)
	}
}

// A file that cannot be read is not overwritten.
func TestSelectionsThatCannotBeRead(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, ".selections.json")
	for _, text := range []string{"{", `[{"name": "a", "strategy": "best", "fraction": 0.5}]`,
		`[{"name": "a", "strategy": "random", "fraction": 2}]`} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenSelections(root).Put(Saved{Name: "b", Strategy: "random", Fraction: 1}); !names(err, path) {
			t.Errorf("%s: got %v, want an error that names the file", text, err)
		}
		if got, _ := os.ReadFile(path); string(got) != text {
			t.Errorf("the file was overwritten: %s", got)
		}
	}
	disk.Inject(func(disk.Op, string) error { return unix.EIO })
	defer disk.Inject(nil)
	if _, err := OpenSelections(t.TempDir()).Delete("a"); !errors.Is(err, unix.EIO) {
		t.Errorf("got %v, want an input/output error", err)
	}
}

// A saved selection brings its rule and fraction; without the rule, the fraction stays, and so do the filters.
func TestSavedApplies(t *testing.T) {
	now := selection.Criteria{Strategy: "random", Fraction: 0.2, Rule: "confidence > 0.5", Whole: true, Free: 0.5, Class: 2}
	s := Saved{Name: "a", Strategy: "ambiguous", Fraction: 0.1, Rule: "variability > 0.2"}
	got := s.Apply(now)
	want := selection.Criteria{Strategy: "ambiguous", Fraction: 0.1, Rule: "variability > 0.2", Free: 0.5, Class: 2}
	if got != want {
		t.Errorf("with a rule: got %+v, want %+v", got, want)
	}
	s.Rule = ""
	if got := s.Apply(now); got != (selection.Criteria{Strategy: "ambiguous", Fraction: 0.1, Class: 2}) {
		t.Errorf("without a rule: got %+v", got)
	}
}
