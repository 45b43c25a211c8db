package configs

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"ftft/train/rundir"
)

// The hash is that of a version without outside engines: an experiment that was planned by it is found again by its text.
func TestNativeConfigsArePrintedAsBefore(t *testing.T) {
	if got := fmt.Sprintf("%x", sha256.Sum256(demo(t,
		"data.root=/").TOML())); got != "799d82a90193ac74aca0901d1c45b40fbe80d61d1081ac799418d83c93e0aaa3" {
		t.Errorf("%s\n%s", got, demo(t, "data.root=/").TOML())
	}
}

// outsideMain is small with a main model that a script trains in jobs of Slurm.
const outsideMain = small + `[engine]
threads = 2
[main.engine]
kind = "slurm"
script = "trainer/train_hf.py"
python = "venv/bin/python"
processes = 2
partition = "gpu"
time = "4:00:00"
env = { NCCL_DEBUG = "WARN" }
queue_timeout = "48h"
`

func TestModelsOverrideTheCommonEngine(t *testing.T) {
	path := write(t, outsideMain)
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Dir(path)
	want := Engine{
		Kind: Slurm, Threads: 2, Slots: 1, CheckpointMinutes: 5,
		Script: filepath.Join(folder, "trainer/train_hf.py"), Python: filepath.Join(folder, "venv/bin/python"), Processes: 2, Nodes: 1,
		Partition: "gpu", Time: "4:00:00", Env: map[string]string{"NCCL_DEBUG": "WARN"}, QueueTimeout: "48h", StartTimeout: "10m",
	}
	if got := c.EngineFor(rundir.Main); !reflect.DeepEqual(got, want) {
		t.Errorf("main: %+v, want %+v", got, want)
	}
	if got := c.EngineFor(rundir.Reference); got.Outside() || got.Threads != 2 {
		t.Errorf("reference: %+v", got)
	}
	if again := load(t, string(c.TOML())); !reflect.DeepEqual(again, c) {
		t.Errorf("%s\nreads as\n%s", c.TOML(), again.TOML())
	}
	if queue, start := want.Timeouts(); queue != 48*time.Hour || start != 10*time.Minute {
		t.Errorf("timeouts %v, %v", queue, start)
	}

	// A table of the same kind keeps what it does not override; one of another kind keeps only what all engines have.
	c = load(t, small+"[engine]\nkind = \"torchrun\"\nscript = \"a.py\"\nslots = 3\n"+
		"[main.engine]\nprocesses = 4\n[reference.engine]\nkind = \"native\"\n")
	if got := c.EngineFor(rundir.Main); filepath.Base(got.Script) != "a.py" || got.Processes != 4 || c.Engine.Processes != 2 ||
		got.Slots != 3 {
		t.Errorf("main: %+v", got)
	}
	if got := c.EngineFor(rundir.Reference); !reflect.DeepEqual(got, Engine{Kind: Native, Slots: 3, CheckpointMinutes: 5}) {
		t.Errorf("reference: %+v", got)
	}
}

func TestEnginesOfSet(t *testing.T) {
	here, _ := filepath.Abs("a.py")
	c := load(t, outsideMain, "main.engine.script=a.py", "main.engine.gpus=4", "main.engine.env.A=1")
	if got := c.EngineFor(rundir.Main); got.Script != here || got.GPUs != 4 || got.Env["A"] != "1" || len(got.Env) != 2 {
		t.Errorf("%+v", got)
	}
	c = load(t, outsideMain, "main.engine.kind=native") // the file's keys of Slurm have no meaning then
	if got := c.EngineFor(rundir.Main); got.Outside() || got.Partition != "" || got.Threads != 2 {
		t.Errorf("%+v", got)
	}
	c = load(t, small, "engine.kind=torchrun", "engine.script=a.py", "reference.engine={kind=\"native\"}")
	if c.EngineFor(rundir.Main).Script != here || c.EngineFor(rundir.Reference).Outside() {
		t.Errorf("%s", c.TOML())
	}
}

