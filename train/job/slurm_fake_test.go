package job

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ftft/configs"
	"ftft/internal/disk"
	"ftft/train/rundir"
)

// slurmCommand is one of Slurm's commands on the jobs of a fake scheduler. It returns its exit code.
func slurmCommand(name, folder string, arguments []string) int {
	if text, err := os.ReadFile(filepath.Join(folder, name+".fails")); err == nil {
		fmt.Fprint(os.Stderr, string(text))
		if name != "sbatch" {
			return 1
		}
	}
	s := scheduler{folder: folder}
	value := func(option string) string {
		for i, argument := range arguments[:len(arguments)-1] {
			if argument == option {
				return arguments[i+1]
			}
		}
		return ""
	}
	switch name {
	case "sbatch":
		text, err := os.ReadFile(arguments[len(arguments)-1])
		must(err)
		jobName := regexp.MustCompile(`#SBATCH --job-name=(\S+)`).FindStringSubmatch(string(text))[1]
		must(disk.MkdirAll(filepath.Join(folder, "jobs")))
		id := fmt.Sprint(len(s.jobs()) + 1)
		s.write(id, fakeJob{State: "PENDING", Reason: "Resources", Name: jobName, Token: os.Getenv(tokenVariable),
			Command: []string{self(), "trainer", os.Getenv(runVariable), "train"}})
		if exists(filepath.Join(folder, "sbatch.fails")) {
			return 1
		}
		fmt.Printf("%s;cluster\n", id)
	case "squeue":
		listed := 0
		for _, id := range s.jobs() {
			j, _ := s.read(id)
			wanted := value("-n") == j.Name
			if ids := value("-j"); ids != "" {
				wanted = strings.Contains(","+ids+",", ","+id+",")
			}
			if !wanted || j.State == "" || j.State == "PURGED" {
				continue
			}
			listed++
			if value("-o") == "%i" {
				fmt.Println(id)
			} else {
				fmt.Printf("%s|%s|%s|N/A\n", id, j.State, j.Reason)
			}
		}
		if ids := value("-j"); listed == 0 && ids != "" && !strings.Contains(ids, ",") {
			fmt.Fprintln(os.Stderr, "slurm_load_jobs error: Invalid job id specified")
			return 1
		}
	case "scontrol", "sacct":
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			fmt.Fprintln(os.Stderr, "slurm_load_jobs error: Invalid job id specified")
			return 1
		}
		fmt.Print(string(text))
	case "scancel":
		return fakeScheduler("cancel", folder, arguments)
	}
	return 0
}

