package configs

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"ftft/train/rundir"
)

// Kinds of engines. Those other than native are outside: a program of the user, the trainer, trains the run.
const (
	Native     = rundir.Native
	Command    = "command"    // any command, by a scheduler or as a child process
	Torchrun   = "torchrun"   // a script for PyTorch, started by torchrun on this machine
	Accelerate = "accelerate" // a script for PyTorch, started by accelerate on this machine
	Slurm      = "slurm"      // a script for PyTorch, started by torchrun in a job of Slurm
)

// Engine configures how the runs of a role are computed. Which keys there are depends on the kind: see EngineKeys.
type Engine struct {
	Kind    string `toml:"kind"`    // native, command, torchrun, accelerate or slurm
	Threads int    `toml:"threads"` // of a native run; 0 = all cores
	Slots   int    `toml:"slots"`   // runs that train at the same time

	CheckpointMinutes float64 `toml:"checkpoint_minutes"` // most minutes between checkpoints, besides those at every tenth of the budget

	// The commands of kind command, without a shell. Their first elements are looked up in PATH; one that contains a slash starts at
	// the config's folder, or for a preset and with --set at the working directory. Load makes it absolute. Expand fills in
	// placeholders.
	Submit []string `toml:"submit,omitempty"` // starts the trainer; with Poll, prints the ID of the job
	Poll   []string `toml:"poll,omitempty"`   // prints the state of jobs; none: the trainer is a child process
	Cancel []string `toml:"cancel,omitempty"` // ends a job; none: by a signal to the child process

	// The trainer of the kinds torchrun, accelerate and slurm. Relative paths are as those of Submit.
	Script    string   `toml:"script,omitempty"`    // of Python: a path, also without a slash
	Python    string   `toml:"python,omitempty"`    // program that runs it
	Arguments []string `toml:"arguments,omitempty"` // of the script, with the placeholders of Submit
	Processes int      `toml:"processes,omitzero"`  // on each node
	Nodes     int      `toml:"nodes,omitzero"`      // machines of a job; more than one needs slurm

	// What a job of Slurm asks for; "" or 0 leaves it to Slurm.
	Partition string   `toml:"partition,omitempty"` // or several, separated by commas
	Time      string   `toml:"time,omitempty"`      // greatest time that a job runs, as Slurm writes it: "30", "4:00:00" or "2-12:00:00"
	GPUs      int      `toml:"gpus,omitzero"`       // on each node
	Account   string   `toml:"account,omitempty"`   // that pays for the job
	Sbatch    []string `toml:"sbatch,omitempty"`    // more options of sbatch, each with its value: "--mem=32G"

	Env          map[string]string `toml:"env,omitempty"`           // environment variables of an outside run, besides those of ftft
	QueueTimeout string            `toml:"queue_timeout,omitempty"` // greatest time that a job waits for its start: "48h"; "0" = any
	StartTimeout string            `toml:"start_timeout,omitempty"` // greatest time from a job's start to its first event: "10m"; "0" = any
}

// keysFor lists the keys that an engine of each kind has besides engineKeys.
var keysFor = map[string][]string{
	Native:     nil,
	Command:    {"submit", "poll", "cancel", "env", "queue_timeout", "start_timeout"},
	Torchrun:   {"script", "python", "arguments", "processes", "nodes", "env", "start_timeout"},
	Accelerate: {"script", "python", "arguments", "processes", "nodes", "env", "start_timeout"},
	Slurm: {
		"script", "python", "arguments", "processes", "nodes", "partition", "time", "gpus", "account", "sbatch", "env",
		"queue_timeout", "start_timeout",
	},
}

// engineKeys are the keys of all engines.
var engineKeys = []string{"kind", "threads", "slots", "checkpoint_minutes"}

// EngineKeys returns the keys that an engine of a kind has, nil if the kind is unknown.
func EngineKeys(kind string) []string {
	own, known := keysFor[kind]
	if !known {
		return nil
	}
	return slices.Concat(engineKeys, own)
}

