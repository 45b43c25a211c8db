package watch

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ftft/train/rundir"
	"ftft/train/watch/watchtest"
)

// A folder of many runs is listed from the index as from the runs' files, and a run that has changed from its files.
func TestIndexListsWhatTheFilesHold(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	root := t.TempDir()
	const experiments = indexLeast/5 + 1
	watchtest.Many(root, experiments)
	old := time.Now().Add(-time.Hour)
	runs, err := rundir.Runs(root)
	if err != nil || len(runs) != 5*experiments {
		t.Fatal(len(runs), err)
	}
	for _, dir := range runs {
		if err := os.Chtimes(dir.Events(), old, old); err != nil {
			t.Fatal(err)
		}
	}
	plain := func(s Snapshot) (runs []*Run) {
		for _, group := range s.Groups {
			runs = append(runs, group.Runs...)
		}
		return runs
	}
	text := func(runs []*Run) string {
		text, err := json.Marshal(runs)
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(string(text), "[]", "null") // the index does not tell them apart, and neither do screens
	}
	read := New(root)
	want := plain(read.Poll(""))
	if len(read.index.entries) != len(runs) {
		t.Fatalf("%d of %d runs are in the index", len(read.index.entries), len(runs))
	}
	recalled := New(root)
	if got := plain(recalled.Poll("")); text(got) != text(want) {
		t.Errorf("from the index:\n%s\nfrom the files:\n%s", text(got[:1]), text(want[:1]))
	}
	if recalled.index.missing != 0 {
		t.Errorf("%d runs were read again", recalled.index.missing)
	}

	changed := rundir.Dir(filepath.Join(root, "snli-0003-erm"))
	log, err := os.OpenFile(changed.Events(), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = log.WriteString(`{"seq":9999,"attempt":1,"time":"2026-01-02T03:04:05Z","kind":"finish","step":2256,"status":"failed"}` + "\n")
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range plain(New(root).Poll("")) {
		want := rundir.Complete
		if run.Dir == changed {
			want = rundir.Failed
		}
		if run.Status.State != want {
			t.Errorf("%s is %s, want %s", run.ID(), run.Status.State, want)
		}
	}

	// A damaged index costs time and nothing else.
	if err := os.WriteFile(recalled.index.path, []byte("damaged"), 0o666); err != nil {
		t.Fatal(err)
	}
	if got := plain(New(root).Poll("")); len(got) != len(want) {
		t.Errorf("%d runs with a damaged index", len(got))
	}
}
