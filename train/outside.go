package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"ftft/configs"
	"ftft/internal/disk"
	"ftft/internal/input"
	"ftft/train/corpus"
	"ftft/train/rundir"
)

// WriteJob writes what the trainer of an outside run reads: the folder job, and the lists of the evaluation sets' examples. data and
// selection are those of the run that the manifest identifies; a nil selection is everything. job.json is written last.
func WriteJob(dir rundir.Dir, config configs.Config, manifest rundir.Manifest, data *corpus.Corpus, selection *rundir.Selection) error {
	p := &plan{dir: dir, manifest: manifest, config: config, model: config.ModelFor(manifest.Role), selection: selection}
	rows, err := p.rows(data.Train.Examples)
	if err != nil {
		return err
	}
	job, err := p.job(data, len(rows))
	if err != nil {
		return err
	}
	if err := disk.MkdirAll(filepath.Dir(dir.JobEval(""))); err != nil {
		return err
	}
	if err := writeJobExamples(dir.JobTrain(), data.Train.Examples, rows); err != nil {
		return err
	}
	for _, set := range data.Evals {
		if err := writeJobExamples(dir.JobEval(set.Name), set.Examples, nil); err != nil {
			return err
		}
		if err := rundir.WriteExamples(dir.EvalExamples(set.Name), set.Records(config.Labels)); err != nil {
			return err
		}
	}
	return dir.WriteJob(job)
}

// RestoreJob writes the files of WriteJob again if one is missing. It returns an error if the data has changed since the run was made. It
// leaves a run alone that another program has made: its trainer may need no such files.
func RestoreJob(dir rundir.Dir) error {
	manifest, err := dir.ReadManifest()
	if err != nil {
		return err
	}
	if manifest.ConfigHash == "" || jobIsWhole(dir) {
		return nil
	}
	p, err := readPlan(dir, manifest)
	if err != nil {
		return err
	}
	data, err := corpus.Recorded(dir, manifest, p.config)
	if err != nil {
		return err
	}
	if err := dir.Make(); err != nil {
		return err
	}
	return WriteJob(dir, p.config, manifest, data, p.selection)
}

// jobIsWhole reports whether a run has a readable job.json and the files that it names.
func jobIsWhole(dir rundir.Dir) bool {
	job, err := dir.ReadJob()
	if err != nil {
		return false
	}
	paths := []string{dir.JobTrain()}
	for _, set := range job.Evals {
		paths = append(paths, dir.JobEval(set.Name), dir.EvalExamples(set.Name))
	}
	return !slices.ContainsFunc(paths, func(path string) bool {
		_, err := os.Stat(path)
		return err != nil
	})
}

// job returns the job of a plan that trains on a number of the data's examples.
func (p *plan) job(data *corpus.Corpus, trained int) (job rundir.Job, err error) {
	train, schedule := p.model.Train, newSchedule(p, len(data.Train.Examples), trained)
	job = rundir.Job{
		ID: p.manifest.ID, Role: p.manifest.Role, Arm: p.manifest.Arm, Seed: p.manifest.Seed, Labels: p.config.Labels,
		Examples: len(data.Train.Examples), Trained: trained,
		BatchSize: train.BatchSize, StepsPerEpoch: schedule.stepsPerEpoch, Epochs: schedule.epochs(), MaxSteps: schedule.maxSteps,
		LearningRate: train.LearningRate, WarmupSteps: schedule.warmup, WeightDecay: train.WeightDecay, AdamEpsilon: train.AdamEpsilon,
		Clip: train.Clip, Dropout: train.Dropout, MaxLength: train.MaxLength, Shuffle: train.Shuffle,
		EvaluationSteps: schedule.evaluations, Evals: []rundir.JobEval{},
	}
	for _, set := range data.Evals {
		job.Evals = append(job.Evals, rundir.JobEval{
			Name: set.Name, Kind: set.Kind, Use: set.Use, File: filepath.Join("eval", set.Name+".jsonl"), Examples: len(set.Examples),
		})
	}
	if schedule.patience > 0 {
		job.Stop = &rundir.JobStop{Patience: schedule.patience, Metric: p.config.Stop.Metric}
	}
	job.Model, _, err = OutsideModel(p.config, p.manifest.Role)
	return job, err
}

// writeJobExamples writes the examples of some rows, all if rows is nil. The file appears complete or not at all.
func writeJobExamples(path string, examples []corpus.Example, rows []int) error {
	return disk.WriteStream(path, func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		write := func(e *corpus.Example) error {
			line := rundir.JobExample{Row: e.Row, Text: e.Text, Label: e.Gold}
			if e.Paired || e.TextPair != "" {
				line.TextPair = &e.TextPair
			}
			return encoder.Encode(line)
		}
		if rows == nil {
			for i := range examples {
				if err := write(&examples[i]); err != nil {
					return err
				}
			}
		}
		for _, row := range rows {
			if err := write(&examples[row]); err != nil {
				return err
			}
		}
		return nil
	})
}

// hubName matches the names of models of the hub, with or without their organisation.
var hubName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?$`)

// OutsideModel returns what the trainer of a role's runs gets as the model: the folder, or else a name of the hub as the config has
// it, which the trainer fetches. The error, a *configs.Invalid, is that there is no such folder.
func OutsideModel(config configs.Config, role string) (model string, fromHub bool, err error) {
	model = config.ModelFor(role).Model
	path := config.Resolve(model)
	_, err = os.Stat(path)
	switch {
	case err == nil:
		return path, false, nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", false, input.Unreadable(path, err)
	}
	parent, _, nested := strings.Cut(model, "/")
	if nested { // "models/bert" is a folder that is missing if there is a folder "models"
		_, err = os.Stat(config.Resolve(parent))
		nested = err == nil
	}
	if hubName.MatchString(model) && !nested {
		return model, true, nil
	}
	problem := configs.Problem{Key: role + ".model",
		Message: fmt.Sprintf("no folder %s; give the folder of a model in Hugging Face's layout, "+
			"or the name of a model of the hub such as org/name, which the trainer fetches", path)}
	return "", false, &configs.Invalid{Problems: []configs.Problem{problem}}
}

// outsideFiles returns the files of a folder that make an outside run's model, ascending: weights, configs and vocabularies. A model
// that is a single file is that file.
func outsideFiles(path string) (files []string, err error) {
	entries, err := os.ReadDir(path)
	if info, statErr := os.Stat(path); statErr == nil && !info.IsDir() {
		return []string{path}, nil
	}
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		switch filepath.Ext(entry.Name()) {
		case ".json", ".safetensors", ".bin", ".pt", ".model", ".txt", ".py":
		default:
			continue
		}
		file := filepath.Join(path, entry.Name())
		if info, err := os.Stat(file); err != nil || info.Mode().IsRegular() { // through links, as the hub's cache has them
			files = append(files, file)
		}
	}
	return files, nil
}
