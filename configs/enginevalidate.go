package configs

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"ftft/train/rundir"
)

// Upper limits of what an engine may ask for.
const (
	maxProcesses = 1024
	maxNodes     = 1 << 16
)

var (
	slurmTime   = regexp.MustCompile(`^(\d+-\d+(:\d+){0,2}|\d+(:\d+){0,2})$`)
	slurmName   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.,@+-]*$`)
	environment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// engines checks the common engine and those of the models. A model's engine repeats no problem that it inherits.
func (v *validator) engines(c Config) {
	keys, engines := c.engines()
	var common []Problem
	for i, e := range engines {
		own := validator{}
		own.engine("", *e)
		if i == 0 {
			common = own.problems
		}
		for _, problem := range own.problems {
			if i == 0 || !slices.Contains(common, problem) {
				v.fail(keys[i]+problem.Key, "%s", problem.Message)
			}
		}
	}
	missing := ""
	for _, role := range []string{rundir.Reference, rundir.Main} { // the common engine may leave the script to the models
		e, at := c.EngineFor(role), "engine.script"
		if c.ModelFor(role).Engine != nil {
			at = role + ".engine.script"
		}
		if slices.Contains(keysFor[e.Kind], "script") && e.Script == "" && at != missing {
			missing = at
			v.fail(at, "missing: the trainer's script, such as trainer/train_hf.py, which ftft export trainer --out trainer writes")
		}
	}
}

// engine checks an engine. key precedes the names of its keys.
func (v *validator) engine(key string, e Engine) {
	at := func(name string) string { return key + "." + name }
	v.oneOf(at("kind"), e.Kind, Engines)
	v.check(e.Threads >= 0 && e.Threads <= maxThreads, at("threads"), "must be from 0 (all cores) to %d, not %d", maxThreads, e.Threads)
	v.check(e.CheckpointMinutes > 0 && e.CheckpointMinutes <= maxMinutes, at("checkpoint_minutes"),
		"must be above 0 and at most %d, not %v", maxMinutes, e.CheckpointMinutes)
	v.check(e.Slots >= 1 && e.Slots <= maxThreads, at("slots"), "must be from 1 to %d, not %d", maxThreads, e.Slots)
	if keysFor[e.Kind] == nil {
		return
	}
	v.command(at("submit"), e.Submit, SubmitPlaceholders)
	v.command(at("poll"), e.Poll, JobPlaceholders)
	v.command(at("cancel"), e.Cancel, JobPlaceholders)
	v.check(len(e.Cancel) == 0 || slices.ContainsFunc(e.Cancel, func(a string) bool { return strings.Contains(a, "{job}") }), at("cancel"),
		"must contain {job}, the ID of the job that it ends")
	v.arguments(at("arguments"), e.Arguments, SubmitPlaceholders)
	v.text(at("script"), e.Script)
	v.text(at("python"), e.Python)
	v.slurm(at, e)
	for _, name := range slices.Sorted(maps.Keys(e.Env)) {
		switch where := join(at("env"), name); {
		case !environment.MatchString(name):
			v.fail(where, "%q is not the name of an environment variable: letters, digits and _", name)
		case name == "FTFT_RUN" || name == "FTFT_SUBMISSION":
			v.fail(where, "is set by ftft: remove it")
		default:
			v.text(where, e.Env[name])
		}
	}
	for _, timeout := range []struct{ name, value string }{{"queue_timeout", e.QueueTimeout}, {"start_timeout", e.StartTimeout}} {
		if duration, err := time.ParseDuration(timeout.value); timeout.value != "" && (err != nil || duration < 0) {
			v.fail(at(timeout.name), `must be a time such as "30m" or "48h", or "0" for any, not %q`, timeout.value)
		}
	}
}

// slurm checks how many processes an engine has and what it asks Slurm for.
func (v *validator) slurm(at func(name string) string, e Engine) {
	for _, number := range []struct {
		name               string
		value, least, most int
	}{{"processes", e.Processes, 1, maxProcesses}, {"nodes", e.Nodes, 1, maxNodes}, {"gpus", e.GPUs, 0, maxProcesses}} {
		used := slices.Contains(keysFor[e.Kind], number.name)
		v.check(!used || number.value >= number.least && number.value <= number.most, at(number.name),
			"must be from %d to %d, not %d", number.least, number.most, number.value)
	}
	v.check(e.Nodes <= 1 || e.Kind == Slurm, at("nodes"), "%s starts the processes on this machine: several nodes need kind = %q",
		e.Kind, Slurm)
	v.check(e.Time == "" || slurmTime.MatchString(e.Time), at("time"),
		`must be a time as Slurm writes it, such as "30" (minutes), "4:00:00" or "2-12:00:00" (days), not %q`, e.Time)
	v.check(e.Partition == "" || slurmName.MatchString(e.Partition), at("partition"), "%q is not the name of a partition", e.Partition)
	v.check(e.Account == "" || slurmName.MatchString(e.Account), at("account"), "%q is not the name of an account", e.Account)
	for i, option := range e.Sbatch {
		where := element(at("sbatch"), i)
		v.check(strings.HasPrefix(option, "-") && !strings.ContainsAny(option, "\r\n"), where,
			`must be an option of sbatch, such as "--mem=32G", not %q`, option)
		v.text(where, option)
	}
}

// command checks a command and its placeholders.
func (v *validator) command(key string, command, placeholders []string) {
	v.check(len(command) == 0 || command[0] != "", element(key, 0), "must be a program")
	v.arguments(key, command, placeholders)
}

// arguments checks the placeholders of arguments.
func (v *validator) arguments(key string, arguments, placeholders []string) {
	for i, argument := range arguments {
		v.text(element(key, i), argument)
		for _, name := range placeholder.FindAllString(argument, -1) {
			v.check(slices.Contains(placeholders, name), element(key, i), "%s is not a placeholder; available: %s", name, list(placeholders))
		}
	}
}

// text checks that a text can be an argument of a program.
func (v *validator) text(key, text string) {
	v.check(!strings.Contains(text, "\x00"), key, "must not contain a NUL character")
}

// OutsideProblems returns why the runs of a role cannot be started by its outside engine. A config with such problems is valid: that of
// a run that another program has made needs none of this.
func (c Config) OutsideProblems(role string) (problems []Problem) {
	e, model := c.EngineFor(role), c.ModelFor(role)
	at := "engine"
	if model.Engine != nil {
		at = role + ".engine"
	}
	if e.Kind == Command && len(e.Submit) == 0 {
		problems = append(problems, Problem{Key: at + ".submit", Message: "missing: the command that starts the trainer, " +
			`such as ["python3", "trainer/train_hf.py", "{run}"], with the placeholders ` + strings.Join(SubmitPlaceholders, ", ")})
	}
	if e.Outside() && model.Model == "" {
		problems = append(problems, Problem{Key: role, Message: fmt.Sprintf("an engine of kind %q trains no model from scratch: "+
			"give model = FOLDER instead of its sizes", e.Kind)})
	}
	return problems
}
