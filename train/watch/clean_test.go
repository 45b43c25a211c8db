package watch

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"ftft/internal/disk"
	"ftft/internal/safe"
	"ftft/train/rundir"
	"ftft/train/watch/watchtest"
)

// hostile is a text that sets a terminal's title, changes its colours and reverses the order of its characters.
const hostile = "x\x1b]0;title\a\x1b[5;31m\u009b31m\u202e\u2066\x7f\r\n\ty"

// controlled returns where a value holds text that controls a terminal. Labels and rules are cleaned by the screens, the config is
// parsed by them, and an ID names a directory.
func controlled(v reflect.Value, path string) (places []string) {
	switch v.Kind() {
	case reflect.String:
		if safe.Text(v.String()) != v.String() {
			places = append(places, path)
		}
	case reflect.Pointer:
		if !v.IsNil() && !strings.HasSuffix(path, ".planned") {
			places = controlled(v.Elem(), path)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			switch name := v.Type().Field(i).Name; name {
			case "Dir", "Labels", "Rule", "Config", "status", "Planned", "Created", "Problem":
			default:
				places = append(places, controlled(v.Field(i), path+"."+name)...)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			places = append(places, controlled(v.Index(i), path)...)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			places = append(places, controlled(key, path)...)
			places = append(places, controlled(v.MapIndex(key), path)...)
		}
	}
	return places
}

// No text of a snapshot controls a terminal, whatever a run's files and its directory's name hold, read whole and in brief.
func TestSnapshotsAreSafe(t *testing.T) {
	root := t.TempDir()
	name := strings.ReplaceAll(hostile, "/", "")
	plan := runPlan()
	plan.Manifest = rundir.Manifest{
		ID: hostile, Name: hostile, Role: rundir.Main, Arm: hostile, Study: hostile, Parent: hostile, Model: hostile, Job: hostile,
		Kernel: hostile, Versions: map[string]string{hostile: hostile}, Set: map[string]string{hostile: hostile},
	}
	dir := rundir.Dir(filepath.Join(root, name))
	w := watchtest.New(dir, plan)
	w.Train(4)
	for _, body := range []rundir.Body{
		&rundir.Warning{Message: hostile, GUIDs: []string{hostile}},
		&rundir.Control{ID: hostile, Action: hostile, Answer: hostile},
		&rundir.Evaluation{Set: hostile, SetKind: hostile, Use: hostile},
		&rundir.Checkpoint{Path: hostile},
	} {
		w.Log(body)
	}
	selection := rundir.Selection{Strategy: hostile, Source: hostile, Formula: hostile, Count: 1, Rows: []int{0}}
	if err := dir.WriteSelection(selection); err != nil {
		t.Fatal(err)
	}
	w.Finish(rundir.Finish{Status: rundir.Failed, Message: hostile, GUIDs: []string{hostile}})
	study := rundir.StudyDir(filepath.Join(root, "study"+name))
	if err := disk.Mkdir(string(study)); err != nil {
		t.Fatal(err)
	}
	err := study.WriteStudy(rundir.Study{Name: hostile, State: hostile, Runs: []rundir.StudyRun{
		{ID: name, Role: rundir.Main, Arm: hostile, Set: map[string]string{hostile: hostile}},
		{ID: "planned", Role: hostile, Arm: hostile, State: hostile, Strategy: hostile, Parent: hostile},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, whole := range [][]rundir.Dir{{dir}, nil} {
		s := New(root).Poll("", whole...)
		if len(s.Groups) != 1 || len(s.Groups[0].Runs) != 2 {
			t.Fatalf("%d groups: %v", len(s.Groups), s.Problem)
		}
		run := s.Groups[0].Runs[0]
		if run.Brief != (whole == nil) || run.Status.Finish == nil || !strings.HasPrefix(run.Name(), `x\x1b]0;title`) {
			t.Errorf("brief %v, named %q, problem %v", run.Brief, run.Name(), run.Problem)
		}
		if places := controlled(reflect.ValueOf(s.Groups), "Groups"); len(places) > 0 {
			t.Errorf("text that controls a terminal in %q, read whole: %v", places, whole != nil)
		}
		if text := run.ID() + s.Groups[0].Name; safe.Word(text) != text {
			t.Errorf("the names %q", text)
		}
	}
}
