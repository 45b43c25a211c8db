package study

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"ftft/configs"
	"ftft/train"
	"ftft/train/rundir"
)

// checkOutside returns what prevents the outside engines of an experiment from starting their runs, as a *configs.Invalid: commands,
// programs and models that are missing. The warnings are of models that only the trainer knows.
func checkOutside(cfg configs.Config) (warnings []string, err error) {
	var problems []configs.Problem
	for _, role := range []string{rundir.Reference, rundir.Main} {
		found, warning := outsideProblems(cfg, role)
		for _, problem := range found {
			if !slices.Contains(problems, problem) { // both roles may have the same engine
				problems = append(problems, problem)
			}
		}
		if warning != "" {
			warnings = append(warnings, warning)
		}
	}
	if len(problems) > 0 {
		return nil, &configs.Invalid{Problems: problems}
	}
	return warnings, nil
}

// outsideProblems is checkOutside for the engine of a role. A native engine has no problems.
func outsideProblems(cfg configs.Config, role string) (problems []configs.Problem, warning string) {
	engine, model := cfg.EngineFor(role), cfg.ModelFor(role)
	if !engine.Outside() {
		return nil, ""
	}
	key := "engine"
	if model.Engine != nil {
		key = role + ".engine"
	}
	problems = append(cfg.OutsideProblems(role), missingPrograms(key, engine)...)
	if model.Model == "" {
		return problems, ""
	}
	name, fromHub, err := train.OutsideModel(cfg, role)
	if invalid := (*configs.Invalid)(nil); errors.As(err, &invalid) {
		problems = append(problems, invalid.Problems...)
	} else if err != nil {
		problems = append(problems, configs.Problem{Key: role + ".model", Message: err.Error()})
	}
	if fromHub {
		warning = fmt.Sprintf("%s.model: there is no folder %s: the trainer gets the name %q, and fetches the model",
			role, cfg.Resolve(name), name)
	}
	return problems, warning
}

// missingPrograms returns which programs of an outside engine are not on this machine. key is that of the engine.
func missingPrograms(key string, e configs.Engine) (problems []configs.Problem) {
	fail := func(name, format string, args ...any) {
		problems = append(problems, configs.Problem{Key: key + "." + name, Message: fmt.Sprintf(format, args...)})
	}
	program := func(name, program string) {
		switch _, err := exec.LookPath(program); {
		case err == nil, errors.Is(err, exec.ErrDot), strings.HasPrefix(program, "{"): // a placeholder
		case filepath.IsAbs(program) && errors.Is(err, fs.ErrNotExist):
			fail(name, "no such file: %s", program)
		case filepath.IsAbs(program):
			fail(name, "%s is not a program: make it executable, or name its interpreter before it", program)
		default:
			fail(name, "no program %q in PATH", program)
		}
	}
	for _, command := range []struct {
		name string
		argv []string
	}{{"submit", e.Submit}, {"poll", e.Poll}, {"cancel", e.Cancel}} {
		if len(command.argv) > 0 {
			program(command.name, command.argv[0])
		}
	}
	if e.Script != "" {
		switch info, err := os.Stat(e.Script); {
		case errors.Is(err, fs.ErrNotExist):
			fail("script", "no such file: %s; ftft export trainer --out %s writes train_hf.py, a trainer for models of Hugging Face",
				e.Script, filepath.Dir(e.Script))
		case err != nil:
			fail("script", "%v", err)
		case !info.Mode().IsRegular():
			fail("script", "%s is not a file", e.Script)
		}
	}
	if e.Kind != configs.Slurm {
		if e.Python != "" {
			program("python", e.Python)
		}
		return problems
	}
	for _, name := range []string{"sbatch", "squeue", "scancel"} { // python is needed where the job runs
		if _, err := exec.LookPath(name); err != nil {
			fail("kind", "Slurm's %s is not in PATH: start ftft where jobs can be submitted", name)
			break
		}
	}
	return problems
}
