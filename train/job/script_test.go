package job

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"ftft/configs"
	"ftft/train/rundir"
)

// awkward are texts that the shell would change if they were not quoted.
var awkward = []string{"", "a b", "it's", `"$HOME" \ *`, "`date`", "$(date)", "a\tb;c&d|e", "ü", "-n", "#x", "~", "[x]", "{a,b}", "!x"}

func TestQuotedWordsReachAProgramAsTheyAre(t *testing.T) {
	out, err := exec.Command("sh", "-c", `show() { for a; do printf '%s\0' "$a"; done; }; show `+quoteAll(awkward)).Output()
	if got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"); err != nil || !reflect.DeepEqual(got, awkward) {
		t.Errorf("%q, %v", got, err)
	}
}

// batch writes the script of a run's job, whose interpreter is a shell script.
func batch(t *testing.T, e configs.Engine, dir rundir.Dir, python string) (path string) {
	t.Helper()
	folder := t.TempDir()
	path = filepath.Join(folder, "job.sh")
	e.Python = filepath.Join(folder, "python")
	must(os.WriteFile(e.Python, []byte("#!/bin/sh\n"+python), 0o777))
	text, err := (&engine{Engine: e}).batchScript(dir, map[string]string{"{seed}": "3"}, "0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	must(os.WriteFile(path, []byte(text), 0o666))
	return path
}

func TestBatchScriptPassesAnyPathAndArgument(t *testing.T) {
	dir := rundir.Dir(filepath.Join(t.TempDir(), `it's a "run" $1 100% {id}`))
	e := configs.Engine{Kind: configs.Slurm, Script: "/x y/train.py", Processes: 2, Nodes: 1, Partition: "gpu", Time: "1-00:00:00", GPUs: 2,
		Account: "me", Sbatch: []string{"--mem=8G"}, Arguments: append([]string{"--seed", "{seed}"}, awkward...),
		Env: map[string]string{"WORDS": `a 'b' "c" $d`}}
	path := batch(t, e, dir, `for a; do printf '%s\0' "$a"; done; printf '%s\0' "$WORDS" "$FTFT_RUN" "$FTFT_SUBMISSION"`)
	cmd := exec.Command("sh", path)
	cmd.Env = append(os.Environ(), "SLURM_JOB_ID=12")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	header, rest, _ := strings.Cut(string(out), "\n")
	if !strings.HasPrefix(header, headerMark+" job 12 on ") {
		t.Errorf("the header is %q", header)
	}
	want := []string{"-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "/x y/train.py", string(dir), "--seed", "3"}
	want = append(append(want, awkward...), `a 'b' "c" $d`, string(dir), "0123456789abcdef")
	if got := strings.Split(strings.TrimSuffix(rest, "\x00"), "\x00"); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	text, _ := os.ReadFile(path)
	for _, line := range []string{
		"#SBATCH --job-name=ftft-it_s_a__run___1_100___id_-01234567", "#SBATCH --open-mode=append", "#SBATCH --requeue",
		"#SBATCH --signal=B:USR1@120", "#SBATCH --partition=gpu", "#SBATCH --time=1-00:00:00", "#SBATCH --account=me", "#SBATCH --nodes=1",
		"#SBATCH --gpus-per-node=2", "#SBATCH --mem=8G", "#SBATCH --output=" + quote(strings.ReplaceAll(dir.JobOutput(), "%", "%%")),
	} {
		if !strings.Contains(string(text), line+"\n") {
			t.Errorf("no line %q in\n%s", line, text)
		}
	}
	_, err = (&engine{Engine: e}).batchScript(rundir.Dir("/a\nb"), nil, "0123")
	if err == nil || !strings.Contains(err.Error(), "line break") {
		t.Errorf("a path with a line break: %v", err)
	}
}

// Slurm warns the shell before the time limit. The trainer gets SIGTERM, which torchrun passes on, and the job is put back into the queue.
func TestBatchScriptEndsTheTrainerAndRequeuesTheJobBeforeTheTimeLimit(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGUSR1, syscall.SIGTERM} {
		dir := rundir.Dir(t.TempDir())
		ready := filepath.Join(string(dir), "ready")
		e := configs.Engine{Kind: configs.Slurm, Script: ready, Processes: 1, Nodes: 1}
		path := batch(t, e, dir, `trap 'echo saved; exit 5' TERM
: > "$1"
while :; do sleep 0.01; done
`)
		bin := t.TempDir()
		must(os.WriteFile(filepath.Join(bin, "scontrol"), []byte("#!/bin/sh\necho scontrol \"$@\"\n"), 0o777))
		cmd := exec.Command("sh", path)
		cmd.Env = append(os.Environ(), "SLURM_JOB_ID=12", "PATH="+bin+":"+os.Getenv("PATH"))
		var out strings.Builder
		cmd.Stdout = &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		until(t, "the trainer is there", func() bool { return exists(ready) })
		must(cmd.Process.Signal(signal))
		if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != 5 {
			t.Errorf("%v: %v", signal, err)
		}
		_, got, _ := strings.Cut(out.String(), "\n")
		want := "saved\n"
		if signal == syscall.SIGUSR1 {
			want += "scontrol requeue 12\n"
		}
		if got != want {
			t.Errorf("%v: it printed %q", signal, got)
		}
	}
}

func TestBatchScriptOfSeveralNodesIsAShellScript(t *testing.T) {
	dir := rundir.Dir(filepath.Join(t.TempDir(), "a run's"))
	e := configs.Engine{Kind: configs.Slurm, Script: "/x/train.py", Processes: 4, Nodes: 2}
	path := batch(t, e, dir, "")
	if out, err := exec.Command("sh", "-n", path).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	bin := t.TempDir()
	must(os.WriteFile(filepath.Join(bin, "scontrol"), []byte("#!/bin/sh\nprintf 'n1\\nn2\\n'\n"), 0o777))
	must(os.WriteFile(filepath.Join(bin, "srun"), []byte("#!/bin/sh\nfor a; do printf '%s\\0' \"$a\"; done\n"), 0o777))
	cmd := exec.Command("sh", path)
	cmd.Env = append(os.Environ(), "SLURM_JOB_ID=12", "PATH="+bin+":"+os.Getenv("PATH"))
	out, err := cmd.Output()
	_, rest, _ := strings.Cut(string(out), "\n")
	got := strings.Split(strings.TrimSuffix(rest, "\x00"), "\x00")
	want := []string{"--kill-on-bad-exit=1", filepath.Join(filepath.Dir(path), "python"), "-m", "torch.distributed.run", "--nnodes", "2",
		"--nproc-per-node", "4", "--rdzv-backend", "c10d", "--rdzv-id", "12", "--rdzv-endpoint", hostname() + ":20012", "/x/train.py",
		string(dir)}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\ngot  %q\nwant %q", err, got, want)
	}
}

