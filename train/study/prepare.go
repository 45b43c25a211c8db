package study

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"ftft/configs"
	"ftft/datamap"
	"ftft/datamap/dynamics"
	"ftft/internal/disk"
	"ftft/train"
	"ftft/train/corpus"
	"ftft/train/nn/kernel"
	"ftft/train/rundir"
)

// Check reads the data and opens the models of an experiment as its runs will, so that faults show before anything starts. It returns
// the warnings about the data of the first seed.
func Check(cfg configs.Config) (warnings []string, err error) {
	if cfg.Engine.Kind != "native" { // an external trainer's run can be viewed, but not started
		message := fmt.Sprintf("%q trainers cannot be started yet; \"native\" trains in this program", cfg.Engine.Kind)
		return nil, &configs.Invalid{Problems: []configs.Problem{{Key: "engine.kind", Message: message}}}
	}
	for _, seed := range cfg.Seeds {
		data, err := corpus.Load(cfg, seed)
		if err != nil {
			return nil, err
		}
		if warnings == nil {
			warnings = data.Warnings()
		}
		if problem := selectable(cfg, len(data.Train.Examples)); problem.Key != "" {
			return nil, &configs.Invalid{Problems: []configs.Problem{problem}}
		}
		for _, role := range []string{rundir.Reference, rundir.Main} {
			_, err := train.OpenModel(cfg, cfg.ModelFor(role), data.Train.Examples, seed)
			if tooLarge := (*train.TooLarge)(nil); errors.As(err, &tooLarge) {
				return nil, &configs.Invalid{Problems: []configs.Problem{{Key: role, Message: tooLarge.Error()}}}
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return warnings, nil
}

// selectable returns what prevents the arms' selections from n examples; its Key is empty if nothing does.
func selectable(cfg configs.Config, n int) (problem configs.Problem) {
	if datamap.Count(n, cfg.Selection.Fraction) == 0 {
		message := fmt.Sprintf("%g of the %d training examples selects none; raise it", cfg.Selection.Fraction, n)
		return configs.Problem{Key: "selection.fraction", Message: message}
	}
	if cfg.Selection.Strategy != datamap.Ambiguous {
		return problem
	}
	for _, source := range []struct {
		arm   rundir.Arm
		key   string
		train configs.Train
	}{{rundir.FTFT, "reference.train.epochs", cfg.Reference.Train}, {rundir.DM, "main.train.epochs", cfg.Main.Train}} {
		epoch := (n + source.train.BatchSize - 1) / source.train.BatchSize
		if steps := cfg.FullSteps(source.train, n); slices.Contains(cfg.Arms.Run, source.arm) && steps < 2*epoch {
			return configs.Problem{Key: source.key, Message: fmt.Sprintf("%d steps are less than two epochs of %d steps, "+
				"and %s selects by variability, which needs two epochs", steps, epoch, source.arm)}
		}
	}
	return problem
}

// prepared is what a run directory holds before the run starts.
type prepared struct {
	manifest  rundir.Manifest
	config    configs.Config
	selection *rundir.Selection // nil = everything
	examples  []rundir.ExampleRecord
}

// prepare makes the selection and the manifest of a run of the plan.
func (w *worker) prepare(run rundir.StudyRun) (*prepared, error) {
	data, err := w.corpus(run.Seed)
	if err != nil {
		return nil, err
	}
	config, _, err := w.config.Vary(run.Set)
	if err != nil {
		return nil, err
	}
	p := &prepared{config: config, examples: data.Train.Records(data.Labels)}
	if run.Role == rundir.Main && run.Arm.Selects() {
		if p.selection, err = w.choose(run, data); err != nil {
			return nil, err
		}
	}
	model := config.ModelFor(run.Role)
	hash, err := train.Identity(config, run.Role, run.Arm, run.Seed, p.selection)
	if err != nil {
		return nil, err
	}
	name := "scratch"
	if model.Model != "" {
		name = w.config.Resolve(model.Model)
	}
	p.manifest = rundir.Manifest{
		ID: run.ID, Name: w.config.Name, Role: run.Role, Arm: run.Arm, Study: w.dir.ID(), Parent: run.Parent,
		ConfigHash: hash, DataHash: data.Hash(), Seed: run.Seed, Labels: w.config.Labels,
		Model: name, Engine: w.config.Engine.Kind, Kernel: kernel.Fastest().String(), Versions: train.Versions(), Created: time.Now().UTC(),
		Set: run.Set,
	}
	return p, nil
}

// same finds a complete run beside the study with the same result as the one prepared.
func (w *worker) same(p *prepared) (id string, ok bool) {
	runs, err := rundir.Runs(filepath.Dir(string(w.dir)))
	if err != nil {
		return "", false
	}
	for _, dir := range runs {
		m, err := dir.ReadManifest()
		if err != nil || !p.matches(m) {
			continue
		}
		settings, err := dir.ReadSettings()
		if err != nil || dir.ID() != p.manifest.ID && (settings.Patience != nil || settings.EvaluationSteps != nil) {
			continue // a request made it differ from its config
		}
		if status, err := dir.Status(); err == nil && status.State == rundir.Complete {
			return dir.ID(), true
		}
	}
	return "", false
}

// matches reports whether a run's manifest identifies the run that is prepared.
func (p *prepared) matches(m rundir.Manifest) bool {
	return m.ConfigHash == p.manifest.ConfigHash && m.DataHash == p.manifest.DataHash && m.Role == p.manifest.Role && m.Arm == p.manifest.Arm
}

// write creates the run directory as a whole, so that a kill leaves none. It replaces a directory that is there.
func (p *prepared) write(dir rundir.Dir) error {
	err := disk.WriteFolder(string(dir), func(temporary string) error { return p.fill(rundir.Dir(temporary)) })
	if errors.Is(err, fs.ErrPermission) {
		err = fmt.Errorf("%w; choose another place with --runs DIR", err)
	}
	return err
}

// fill writes the files of the run directory.
func (p *prepared) fill(dir rundir.Dir) error {
	if err := dir.Make(); err != nil {
		return err
	}
	gold := make([]int32, len(p.examples))
	for i, e := range p.examples {
		gold[i] = int32(e.Gold)
	}
	err := errors.Join(
		disk.WriteFile(dir.Config(), p.config.TOML()),
		rundir.WriteExamples(dir.Examples(), p.examples),
		dynamics.WriteNPY(dir.Gold(), gold),
	)
	if err == nil && p.selection != nil {
		err = dir.WriteSelection(*p.selection)
	}
	if err == nil {
		p.manifest.Files, err = dir.HashPlan()
	}
	if err == nil {
		err = dir.WriteManifest(p.manifest)
	}
	return err
}
