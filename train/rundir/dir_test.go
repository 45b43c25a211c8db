package rundir

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"ftft/internal/fault"
	"ftft/internal/limit"
)

func TestPaths(t *testing.T) {
	dir := Dir("runs/a")
	for got, want := range map[string]string{
		dir.Epoch(0):                        "runs/a/dynamics/epoch-000.npy",
		dir.Epoch(1234):                     "runs/a/dynamics/epoch-1234.npy",
		dir.EvalExamples("sick"):            "runs/a/eval/sick.examples.jsonl",
		dir.EvalLogits("sick", 120):         "runs/a/eval/sick-120.npy",
		dir.Checkpoint(12):                  "runs/a/checkpoints/step-12",
		dir.ID():                            "a",
		StudyDir("runs/s").Study():          "runs/s/study.json",
		string(StudyDir("runs/s").Run("a")): "runs/a",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestFilesOfARun(t *testing.T) {
	dir := newRun(t)
	manifest := Manifest{
		Role: Main, Arm: FTFT, Seed: 3, Labels: []string{"a", "b"}, Model: "scratch",
		Created: time.Unix(5, 6).UTC(), Versions: map[string]string{"go": "1"},
	}
	if err := dir.WriteManifest(manifest); err != nil {
		t.Fatal(err)
	}
	manifest.Format, manifest.ID = Format, dir.ID()
	if got, err := dir.ReadManifest(); err != nil || !reflect.DeepEqual(got, manifest) {
		t.Errorf("manifest %+v, %v", got, err)
	}
	manifest.Format = 2
	if err := dir.WriteManifest(manifest); err != nil {
		t.Fatal(err)
	}
	if _, err := dir.ReadManifest(); err == nil || !strings.Contains(err.Error(), "newer ftft") {
		t.Errorf("format 2: error %v", err)
	}

	selection := Selection{
		Strategy: "ambiguous", Fraction: 0.5, Of: 4, Count: 2,
		Labels: map[string]int{"a": 2}, Hash: HashGUIDs([]string{"x", "y"}), Rows: []int{1, 3},
	}
	if err := dir.WriteSelection(selection); err != nil {
		t.Fatal(err)
	}
	if got, err := dir.ReadSelection(); err != nil || !reflect.DeepEqual(got, selection) {
		t.Errorf("selection %+v, %v", got, err)
	}
	for _, rows := range [][]int{{3, 1}, {1, 1}, {-1, 0}, {1}} {
		selection.Rows = rows
		if err := dir.WriteSelection(selection); err == nil {
			t.Errorf("rows %v were written", rows)
		}
	}

	examples := []ExampleRecord{{0, "g<1>", 1, "b", "f.jsonl", 1}, {1, "ü\n", 0, "a", "f.jsonl", 2}}
	if err := WriteExamples(dir.Examples(), examples); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadExamples(dir.Examples()); err != nil || !reflect.DeepEqual(got, examples) {
		t.Errorf("examples %+v, %v", got, err)
	}
	for content, want := range map[string]string{
		`{"row":0}` + "\n" + `{"row":2}`: ":2: holds row 2",
		`{"row":0}` + "\n" + `{"ro`:      ":2: not JSON",
	} {
		if err := os.WriteFile(dir.Examples(), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadExamples(dir.Examples()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v", content, err)
		}
	}
}

// A plan from elsewhere must not make a command read or write outside of the folder of runs.
func TestIDsAreNamesOfFolders(t *testing.T) {
	root := t.TempDir()
	study, run := StudyDir(filepath.Join(root, "s")), Dir(filepath.Join(root, "r"))
	for _, id := range []string{"", ".", "..", "../outside", "/tmp/x", "a/b", `a\b`, ".hidden", "a\x00", strings.Repeat("a", 256)} {
		if err := study.WriteStudy(Study{Name: "s", Runs: []StudyRun{{ID: id, Role: Reference}}}); err != nil {
			t.Fatal(err)
		}
		if _, err := study.ReadStudy(); !errors.As(err, new(*fault.Bad)) || !strings.Contains(err.Error(), study.Study()) {
			t.Errorf("a run %q of a plan: %v", id, err)
		}
		if err := new(Event).UnmarshalJSON(fmt.Appendf(nil, `{"seq":1,"kind":"evaluation","set":%q}`, id)); err == nil {
			t.Errorf("an evaluation set %q is read", id)
		}
		if id == "" {
			continue // no parent, no experiment
		}
		for _, m := range []Manifest{{Role: Main, Study: id}, {Role: Main, Parent: id}} {
			if err := run.WriteManifest(m); err != nil {
				t.Fatal(err)
			}
			if _, err := run.ReadManifest(); !errors.As(err, new(*fault.Bad)) || !strings.Contains(err.Error(), run.Manifest()) {
				t.Errorf("%+v: %v", m, err)
			}
		}
		if err := study.WriteStudy(Study{Name: "s", Runs: []StudyRun{{ID: "a", Role: Main, Parent: id}}}); err != nil {
			t.Fatal(err)
		}
		if _, err := study.ReadStudy(); err == nil {
			t.Errorf("a parent %q of a plan is read", id)
		}
	}
}

func TestListing(t *testing.T) {
	root := t.TempDir()
	study := Study{
		Name: "s", Format: Format, Seeds: []int64{1}, Owner: Owner{PID: 1, Host: "h"},
		Runs: []StudyRun{{ID: "a", Role: Reference, Seed: 1, State: Pending}},
	}
	if err := StudyDir(filepath.Join(root, "s")).WriteStudy(study); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"b", "a"} {
		if err := Dir(filepath.Join(root, id)).WriteManifest(Manifest{Role: Reference}); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(root, "other"), 0o777); err != nil {
		t.Fatal(err)
	}
	runs, err := Runs(root)
	if err != nil || len(runs) != 2 || runs[0].ID() != "a" || runs[1].ID() != "b" {
		t.Errorf("runs %v, %v", runs, err)
	}
	studies, err := Studies(root)
	if err != nil || len(studies) != 1 {
		t.Fatalf("studies %v, %v", studies, err)
	}
	if got, err := studies[0].ReadStudy(); err != nil || !reflect.DeepEqual(got, study) {
		t.Errorf("study %+v, %v", got, err)
	}
	if none, err := Runs(filepath.Join(root, "missing")); none != nil || err != nil {
		t.Errorf("a missing root holds %v, %v", none, err)
	}
}

func TestRequests(t *testing.T) {
	dir := newRun(t)
	for _, request := range []Request{{Action: "eat"}, {ID: "../x", Action: "stop"}, {ID: ".x", Action: "stop"}} {
		if err := dir.Send(request); err == nil {
			t.Errorf("%+v was sent", request)
		}
	}
	for _, request := range []Request{{Action: "pause"}, {ID: "z", Action: "patience", Value: 3}} {
		if err := dir.Send(request); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir.Control(), "y.json"), []byte("{"), 0o666); err != nil {
		t.Fatal(err)
	}
	requests, err := dir.Requests()
	if err != nil || len(requests) != 3 || requests[0].Action != "pause" || requests[0].ID == "" ||
		requests[1].ID != "y" || requests[1].Problem == "" || requests[2].Value != 3.0 {
		t.Fatalf("requests %+v, %v", requests, err)
	}
	log := openLog(t, dir, 1)
	for _, request := range requests {
		if err := log.Answer(dir, 4, request, "done"); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := dir.Requests(); len(left) != 0 || err != nil {
		t.Errorf("answered requests are left: %v, %v", left, err)
	}
	events := readEvents(t, dir)
	if want := (&Control{ID: "z", Action: "patience", Answer: "done"}); !reflect.DeepEqual(events[2].Body, Body(want)) {
		t.Errorf("the answer is %+v", events[2])
	}
}

// TestHolder is not a test but the process that TestLock starts to hold a lock.
func TestHolder(t *testing.T) {
	dir := os.Getenv("RUNDIR_TEST_HOLD")
	if dir == "" {
		t.Skip("only as a child of TestLock")
	}
	if _, err := Lock(Dir(dir)); err != nil {
		t.Fatal(err)
	}
	fmt.Println("held")
	time.Sleep(time.Minute)
}

func TestLock(t *testing.T) {
	dir := newRun(t)
	if Locked(dir) {
		t.Fatal("locked without a lock file")
	}
	child := exec.Command(os.Args[0], "-test.run=^TestHolder$", "-test.v")
	child.Env = append(os.Environ(), "RUNDIR_TEST_HOLD="+string(dir))
	output, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for buffer := make([]byte, 256); !strings.Contains(said.String(), "held"); {
		n, err := output.Read(buffer)
		said.Write(buffer[:n])
		if err != nil {
			t.Fatalf("the child said %q: %v", said.String(), err)
		}
	}
	var locked *LockedError
	if _, err := Lock(dir); !errors.As(err, &locked) || !strings.Contains(locked.Holder, fmt.Sprint(child.Process.Pid)) {
		t.Errorf("a second lock: %v", err)
	}
	if !Locked(dir) {
		t.Error("a held lock is not seen")
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	if Locked(dir) {
		t.Error("a killed process still holds the lock")
	}
	held, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !Locked(dir) {
		t.Error("held, and not seen as locked")
	}
	if err := held.Release(); err != nil || Locked(dir) {
		t.Errorf("released: %v, locked %v", err, Locked(dir))
	}
}

func TestStatus(t *testing.T) {
	host, _ := os.Hostname()
	here, there := &Start{PID: 5, Host: host, MaxSteps: 10}, &Start{Host: "elsewhere." + host}
	ago := func(age time.Duration, event Event) Event {
		event.Time = time.Now().Add(-age)
		return event
	}
	early := func(event Event) Event { return ago(-5*time.Minute, event) }
	stopped, resumed := ago(0, at(1, 9, &Finish{Status: Stopped})), at(2, 9, &Resume{Host: host})
	tests := []struct {
		name   string
		events []Event
		locked bool
		want   string
	}{
		{"nothing logged", nil, false, Pending},
		{"no start yet", []Event{ago(0, at(1, 0, &Warning{}))}, true, Pending},
		{"failed before its start", []Event{ago(0, at(1, 0, &Finish{Status: Failed}))}, false, Failed},
		{"locked", []Event{ago(time.Hour, at(1, 0, here))}, true, Running},
		{"killed", []Event{ago(0, at(1, 0, here))}, false, Interrupted},
		{"elsewhere", []Event{ago(time.Hour, at(1, 0, there)), ago(time.Second, at(1, 3, &Heartbeat{}))}, false, Running},
		{"lost elsewhere", []Event{ago(time.Hour, at(1, 0, there)), ago(121*time.Second, at(1, 3, &Heartbeat{}))}, false, Interrupted},
		{"delayed elsewhere", []Event{ago(time.Hour, at(1, 0, there)), ago(110*time.Second, at(1, 3, &Heartbeat{}))}, false, Running},
		{"elsewhere, with a clock ahead", []Event{early(at(1, 0, there)), early(at(1, 3, &Heartbeat{}))}, false, Running},
		{"elsewhere, with a wrong clock", []Event{ago(0, at(1, 0, there)), ago(-24*time.Hour, at(1, 3, &Heartbeat{}))}, false, Interrupted},
		{"the clock set back", []Event{ago(-time.Hour, at(1, 0, here)), ago(time.Hour, at(1, 3, &Heartbeat{}))}, true, Running},
		{"the clock set back, and resumed", []Event{ago(0, at(1, 0, here)), stopped, ago(time.Hour, resumed)}, true, Running},
		{"complete", []Event{ago(0, at(1, 0, here)), ago(0, at(1, 9, &Finish{Status: Complete}))}, false, Complete},
		{"stopped, lock not yet released", []Event{ago(0, at(1, 0, here)), ago(0, at(1, 9, &Finish{Status: Stopped}))}, true, Stopped},
		{"resumed", []Event{ago(0, at(1, 0, here)), stopped, ago(0, resumed)}, true, Running},
		{"resumed and killed", []Event{ago(0, at(1, 0, here)), stopped, ago(0, resumed)}, false, Interrupted},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := StatusOf(test.events, test.locked); got.State != test.want {
				t.Errorf("%s, want %s", got.State, test.want)
			}
		})
	}
}

func TestStatusOfADirectory(t *testing.T) {
	dir := newRun(t)
	if status, err := dir.Status(); err != nil || status.State != Pending {
		t.Errorf("a new run: %+v, %v", status, err)
	}
	held, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	log := openLog(t, dir, 1)
	host, _ := os.Hostname()
	logged(t, log, 0, &Start{PID: 4, Host: host, MaxSteps: 10})
	logged(t, log, 3, &Steps{Losses: []float32{1, 2, 3}})
	status, err := dir.Status()
	if err != nil || status.State != Running || status.Step != 3 || status.MaxSteps != 10 || status.Attempt != 1 || status.PID != 4 {
		t.Errorf("a running run: %+v, %v", status, err)
	}
	if err := held.Release(); err != nil {
		t.Fatal(err)
	}
	if status, err := dir.Status(); err != nil || status.State != Interrupted {
		t.Errorf("an abandoned run: %+v, %v", status, err)
	}
}

// A file of examples that somebody else made may be one endless line.
func TestExamplesHaveLinesOfBoundedLength(t *testing.T) {
	path := filepath.Join(t.TempDir(), "examples.jsonl")
	if err := errors.Join(os.WriteFile(path, nil, 0o666), os.Truncate(path, 8<<30)); err != nil {
		t.Fatal(err)
	}
	limit.Check(t, 256<<20, 20, func() {
		if _, err := ReadExamples(path); !errors.As(err, new(*fault.Bad)) || !strings.Contains(err.Error(), ":1: the line is longer than 16 MB") {
			t.Errorf("got %v", err)
		}
	})
}
