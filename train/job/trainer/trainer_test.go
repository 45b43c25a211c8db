package trainer_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ftft/configs"
	"ftft/internal/slow"
	"ftft/train"
	"ftft/train/fsck"
	"ftft/train/job/trainer"
	"ftft/train/rundir"
	"ftft/train/watch"
)

// python returns a Python that has some modules: the one that FTFT_TRAINER_PYTHON names, or python3. Without one it skips the test.
func python(t *testing.T, modules ...string) string {
	name := os.Getenv("FTFT_TRAINER_PYTHON")
	if name == "" {
		name = "python3"
	}
	if out, err := exec.Command(name, "-c", "import "+strings.Join(modules, ", ")).CombinedOutput(); err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		t.Skipf("the trainers in Python are not tested: %s cannot import %s (%v: %s); FTFT_TRAINER_PYTHON names another Python",
			name, strings.Join(modules, ", "), err, lines[len(lines)-1])
	}
	return name
}

// run runs a Python script with arguments, with ftft_run.py in its path.
func run(t *testing.T, script string, args ...string) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python(t, "numpy"), append([]string{"-B", "-c", script}, args...)...)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+folder)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// The tests of the files themselves. Those with models are slow, and are skipped where PyTorch is missing.
func TestOutsideTrainersInPython(t *testing.T) {
	tests := "test_run.py"
	if slow.Enabled() {
		tests = "."
	}
	out, err := exec.Command(python(t, "numpy", "pytest"), "-B", "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", tests).CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
}

const writer = `
import sys
import numpy as np
from ftft_run import Run, order
n, labels = 60, ["no", "yes", "ü\"\\"]
gold = np.arange(n) % 3
with Run.create(sys.argv[1], [f"g{i}" for i in range(n)], gold, labels, name="my run!", model="") as run:
    run.start(max_steps=9, steps_per_epoch=3, batch_size=20, evaluation_steps=[9])
    for epoch in range(3):
        run.open_epoch(epoch)
        for s, rows in enumerate(np.array_split(order(n, 1, epoch), 3)):
            logits = np.zeros((len(rows), 3))
            logits[np.arange(len(rows)), gold[rows]] = rows / n * epoch
            run.write(rows, logits)
            run.step(3 * epoch + s + 1, 1 / (3 * epoch + s + 1), learning_rate=0.1, gradient_norm=2, tokens=7, seconds=1.5)
        run.close_epoch()
    run.evaluation("dev", np.eye(3)[[0, 1, 1]], [0, 1, 2], kind="ood")
    run.warning("<&> ü", ["g1"])
    run.save_checkpoint(lambda d: (d / "weights").write_text("w"), last=True)
`