// fakeSlurm returns an engine of kind slurm, whose commands are those of a new fake scheduler.
func fakeSlurm(t *testing.T) (configs.Engine, scheduler) {
	t.Helper()
	s := scheduler{folder: t.TempDir()}
	bin := filepath.Join(s.folder, "bin")
	must(disk.Mkdir(bin))
	for _, name := range []string{"sbatch", "squeue", "scontrol", "sacct", "scancel"} {
		text := fmt.Sprintf("#!/bin/sh\nexec %s slurm %s %s \"$@\"\n", quote(self()), quote(s.folder), name)
		must(os.WriteFile(filepath.Join(bin, name), []byte(text), 0o777))
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	e := configs.Engine{Kind: configs.Slurm, Slots: 1, CheckpointMinutes: 5, QueueTimeout: "0", StartTimeout: "5s", Python: "python3",
		Script: self(), Processes: 1, Nodes: 1}
	return e, s
}

func TestFakeSlurmTrainsToTheEnd(t *testing.T) {
	e, s := fakeSlurm(t)
	dir := prepared(t, t.TempDir(), "run", e)
	done := supervise(t.Context(), dir)
	id := submitted(t, dir)
	s.start(t, id)
	trains(t, dir)
	proceed(dir)
	result(t, done, dir, rundir.Complete)
}

func TestFakeSlurmStopCancelsAJobThatHasNotStarted(t *testing.T) {
	e, _ := fakeSlurm(t)
	dir := prepared(t, t.TempDir(), "run", e)
	done := supervise(t.Context(), dir)
	submitted(t, dir)
	if err := dir.Send(rundir.Request{Action: "stop"}); err != nil {
		t.Fatal(err)
	}
	result(t, done, dir, rundir.Stopped)
}

// An answer that is lost on the way is no reason to submit again: the job has a name of its own.
func TestFakeSlurmJobIsFoundByItsName(t *testing.T) {
	e, s := fakeSlurm(t)
	s.set("sbatch.fails", "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation\n")
	dir := prepared(t, t.TempDir(), "run", e)
	done := supervise(t.Context(), dir)
	s.start(t, submitted(t, dir))
	trains(t, dir)
	proceed(dir)
	result(t, done, dir, rundir.Complete)
	if len(s.jobs()) != 1 {
		t.Errorf("jobs %v", s.jobs())
	}
}

// A supervisor that was killed before it could read the answer has left an intent alone.
func TestFakeSlurmJobOfAnIntentIsFoundByItsName(t *testing.T) {
	e, s := fakeSlurm(t)
	dir := prepared(t, t.TempDir(), "run", e)
	state := rundir.JobState{Phase: rundir.Submitting, Submission: newToken(), Host: hostname()}
	if err := dir.WriteJobState(state); err != nil {
		t.Fatal(err)
	}
	must(disk.Mkdir(filepath.Join(s.folder, "jobs")))
	s.write("7", fakeJob{State: "PENDING", Name: jobName("run", state.Submission), Token: state.Submission,
		Command: []string{self(), "trainer", string(dir), "train"}})
	done := supervise(t.Context(), dir)
	if id := submitted(t, dir); id != "7" {
		t.Errorf("job %s", id)
	}
	s.start(t, "7")
	trains(t, dir)
	proceed(dir)
	result(t, done, dir, rundir.Complete)
}

// While Slurm does not answer, it is not known whether there is a job: nothing is submitted.
func TestFakeSlurmIntentWaitsForTheController(t *testing.T) {
	e, s := fakeSlurm(t)
	dir := prepared(t, t.TempDir(), "run", e)
	if err := dir.WriteJobState(rundir.JobState{Phase: rundir.Submitting, Submission: newToken(), Host: hostname()}); err != nil {
		t.Fatal(err)
	}
	s.set("squeue.fails", "Unable to contact slurm controller\n")
	done := supervise(t.Context(), dir)
	until(t, "the problem is said", func() bool {
		state, _ := dir.ReadJobState()
		return strings.Contains(state.Problem, "Unable to contact slurm controller")
	})
	if len(s.jobs()) != 0 {
		t.Errorf("jobs %v", s.jobs())
	}
	os.Remove(filepath.Join(s.folder, "squeue.fails"))
	s.start(t, submitted(t, dir)) // the controller has no such job: it was submitted
	trains(t, dir)
	proceed(dir)
	result(t, done, dir, rundir.Complete)
}

func TestFakeSlurmIsAskedHowAJobEnded(t *testing.T) {
	for name, want := range map[string]struct{ file, text, message string }{
		"scontrol": {"scontrol", "JobId=1 JobName=x JobState=FAILED Reason=NonZeroExitCode Restarts=0 ExitCode=7:0 \n", "exit code 7"},
		"signal":   {"scontrol", "JobId=1 JobState=FAILED Reason=None ExitCode=0:9\n", "killed by signal 9"},
		"sacct":    {"sacct", "OUT_OF_MEMORY|0:125\n", "ran out of memory"},
		"sacct -c": {"sacct", "1|0|ftft-run-1|main|1|vm|TIMEOUT|2026-11-24T10:00:00|2026-11-24T10:01:00|1\n", "reached its time limit"},
		"none":     {"other", "", "slurm no longer knows its job 1"},
	} {
		t.Run(name, func(t *testing.T) {
			e, s := fakeSlurm(t)
			dir := prepared(t, t.TempDir(), "run", e)
			done := supervise(t.Context(), dir)
			id := submitted(t, dir)
			s.start(t, id)
			trains(t, dir)
			s.set(want.file, want.text)
			s.kill(id, "PURGED")
			result(t, done, dir, rundir.Interrupted, want.message)
		})
	}
}