// ofKind returns the engine that an inherited one becomes under a kind. Another kind keeps only the keys that all engines have.
func (e Engine) ofKind(kind string) Engine {
	if kind == e.Kind {
		return e
	}
	return Engine{Kind: kind, Threads: e.Threads, Slots: e.Slots, CheckpointMinutes: e.CheckpointMinutes}
}

// complete fills in the defaults of the engine's kind.
func (e *Engine) complete() {
	if !e.Outside() {
		return
	}
	keys := keysFor[e.Kind]
	for _, text := range []struct {
		key, value string
		target     *string
	}{{"python", "python3", &e.Python}, {"queue_timeout", "0", &e.QueueTimeout}, {"start_timeout", "10m", &e.StartTimeout}} {
		if *text.target == "" && slices.Contains(keys, text.key) {
			*text.target = text.value
		}
	}
	processes := 2
	if e.Kind == Slurm {
		processes = max(e.GPUs, 1)
	}
	for _, number := range []struct {
		key    string
		value  int
		target *int
	}{{"processes", processes, &e.Processes}, {"nodes", 1, &e.Nodes}} {
		if *number.target == 0 && slices.Contains(keys, number.key) {
			*number.target = number.value
		}
	}
}

// EngineFor returns the engine of the runs of a role, rundir.Reference or rundir.Main: the role's own, or else the common one.
func (c Config) EngineFor(role string) Engine {
	if own := c.ModelFor(role).Engine; own != nil {
		return *own
	}
	return c.Engine
}

// Outside reports whether another program trains the engine's runs.
func (e Engine) Outside() bool { return e.Kind != Native }

// Scheduled reports whether the engine's runs are jobs of a scheduler, not child processes on this machine.
func (e Engine) Scheduled() bool { return e.Kind == Slurm || len(e.Poll) > 0 }

// Pool returns whose slots the engine's runs take: "" for this machine, else the kind of the scheduler.
func (e Engine) Pool() string {
	if e.Scheduled() {
		return e.Kind
	}
	return ""
}

// Manifest returns the engine's name in the manifests of its runs: rundir.Native or rundir.Outside.
func (e Engine) Manifest() string {
	if e.Outside() {
		return rundir.Outside
	}
	return rundir.Native
}

// Timeouts returns the greatest time that a job waits for its start, and that from its start to its first event. 0 means any.
func (e Engine) Timeouts() (queue, start time.Duration) {
	queue, _ = time.ParseDuration(e.QueueTimeout) // "" is 0; Validate has refused other faulty texts
	start, _ = time.ParseDuration(e.StartTimeout)
	return queue, start
}

// Placeholders of Submit and Arguments, and those of Poll and Cancel.
var (
	SubmitPlaceholders = []string{"{run}", "{model}", "{config}", "{id}", "{seed}", "{max_steps}", "{job}"}
	JobPlaceholders    = []string{"{job}"}
)

var placeholder = regexp.MustCompile(`\{[A-Za-z_]+\}`)

// Expand replaces the placeholders of a command by their values, whose keys are such as "{run}".
func Expand(command []string, values map[string]string) []string {
	expanded := make([]string, len(command))
	for i, argument := range command {
		expanded[i] = placeholder.ReplaceAllStringFunc(argument, func(name string) string {
			if value, known := values[name]; known {
				return value
			}
			return name
		})
	}
	return expanded
}

// identity returns what decides an engine's results, apart from the content of its script.
func (e Engine) identity() Engine {
	if !e.Outside() {
		return Engine{Kind: e.Kind}
	}
	return Engine{Kind: Command, Submit: e.Submit, Arguments: e.Arguments}
}

// relative reports whether a program of a command is a path that is not absolute. Other programs are looked up in PATH.
func relative(program string) bool {
	return strings.Contains(program, "/") && !strings.HasPrefix(program, "/") && !strings.HasPrefix(program, "{")
}
