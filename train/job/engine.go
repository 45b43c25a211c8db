package job

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"ftft/configs"
	"ftft/internal/fault"
	"ftft/train/rundir"
)

// engine describes how the jobs of a run are submitted, followed and cancelled.
type engine struct {
	configs.Engine
	queueTimeout time.Duration // a job may wait so long; 0 = for ever
	startTimeout time.Duration // a job may run so long before it logs anything; 0 = for ever
}

// engineOf returns the engine of a run by its config.
func engineOf(dir rundir.Dir, role string) (*engine, error) {
	config, err := configs.OfRun(dir)
	if err != nil {
		return nil, err
	}
	e := &engine{Engine: config.EngineFor(role)}
	if !e.Outside() {
		return nil, fault.At(dir.Config(), 0, fmt.Sprintf("engine.kind is %q, where the run's manifest has %q: restore the config from a copy",
			e.Kind, rundir.Outside))
	}
	e.queueTimeout, e.startTimeout = e.Timeouts()
	return e, nil
}

// placeholders returns the values of the placeholders of a submit command and of a script's arguments.
func placeholders(dir rundir.Dir, m rundir.Manifest, job rundir.Job) map[string]string {
	return map[string]string{
		"{run}": string(dir), "{job}": dir.JobFolder(), "{config}": dir.Config(), "{model}": job.Model, "{id}": m.ID,
		"{seed}": strconv.FormatInt(m.Seed, 10), "{max_steps}": strconv.Itoa(job.MaxSteps),
	}
}

// trainer returns the command that trains a run on this machine: of the kinds torchrun and accelerate, and of slurm on one node.
func (e *engine) trainer(dir rundir.Dir, values map[string]string) []string {
	var command []string
	switch {
	case e.Kind == configs.Accelerate:
		command = []string{e.Python, "-m", "accelerate.commands.launch", "--num_machines", "1", "--num_processes", strconv.Itoa(e.Processes),
			"--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"}
	case e.Kind == configs.Slurm && e.Processes <= 1:
		command = []string{e.Python}
	default:
		command = []string{e.Python, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", strconv.Itoa(e.Processes)}
	}
	return slices.Concat(command, e.work(dir, values))
}

// work returns the script and its arguments.
func (e *engine) work(dir rundir.Dir, values map[string]string) []string {
	return append([]string{e.Script, string(dir)}, configs.Expand(e.Arguments, values)...)
}

// submission returns the command that submits a job, or that is one.
func (e *engine) submission(dir rundir.Dir, values map[string]string) []string {
	switch e.Kind {
	case configs.Command:
		return configs.Expand(e.Submit, values)
	case configs.Slurm:
		return []string{"sbatch", "--parsable", scriptFile(dir)}
	}
	return e.trainer(dir, values)
}

// pollCommand returns the command that prints the states of jobs, one a line: ID|STATE|REASON|START.
func (e *engine) pollCommand(jobs []string) []string {
	if e.Kind == configs.Slurm {
		return []string{"squeue", "-h", "-t", "all", "-o", "%i|%T|%r|%S", "-j", strings.Join(jobs, ",")}
	}
	return configs.Expand(e.Poll, map[string]string{"{job}": strings.Join(jobs, ",")})
}

// cancelCommand returns the command that cancels a job, nil if the engine has none.
func (e *engine) cancelCommand(job string) []string {
	if e.Kind == configs.Slurm {
		return []string{"scancel", job}
	}
	return configs.Expand(e.Cancel, map[string]string{"{job}": job})
}

// scriptFile returns the batch script of a run's job.
func scriptFile(dir rundir.Dir) string { return filepath.Join(dir.JobFolder(), "job.sh") }

// environment returns the environment of a submission: this process's, the engine's variables, the run and the token.
func (e *engine) environment(dir rundir.Dir, token string) []string {
	var list []string
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); name != runVariable && name != tokenVariable && !e.sets(name) {
			list = append(list, variable)
		}
	}
	for _, name := range sortedKeys(e.Env) {
		list = append(list, name+"="+e.Env[name])
	}
	return append(list, runVariable+"="+string(dir), tokenVariable+"="+token)
}

func (e *engine) sets(name string) bool { _, ok := e.Env[name]; return ok }

// The variables of a trainer's environment: its run, and the submission that it belongs to.
const (
	runVariable   = "FTFT_RUN"
	tokenVariable = "FTFT_SUBMISSION"
)

// program returns what messages call a command: the name of its program.
func program(command []string) string {
	if len(command) == 0 {
		return "the command"
	}
	return fmt.Sprintf("%q", filepath.Base(command[0]))
}

// sortedKeys returns a map's keys in order.
func sortedKeys(m map[string]string) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
