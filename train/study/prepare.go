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
	"ftft/internal/hub"
	"ftft/train"
	"ftft/train/corpus"
	"ftft/train/nn/kernel"
	"ftft/train/rundir"
)

// Check reads the data and opens the models of an experiment as its runs will, so that faults show before anything starts. Of an
// outside engine it checks that its programs are there. It returns warnings about the models and about the data of the first seed. It
// calls tell, which may be nil, with what it does.
func Check(cfg configs.Config, tell func(rundir.Preparing)) (warnings []string, err error) {
	if tell == nil {
		tell = func(rundir.Preparing) {}
	}
	defer tell(rundir.Preparing{})
	warnings, err = checkOutside(cfg)
	if err != nil {
		return nil, err
	}
	for i, seed := range cfg.Seeds {
		tell(rundir.Preparing{Phase: "reading the data"})
		data, err := corpus.Load(cfg, seed)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			warnings = append(warnings, data.Warnings()...)
		}
		if problem := selectable(cfg, len(data.Train.Examples)); problem.Key != "" {
			return nil, &configs.Invalid{Problems: []configs.Problem{problem}}
		}
		for _, role := range []string{rundir.Reference, rundir.Main} {
			if cfg.EngineFor(role).Outside() { // its model may be of a family that this program does not know
				continue
			}
			pretrained := cfg.ModelFor(role).Model != ""
			now := rundir.Preparing{Phase: "building the vocabulary of the " + role + " model"}
			if pretrained {
				now.Phase = "checking the " + role + " model"
			}
			tell(now)
			model, err := train.OpenModel(cfg, cfg.ModelFor(role), data.Train.Examples, seed, func(share float64) error {
				now.Share = share
				tell(now)
				return nil
			})
			if err == nil && pretrained {
				err = model.LoadWeights() // their values are checked
			}
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
	data      *corpus.Corpus
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
	p := &prepared{config: config, data: data}
	if run.Role == rundir.Main && run.Arm.Selects() {
		if p.selection, err = w.choose(run, data); err != nil {
			return nil, err
		}
	}
	model, engine := config.ModelFor(run.Role), config.EngineFor(run.Role)
	hash, err := train.Identity(config, run.Role, run.Arm, run.Seed, p.selection)
	if err != nil {
		return nil, err
	}
	p.manifest = rundir.Manifest{
		ID: run.ID, Name: w.config.Name, Role: run.Role, Arm: run.Arm, Study: w.dir.ID(), Parent: run.Parent,
		ConfigHash: hash, DataHash: data.Hash(), Seed: run.Seed, Labels: w.config.Labels,
		Model: "scratch", Engine: engine.Manifest(), Created: time.Now().UTC(), Set: run.Set,
	}
	if !engine.Outside() {
		if err := p.nameModel(model.Model); err != nil {
			return nil, err
		}
		p.manifest.Kernel, p.manifest.Versions = kernel.Fastest().String(), train.Versions()
		return p, nil
	}
	p.manifest.Versions = train.OutsideVersions()
	p.manifest.Model, _, err = train.OutsideModel(config, run.Role)
	return p, err
}

// nameModel records the folder of the model that a config names, and the commit of a model of the hub's cache.
func (p *prepared) nameModel(name string) (err error) {
	switch {
	case hub.Is(name):
		s, err := hub.Resolve(name)
		p.manifest.Model, p.manifest.ModelCommit = s.Folder, s.Commit
		return err
	case name != "":
		p.manifest.Model, err = p.config.ModelFolder(name)
	}
	return err
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
	gold := make([]int32, len(p.data.Train.Examples))
	for i, e := range p.data.Train.Examples {
		gold[i] = int32(e.Gold)
	}
	err := errors.Join(
		disk.WriteFile(dir.Config(), p.config.TOML()),
		rundir.WriteExamples(dir.Examples(), p.data.Train.Records(p.data.Labels)),
		dynamics.WriteNPY(dir.Gold(), gold),
	)
	if err == nil && p.selection != nil {
		err = dir.WriteSelection(*p.selection)
	}
	if err == nil && p.manifest.Engine == rundir.Outside {
		err = train.WriteJob(dir, p.config, p.manifest, p.data, p.selection)
	}
	if err == nil {
		p.manifest.Files, err = dir.HashPlan()
	}
	if err == nil {
		err = dir.WriteManifest(p.manifest)
	}
	return err
}
