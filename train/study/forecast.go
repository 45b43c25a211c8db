package study

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ftft/configs"
	"ftft/datamap"
	"ftft/internal/disk"
	"ftft/train"
	"ftft/train/cost"
	"ftft/train/nn"
	"ftft/train/nn/spec"
	"ftft/train/report"
	"ftft/train/rundir"
)

// Forecast returns what launches would take together, from the experiment's config and the runs that it has had. It only reads
// files. The error names a launch that the experiment would refuse.
func Forecast(dir rundir.StudyDir, launches []rundir.Launch) (f cost.Forecast, err error) {
	plan, err := dir.ReadStudy()
	if err != nil {
		return f, err
	}
	cfg, err := configs.Parse(dir.Study(), plan.Config, "")
	if err != nil {
		return f, err
	}
	measured, err := measure(dir, plan)
	if err != nil {
		return f, err
	}
	w := &worker{dir: dir, plan: plan, config: cfg}
	for _, l := range launches {
		if problem := w.check(l); problem != "" {
			return f, errors.New(problem)
		}
		runs := w.runsFor(l)
		w.plan.Runs = append(w.plan.Runs, runs...) // so that the next launch finds them
		for _, run := range runs {
			f.Runs = append(f.Runs, run.ID)
			varied, _, err := cfg.Vary(run.Set)
			f.Outside = f.Outside || err == nil && varied.EngineFor(run.Role).Outside()
			if err == nil && len(measured) > 0 {
				err = estimate(&f, varied, run, l.Selection, measured)
			}
			if err != nil {
				return f, err
			}
		}
	}
	if f.Outside {
		f.FLOPs, f.Time, f.By, f.Memory, f.Disk = 0, 0, "", 0, 0
	}
	made, err := cfg.OfLaunches(launches)
	if err != nil {
		return f, err
	}
	f.Changes = configs.Differences(cfg, made)
	tickets, err := rundir.Queue(filepath.Dir(string(dir)))
	f.Ahead = len(tickets)
	f.FreeDisk, _ = disk.Free(string(dir))
	f.FreeMemory = freeMemory()
	return f, err
}

// measurement is the cost of a run so far.
type measurement struct {
	run         rundir.StudyRun
	outside     bool // another program has trained it: its speed is not that of this one
	spec        spec.Spec
	start       *rundir.Start
	step        int
	totals      rundir.Steps
	evaluations int     // one for all sets
	evaluated   int     // examples of one of them, in all sets
	seconds     float64 // of all evaluations
}

// measure reads the measurements of an experiment's runs that have taken a step and saved a model.
func measure(dir rundir.StudyDir, plan rundir.Study) ([]*measurement, error) {
	var list []*measurement
	for _, run := range plan.Runs {
		record, err := rundir.ReadRecord(dir.Run(run.ID))
		if err != nil && !errors.As(err, new(*rundir.Corrupt)) {
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			return nil, err
		}
		m := &measurement{run: run, start: record.Start, totals: record.Steps}
		if manifest, err := dir.Run(run.ID).ReadManifest(); err == nil {
			m.outside = manifest.Engine == rundir.Outside
		}
		if n := len(record.Totals); n > 0 {
			m.step = record.Totals[n-1].Step
		}
		for _, e := range record.Evaluations {
			if e.Index != m.evaluations {
				m.evaluations, m.evaluated = e.Index, 0
			}
			m.evaluated += e.Examples
			m.seconds += e.Seconds
		}
		if m.spec, err = report.ModelOf(dir.Run(run.ID)); err != nil {
			return nil, err
		}
		if m.start != nil && m.step > 0 && (m.outside || m.totals.Seconds > 0 && m.spec.Layers > 0) {
			list = append(list, m)
		}
	}
	return list, nil
}

// sequences returns the number of sequences that the run has trained on, where each epoch counts them again.
func (m *measurement) sequences() float64 { return float64(m.step * m.start.BatchSize) }

// estimate adds what a run would take, by the measurements: a main model's if there is one, else the reference's, by the ratio of
// the two models' FLOPs on sequences of the mean length. cfg is the run's config. chosen holds its rows, nil if its strategy
// chooses them.
func estimate(f *cost.Forecast, cfg configs.Config, run rundir.StudyRun, chosen *rundir.Selection, measured []*measurement) error {
	var by *measurement
	n := 0
	for _, m := range measured {
		if !m.outside && (by == nil || m.run.Role == rundir.Main) {
			by = m
		}
		if m.run.Role == rundir.Reference || m.run.Arm == rundir.ERM {
			n = m.start.Examples
		}
	}
	settings := cfg.Main.Train
	outside := cfg.EngineFor(run.Role).Outside()
	if by == nil && !outside || n == 0 {
		return nil
	}
	f.Examples, f.Steps = n, cfg.FullSteps(settings, n)
	switch {
	case chosen != nil:
		f.Examples = chosen.Count
	case run.Fraction > 0:
		f.Examples = datamap.Count(n, run.Fraction)
	}
	if outside {
		return nil
	}
	model := by.spec
	if by.run.Role != rundir.Main {
		var err error
		if model, err = mainSpec(cfg, by.spec); err != nil {
			return err
		}
	}
	f.By = by.run.ID
	length := float64(by.totals.Tokens) / by.sequences()
	ratio := cost.Sequence(model, length) / cost.Sequence(by.spec, length)
	flops := ratio * by.totals.FLOPs * float64(f.Steps*settings.BatchSize) / by.sequences()
	seconds := flops / (by.totals.FLOPs / by.totals.Seconds)
	if by.evaluations > 0 {
		seconds += ratio * by.seconds / float64(by.evaluations) * float64(settings.Evaluations)
	}
	perEpoch := max((f.Examples+settings.BatchSize-1)/settings.BatchSize, 1)
	epochs := (f.Steps + perEpoch - 1) / perEpoch
	f.FLOPs += flops
	f.Time += time.Duration(seconds * float64(time.Second))
	atATime := settings.AtATime()
	sizing, err := train.NewSizing(model, true)
	if err != nil {
		return err
	}
	capacity := nn.Capacity{Sequences: atATime, Tokens: int(length * float64(atATime)), Longest: settings.MaxLength}
	f.Memory = max(f.Memory, sizing.Memory(capacity, settings.Frozen()).Total())
	f.Disk += cost.Disk(model, cost.Checkpoints, int64(n*epochs+by.evaluated*settings.Evaluations))
	return nil
}

// mainSpec returns the main model's sizes before the model exists, with the reference's actual vocabulary size if both vocabularies
// are made of the same texts.
func mainSpec(cfg configs.Config, reference spec.Spec) (spec.Spec, error) {
	vocabulary := cfg.Main.Vocabulary
	if cfg.Reference.Model == "" && cfg.Reference.Vocabulary == vocabulary {
		vocabulary = reference.Vocabulary
	}
	return report.PlannedModel(cfg, cfg.Main, vocabulary)
}

// freeMemory returns how many bytes processes can allocate without swapping, 0 if the system does not tell.
func freeMemory() int64 {
	file, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var kilobytes int64
		if name, rest, ok := strings.Cut(lines.Text(), ":"); ok && name == "MemAvailable" {
			if _, err := fmt.Sscanf(rest, "%d kB", &kilobytes); err == nil {
				return kilobytes << 10
			}
		}
	}
	return 0
}