func TestProblemsOfEngines(t *testing.T) {
	text := small + `[engine]
kind = "command"
submit = ["sh", "{runs}", "{job}"]
poll = ["squeue", "{run}"]
cancel = ["scancel"]
partition = "gpu"
queue_timeout = "2 days"
slot = 3
[engine.env]
"A B" = "x"
FTFT_RUN = "y"
[reference.engine]
kind = "torchrun"
nodes = 2
processes = -1
poll = ["x"]
[main.engine]
kind = "slurm"
script = "a.py"
time = "tomorrow"
partition = "a b"
sbatch = ["#SBATCH --mem=4G"]
scirpt = "b.py"
`
	got := strings.Join(problems(t, text), "\n")
	want := []string{
		`c.toml:23: engine.submit[1]: {runs} is not a placeholder; available: {run}, {model}, {config}, {id}, {seed}, {max_steps}, {job}`,
		`c.toml:24: engine.poll[1]: {run} is not a placeholder; available: {job}`,
		`c.toml:25: engine.cancel: must contain {job}, the ID of the job that it ends`,
		`c.toml:26: engine.partition: an engine of kind "command" has no such key; its keys are kind, threads, slots, checkpoint_minutes, ` +
			`submit, poll, cancel, env, queue_timeout, start_timeout`,
		`c.toml:27: engine.queue_timeout: must be a time such as "30m" or "48h", or "0" for any, not "2 days"`,
		`c.toml:28: engine.slot: unknown key; did you mean "slots"? the keys of engine of kind "command" are kind, threads, slots, ` +
			`checkpoint_minutes, submit, poll, cancel, env, queue_timeout, start_timeout`,
		`c.toml:30: engine.env.A B: "A B" is not the name of an environment variable: letters, digits and _`,
		`c.toml:31: engine.env.FTFT_RUN: is set by ftft: remove it`,
		`c.toml:32: reference.engine.script: missing: the trainer's script, such as trainer/train_hf.py, which ftft export trainer ` +
			`--out trainer writes`,
		`c.toml:34: reference.engine.nodes: torchrun starts the processes on this machine: several nodes need kind = "slurm"`,
		`c.toml:35: reference.engine.processes: must be from 1 to 1024, not -1`,
		`c.toml:36: reference.engine.poll: an engine of kind "torchrun" has no such key; its keys are kind, threads, slots, ` +
			`checkpoint_minutes, script, python, arguments, processes, nodes, env, start_timeout`,
		`c.toml:40: main.engine.time: must be a time as Slurm writes it, such as "30" (minutes), "4:00:00" ` +
			`or "2-12:00:00" (days), not "tomorrow"`,
		`c.toml:41: main.engine.partition: "a b" is not the name of a partition`,
		`c.toml:42: main.engine.sbatch[0]: must be an option of sbatch, such as "--mem=32G", not "#SBATCH --mem=4G"`,
		`c.toml:43: main.engine.scirpt: unknown key; did you mean "script"? the keys of main.engine of kind "slurm" are kind, threads, slots, ` +
			`checkpoint_minutes, script, python, arguments, processes, nodes, partition, time, gpus, account, sbatch, env, queue_timeout, ` +
			`start_timeout`,
	}
	if got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	for set, want := range map[string]string{
		"engine.kind=slrum": `engine.kind: "slrum" is unknown; did you mean "slurm"? ` +
			`available: native, command, torchrun`,
		"engine.script=a.py":                        `engine.script: an engine of kind "native" has no such key; its keys are kind, threads`,
		"engine=3":                                  `engine: must be a table, not the integer 3`,
		"main.engine.kind=3":                        `main.engine.kind: "3" is unknown`,
		"main.engine={kind=\"accelerate\"}":         `main.engine.script: missing`,
		"main.engine={kind=\"command\", submit=1}":  `main.engine.submit: must be a list, not the integer 1`,
		"main.engine={kind=\"slurm\", gpus=\"a\"}":  `main.engine.gpus: must be an integer, not the string "a"`,
		"main.engine={kind=\"slurm\", gpus=-1}":     `main.engine.gpus: must be from 0 to 1024, not -1`,
		"main.engine={kind=\"slurm\", env={A=1}}":   `main.engine.env.A: must be a string`,
		"main.engine={kind=\"command\", submit=[]}": "",
	} {
		if want == "" {
			load(t, small, set)
		} else if got := strings.Join(problems(t, small, set), "\n"); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", set, got, want)
		}
	}
	common := small + "[engine]\nkind = \"torchrun\"\nscript = \"a.py\"\nenv = { A = \"1\" }\n"
	want = []string{"c.toml:26: main.engine.env: cannot remove the value of engine.env: set that in the table of the other model instead"}
	if got := problems(t, common+"[main.engine]\nenv = {}\n"); !slices.Equal(got, want) {
		t.Errorf("%s", got)
	}
}

