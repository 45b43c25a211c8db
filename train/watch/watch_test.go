package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ftft/datamap"
	"ftft/train/rundir"
	"ftft/train/watch/watchtest"
)

// demoRuns are the runs of an experiment.
var demoRuns = []rundir.StudyRun{
	{ID: "demo-reference", Role: rundir.Reference, Seed: 1},
	{ID: "demo-ftft", Role: rundir.Main, Arm: rundir.FTFT, Seed: 1, Parent: "demo-reference"},
}

// runPlan is a reference of four epochs with an evaluation after each.
func runPlan() watchtest.Plan {
	manifest := rundir.Manifest{Role: rundir.Reference, Study: "demo"}
	return watchtest.Plan{Manifest: manifest, Examples: 100, BatchSize: 10, Steps: 40, Evaluate: 4, Speed: 1}
}

// pollPicture polls until there is a picture; pictures of a running epoch are some time apart.
func pollPicture(t *testing.T, f *Feed, dir rundir.Dir) Snapshot {
	t.Helper()
	for range 100 {
		if s := f.Poll(dir); s.Picture != nil {
			return s
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("no picture came")
	return Snapshot{}
}

func TestFeedFollowsARun(t *testing.T) {
	root := t.TempDir()
	dir := rundir.Dir(filepath.Join(root, "demo-reference"))
	f := New(root)
	if s := f.Poll(dir); len(s.Groups) != 0 || s.Picture != nil || s.Problem != nil {
		t.Errorf("the snapshot of an empty folder is %+v", s)
	}
	w := watchtest.New(dir, runPlan())
	w.Train(4)
	s := pollPicture(t, f, dir)
	run := s.Groups[0].Runs[0]
	if !run.Active() || run.Status.Step != 4 || len(run.Losses) != 4 || run.Name() != "reference" {
		t.Errorf("running: %+v", run)
	}
	if p := s.Picture; p.Epoch != 0 || p.Seen != 40 || len(p.PGold) != 40 || len(p.Points) != 0 || p.Map != nil || p.Examples != 100 {
		t.Errorf("before the first epoch: epoch %d, %d seen, %d points", p.Epoch, p.Seen, len(p.Points))
	}
	if s := f.Poll(dir); s.Changed || s.Picture != nil {
		t.Error("a poll without new events gives a change")
	}
	if left, ok := run.Left(); !ok || left != 36*100*time.Millisecond {
		t.Errorf("%v left", left)
	}

	w.Train(13) // into the second epoch: 70 rows seen in it
	s = pollPicture(t, f, dir)
	if p := s.Picture; p.Epoch != 1 || p.Seen != 70 || len(p.Points) != 70 || p.Map.Epochs != 1 ||
		p.Rankings[datamap.Ambiguous] != nil || p.Rankings[datamap.HardToLearn] == nil {
		t.Errorf("in the second epoch: epoch %d, %d seen, %d points", p.Epoch, p.Seen, len(p.Points))
	} else if len(p.Trail(69)) != 2 || len(p.Trail(70)) != 1 {
		t.Error("a trail lacks an epoch that has reached its example")
	}
	if left, ok := s.Groups[0].Runs[0].Left(); !ok || left != 23*100*time.Millisecond+3*1500*time.Millisecond {
		t.Errorf("%v left with evaluations", left)
	}

	w.Train(10)
	s = pollPicture(t, f, dir)
	if p := s.Picture; p.Epoch != 2 || p.Seen != 70 || len(p.Points) != 100 || len(p.Rankings) != 4 {
		t.Errorf("in the third epoch: epoch %d, %d seen, %d points, %d rankings", p.Epoch, p.Seen, len(p.Points), len(p.Rankings))
	} else if n := len(p.Rankings[datamap.Ambiguous].Top(0.33)); n != 33 {
		t.Errorf("a third is %d examples", n)
	} else {
		for k, point := range p.Points {
			if at := p.At[k]; *p.Point(int(at)) != point {
				t.Errorf("point %d differs from that of its example, %d", k, at)
			}
		}
	}

	w.Die()
	s = pollPicture(t, f, dir)
	run = s.Groups[0].Runs[0]
	if run.Status.State != rundir.Interrupted || s.Picture.Epoch != -1 || len(s.Picture.Points) != 100 {
		t.Errorf("killed: %s, epoch %d", run.Status.State, s.Picture.Epoch)
	}
}

// Answers to requests change the estimate of the time left and the state.
func TestFeedFollowsRequests(t *testing.T) {
	root := t.TempDir()
	dir := rundir.Dir(filepath.Join(root, "r"))
	f, w := New(root), watchtest.New(dir, runPlan())
	defer w.Die()
	w.Train(13) // one of four evaluations
	state := func(want string) *Run {
		t.Helper()
		run := f.Poll("").Groups[0].Runs[0]
		if run.State() != want {
			t.Errorf("the run is %s, want %s", run.State(), want)
		}
		return run
	}
	patience := 2
	before, _ := state(rundir.Running).Left()
	if err := dir.WriteSettings(rundir.Settings{Patience: &patience, EvaluationSteps: []int{10, 40}}); err != nil {
		t.Fatal(err)
	}
	w.Log(&rundir.Control{ID: "a", Action: "evaluations", Answer: "1 evaluations are left"})
	run := state(rundir.Running)
	if left, ok := run.Left(); !ok || before-left != 2*1500*time.Millisecond || run.Stop.Patience != patience {
		t.Errorf("%v left and %v before, a patience of %d", left, before, run.Stop.Patience)
	}
	w.Log(&rundir.Control{ID: "b", Action: "pause", Answer: "paused"})
	state(Paused)
	w.Log(&rundir.Warning{Message: "the disk is full", Waits: true})
	state(Waiting)
	w.Log(&rundir.Heartbeat{})
	state(Waiting)
	w.Log(&rundir.Control{ID: "c", Action: "resume", Answer: "going on"})
	state(rundir.Running)
}

func TestStudyGroupsItsRuns(t *testing.T) {
	root := t.TempDir()
	study := rundir.StudyDir(filepath.Join(root, "demo"))
	if err := os.Mkdir(string(study), 0o777); err != nil {
		t.Fatal(err)
	}
	host, _ := os.Hostname()
	owner := rundir.Owner{PID: 1, Host: host}
	plan := rundir.Study{Name: "demo", State: rundir.Running, Owner: owner, Created: time.Now(), Runs: demoRuns}
	if err := study.WriteStudy(plan); err != nil {
		t.Fatal(err)
	}
	w := watchtest.New(study.Run("demo-reference"), runPlan())
	w.Train(40)
	w.Finish(rundir.Finish{Status: rundir.Complete})
	watchtest.New(rundir.Dir(filepath.Join(root, "alone")), runPlan()).Die()

	s := New(root).Poll(study.Run("demo-reference"))
	if len(s.Groups) != 2 || s.Groups[0].Name != "demo" || s.Groups[1].Name != "alone" || s.Problem != nil {
		t.Fatalf("groups %+v, %v", s.Groups, s.Problem)
	}
	group := s.Groups[0]
	if len(group.Runs) != 2 || group.Runs[1].Name() != string(rundir.FTFT) || group.Runs[1].Status.State != rundir.NotStarted ||
		group.Reference() != group.Runs[0] {
		t.Errorf("runs %+v", group.Runs)
	}
	if group.State != rundir.Interrupted {
		t.Errorf("an experiment whose process was killed is %s", group.State)
	}
	if s.Picture == nil || len(s.Picture.Points) != 100 || s.Picture.Map.Epochs != 4 {
		t.Errorf("picture %+v", s.Picture)
	}
}

// An experiment that waits for space before its first run says so of the runs that have not begun.
func TestPendingRunsOfAWaitingExperiment(t *testing.T) {
	root := t.TempDir()
	writePlan(t, root, rundir.Study{
		Name: "demo", State: rundir.Running, Owner: rundir.Owner{PID: 1, Host: "elsewhere"}, Waits: "the disk is full", Runs: demoRuns,
	})
	for _, run := range New(root).Poll("").Groups[0].Runs {
		if run.Status.State != rundir.Pending || run.Status.Waits != "the disk is full" {
			t.Errorf("%s: %+v", run.ID(), run.Status)
		}
	}
}

// The same preset, run again from another folder with the same runs folder, reuses every run.
func TestStudiesShareRuns(t *testing.T) {
	root := t.TempDir()
	for i, name := range []string{"demo", "demo-2"} {
		study := rundir.StudyDir(filepath.Join(root, name))
		if err := os.Mkdir(string(study), 0o777); err != nil {
			t.Fatal(err)
		}
		created := time.Date(2026, 1, 2, 3, 4, i, 0, time.UTC)
		if err := study.WriteStudy(rundir.Study{Name: "demo", State: rundir.Complete, Created: created, Runs: demoRuns}); err != nil {
			t.Fatal(err)
		}
	}
	w := watchtest.New(rundir.Dir(filepath.Join(root, "demo-reference")), runPlan())
	w.Train(40)
	w.Finish(rundir.Finish{Status: rundir.Complete})

	s := New(root).Poll("")
	if len(s.Groups) != 2 || s.Groups[0].Name != "demo-2" || s.Groups[1].Name != "demo" || s.Problem != nil {
		t.Fatalf("groups %+v, %v", s.Groups, s.Problem)
	}
	for _, group := range s.Groups {
		if len(group.Runs) != 2 || group.Reference().ID() != "demo-reference" {
			t.Errorf("%s has the runs %+v", group.Name, group.Runs)
		}
	}
}

// The settings of a reused run differ from those of the experiment that reuses it by what that experiment's plan says.
func TestSettingsOfAReusedRun(t *testing.T) {
	root := t.TempDir()
	set := map[string]string{"main.train.learning_rate": "0.1"}
	for i, own := range []map[string]string{nil, set} {
		writePlan(t, root, rundir.Study{Name: fmt.Sprint("s", i), State: rundir.Complete, Runs: []rundir.StudyRun{
			{ID: "s-erm", Role: rundir.Main, Arm: rundir.ERM, Seed: 1, Set: own},
		}})
	}
	w := watchtest.New(rundir.Dir(filepath.Join(root, "s-erm")), runPlan())
	w.Train(40)
	w.Finish(rundir.Finish{Status: rundir.Complete})
	for _, group := range New(root).Poll("").Groups {
		if got := group.Runs[0].Manifest.Set; (len(got) == 1) != (group.Name == "s1") {
			t.Errorf("%s: the settings are %v", group.Name, got)
		}
	}
}

func TestProblemsAreReportedOnce(t *testing.T) {
	root := t.TempDir()
	dir := rundir.Dir(filepath.Join(root, "r"))
	w := watchtest.New(dir, runPlan())
	w.Train(25)
	w.Die()
	if err := os.Truncate(dir.Epoch(1), 100); err != nil {
		t.Fatal(err)
	}
	f := New(root)
	if p := f.Poll(dir).Picture; p == nil || p.Problem == nil || !strings.Contains(p.Problem.Error(), dir.Epoch(1)) {
		t.Errorf("the picture of a damaged epoch is %+v", p)
	}
	if f.Poll(dir).Picture != nil {
		t.Error("the same problem is reported again")
	}
}

// Reading guids and ranking take longer than drawing the map.
func TestALargeRunShowsItsPointsFirst(t *testing.T) {
	root := t.TempDir()
	dir := rundir.Dir(filepath.Join(root, "large"))
	manifest := rundir.Manifest{ID: "large", Role: rundir.Reference}
	w := watchtest.New(dir, watchtest.Plan{Manifest: manifest, Examples: previewFrom, BatchSize: previewFrom, Steps: 2, Speed: 1})
	w.Train(2)
	w.Finish(rundir.Finish{Status: rundir.Complete})
	f := New(root)
	f.Poll("")
	first := f.Poll(dir).Picture
	if first == nil || !first.Preview || first.Map != nil || len(first.Points) != previewFrom {
		t.Fatalf("%+v", first)
	}
	second := f.Poll(dir).Picture
	if second == nil || second.Preview || second.Map == nil || !slices.Equal(second.Points, first.Points) {
		t.Fatal("the complete picture has other points")
	}
	if third := f.Poll(dir).Picture; third != nil {
		t.Error("there is a picture though nothing has changed")
	}
}