func TestReadersOpenRunsWrittenInPython(t *testing.T) {
	dir := rundir.Dir(filepath.Join(t.TempDir(), "mine"))
	run(t, writer, string(dir))

	report, err := fsck.Check(dir)
	if err != nil || len(report.Findings) > 0 || report.State != rundir.Complete {
		t.Errorf("fsck: %+v, %v", report, err)
	}
	config, err := configs.OfRun(dir)
	if err != nil || config.Name != "my-run" || !slices.Equal(config.Labels, []string{"no", "yes", `ü"\`}) {
		t.Errorf("the config: %q, labels %q, %v", config.Name, config.Labels, err)
	}
	record, err := rundir.ReadRecord(dir)
	if err != nil {
		t.Fatal(err)
	}
	if record.Epochs != 3 || len(record.Losses) != 9 || record.Losses[1] != 0.5 || record.Steps.Seconds != 1.5 || record.Steps.Tokens != 7 {
		t.Errorf("the log: %d epochs, losses %v, %+v", record.Epochs, record.Losses, record.Steps)
	}
	if e := record.Evaluations[0]; e.Set != "dev" || e.SetKind != "ood" || e.Examples != 3 || e.Accuracy != 2.0/3 || e.Index != 1 {
		t.Errorf("the evaluation: %+v", e)
	}
	if s := record.Status(rundir.Locked(dir)); s.State != rundir.Complete || s.Step != 9 || s.MaxSteps != 9 {
		t.Errorf("the status: %+v", s)
	}
	form, err := watch.FormOf(dir)
	if err != nil {
		t.Fatal(err)
	}
	m, err := watch.ReadMap(dir, form)
	if err != nil || m.Len() != 60 || m.Epochs != 3 {
		t.Fatalf("the map: %v, %v", m, err)
	}
	if first, last := m.PGold[0][59], m.PGold[2][59]; first < 0.33 || first > 0.34 || last < 0.77 || last > 0.79 { // 1/3, e^1.97/(e^1.97+2)
		t.Errorf("p(gold) of the last example rises from %v to %v", first, last)
	}
}

// A resumed run of two attempts, the first of which a kill ended.
func TestReadersFoldAttemptsWrittenInPython(t *testing.T) {
	dir := rundir.Dir(filepath.Join(t.TempDir(), "mine"))
	run(t, `
import os, sys
from ftft_run import Run
import numpy as np
run = Run.create(sys.argv[1], ["a", "b"], [0, 1], ["no", "yes"])
run.start(max_steps=3, steps_per_epoch=1, batch_size=2)
for epoch in range(2):
    run.open_epoch(epoch)
    run.write([0, 1], np.zeros((2, 2)))
    run.step(epoch + 1, 1.0)
    run.close_epoch()
run.open_epoch(2)
os._exit(9) if os.fork() == 0 else os.wait()
run.flush()
os.close(run.log.fd), os.close(run.lock.fd), os._exit(0)
`, string(dir))
	if s, err := dir.Status(); err != nil || s.State != rundir.Interrupted || s.Step != 2 {
		t.Errorf("after a kill: %+v, %v", s, err)
	}
	run(t, `
import sys
from ftft_run import Run
run = Run.open(sys.argv[1])
run.resume(1)
run.finish("stopped", "by hand")
`, string(dir))
	record, err := rundir.ReadRecord(dir)
	if err != nil || record.Epochs != 1 || len(record.Losses) != 1 || len(record.Attempts) != 2 {
		t.Errorf("resumed: %d epochs, %d losses, %d attempts, %v", record.Epochs, len(record.Losses), len(record.Attempts), err)
	}
	if report, err := fsck.Check(dir); err != nil || len(report.Findings) > 0 || report.State != rundir.Stopped {
		t.Errorf("fsck: %+v, %v", report, err)
	}
}

func TestOrdersInPythonAreThoseOfTheEngine(t *testing.T) {
	cases := `[[1, 1, 0], [5, 1, 0], [64, 7, 3], [1000, 12345678901, 2], [300, -1, 1]]`
	out := run(t, `
import json, sys
from ftft_run import order
print(json.dumps([order(*case).tolist() for case in json.loads(sys.argv[1])]))
`, cases)
	var sizes [][3]int64
	var got [][]int
	if err := errors.Join(json.Unmarshal([]byte(cases), &sizes), json.Unmarshal([]byte(out), &got)); err != nil {
		t.Fatal(err)
	}
	for i, c := range sizes {
		order := train.NewOrder(int(c[0]), c[1], int(c[2]), true)
		var want []int
		for position := range int(c[0]) {
			want = append(want, order.At(position))
		}
		if !slices.Equal(got[i], want) {
			t.Errorf("%v: %v, want %v", c, got[i], want)
		}
	}
}

func TestWriteLeavesChangedFilesAlone(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "trainer")
	written, err := trainer.Write(folder)
	if err != nil || !slices.Equal(written, trainer.Names) {
		t.Fatalf("wrote %v, %v", written, err)
	}
	if written, err := trainer.Write(folder); err != nil || len(written) > 0 {
		t.Errorf("wrote %v again, %v", written, err)
	}
	for _, name := range trainer.Names[1:3] {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var changed *trainer.ChangedError
	if _, err := trainer.Write(folder); !errors.As(err, &changed) || !slices.Equal(changed.Names, trainer.Names[1:3]) {
		t.Errorf("error %v", err)
	}
	want := fmt.Sprintf("%s and 1 more differ", filepath.Join(folder, trainer.Names[1]))
	if changed != nil && !strings.HasPrefix(changed.Error(), want) {
		t.Errorf("message %q, want %q...", changed.Error(), want)
	}
}