func TestIdentityOfOutsideEngines(t *testing.T) {
	outside := func(sets ...string) string {
		return string(load(t, small, append([]string{"engine.kind=command", `engine.submit=["sh", "a.sh"]`}, sets...)...).Identity())
	}
	first := outside()
	for _, set := range []string{`engine.poll=["p", "{job}"]`, `engine.cancel=["c", "{job}"]`, "engine.env.A=1",
		"engine.queue_timeout=1h", "engine.slots=4"} {
		if outside(set) != first {
			t.Errorf("%s changes the identity", set)
		}
	}
	if outside(`engine.submit=["sh", "b.sh"]`) == first || string(load(t, small).Identity()) == first {
		t.Error("another command has the same identity")
	}
	named := string(load(t, outsideMain).Identity())
	for _, set := range []string{"main.engine.partition=other", "main.engine.time=30", "main.engine.account=a", "main.engine.kind=torchrun"} {
		if string(load(t, outsideMain, set).Identity()) != named {
			t.Errorf("%s changes the identity", set)
		}
	}
	if string(load(t, outsideMain, `main.engine.arguments=["--bf16"]`).Identity()) == named {
		t.Error("other arguments have the same identity")
	}
}

func TestVaryEngines(t *testing.T) {
	c := load(t, outsideMain)
	varied, changed, err := c.Vary(map[string]string{"main.engine.kind": "native"})
	if err != nil || varied.EngineFor(rundir.Main).Outside() || !reflect.DeepEqual(changed,
		map[string]string{"main.engine.kind": `"native"`}) {
		t.Errorf("%v, %v: %s", changed, err, varied.TOML())
	}
	again, unchanged, err := varied.Vary(changed)
	if err != nil || unchanged != nil || !reflect.DeepEqual(again, varied) {
		t.Errorf("varied again: %v, %v", unchanged, err)
	}
	set := map[string]string{"main.engine.kind": "torchrun", "main.engine.script": "/t/train.py", "main.engine.processes": "4"}
	want := map[string]string{"main.engine.kind": `"torchrun"`, "main.engine.script": `"/t/train.py"`, "main.engine.processes": "4"}
	varied, changed, err = demo(t).Vary(set)
	if err != nil || !reflect.DeepEqual(changed, want) || varied.EngineFor(rundir.Main).Script != "/t/train.py" {
		t.Errorf("%v, %v: %s", changed, err, varied.TOML())
	}
	if twice, same, err := demo(t).Vary(changed); err != nil || !reflect.DeepEqual(same, changed) || !reflect.DeepEqual(twice, varied) {
		t.Errorf("%v, %v: %s", same, err, twice.TOML())
	}
	if _, changed, err := c.Vary(map[string]string{"main.engine.partition": "gpu"}); err != nil || changed != nil {
		t.Errorf("the same partition: %v, %v", changed, err)
	}
	if _, _, err := demo(t).Vary(map[string]string{"main.engine.kind": "torchrun"}); err == nil || !strings.Contains(err.Error(),
		"main.engine.script: missing") {
		t.Errorf("without a script: %v", err)
	}
}

func TestExpand(t *testing.T) {
	command := []string{"sh", "-c", "awk '{print $1}' {run}/a{job}", "{unknown}"}
	want := []string{"sh", "-c", "awk '{print $1}' /r/a7", "{unknown}"}
	if got := Expand(command, map[string]string{"{run}": "/r", "{job}": "7"}); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