func TestCommandsOfTheNamedKinds(t *testing.T) {
	dir := rundir.Dir("/runs/x")
	for kind, want := range map[string]string{
		configs.Torchrun: "python3 -m torch.distributed.run --standalone --nproc-per-node 2 /t.py /runs/x --fp16",
		configs.Accelerate: "python3 -m accelerate.commands.launch --num_machines 1 --num_processes 2 --mixed_precision no " +
			"--dynamo_backend no --main_process_port 0 /t.py /runs/x --fp16",
		configs.Slurm: "sbatch --parsable /runs/x/job/job.sh",
	} {
		e := &engine{Engine: configs.Engine{Kind: kind, Python: "python3", Script: "/t.py", Arguments: []string{"--fp16"}, Processes: 2}}
		if got := quoteAll(e.submission(dir, nil)); got != want {
			t.Errorf("%s: %s", kind, got)
		}
	}
	submit := []string{"sub", "{run}", "{id}/{seed}/{max_steps}", "{model}", "{config}", "{job}"}
	e := &engine{Engine: configs.Engine{Kind: configs.Command, Submit: submit}}
	values := placeholders(dir, rundir.Manifest{ID: "x", Seed: 3}, rundir.Job{Model: "/m", MaxSteps: 7})
	if got := quoteAll(e.submission(dir, values)); got != "sub /runs/x x/3/7 /m /runs/x/config.toml /runs/x/job" {
		t.Error(got)
	}
}
