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
	"ftft/train/cost"
	"ftft/train/nn/spec"
	"ftft/train/report"
	"ftft/train/rundir"
)

// Forecast says what an order would take, by the study's config and by what the runs that it has had took. It reads files and
// trains nothing.
func Forecast(dir rundir.StudyDir, o rundir.Order) (f cost.Forecast, err error) {
	plan, err := dir.ReadStudy()
	if err != nil {
		return f, err
	}
	cfg, err := configs.Parse(dir.Study(), plan.Config, "")
	if err != nil {
		return f, err
	}
	w := &worker{dir: dir, plan: plan, config: cfg}
	if problem := w.wrong(o); problem != "" {
		return f, errors.New(problem)
	}
	runs := w.ordered(o)
	for _, run := range runs {
		f.Runs = append(f.Runs, run.ID)
	}
	last := runs[len(runs)-1]
	f.Changes = configs.Differences(cfg, asked(cfg, last))
	tickets, err := rundir.Queue(filepath.Dir(string(dir)))
	if err != nil {
		return f, err
	}
	f.Ahead = len(tickets)
	f.FreeDisk, _ = disk.Free(string(dir))
	f.FreeMemory = freeMemory()
	paces, err := pacesOf(dir, plan)
	if err != nil || len(paces) == 0 {
		return f, err
	}
	return f, reckon(&f, cfg, o, last, paces)
}

// asked is the config of an experiment that has the run as its arm.
func asked(cfg configs.Config, run rundir.StudyRun) configs.Config {
	cfg.Arms.Run, cfg.Seeds = []rundir.Arm{run.Arm}, []int64{run.Seed}
	if run.Strategy != "" && run.Arm != rundir.Random && datamap.CheckStrategy(run.Strategy) == nil { // random leaves the strategy of others as it is
		cfg.Selection.Strategy = run.Strategy
	}
	if run.Fraction > 0 {
		cfg.Selection.Fraction = run.Fraction
	}
	return cfg
}

// pace is how a run went, as far as it has come.
type pace struct {
	run                 rundir.StudyRun
	spec                spec.Spec
	start               *rundir.Start
	step                int
	totals              rundir.Steps
	evaluations         int     // all sets together count once
	evaluated           int     // examples of one of them, all sets together
	evaluation, lasting float64 // FLOPs and seconds of all evaluations
}

// pacesOf reads the paces of a study's runs that have taken a step and saved a model.
func pacesOf(dir rundir.StudyDir, plan rundir.Study) ([]*pace, error) {
	var paces []*pace
	for _, run := range plan.Runs {
		p := &pace{run: run}
		events, err := rundir.ReadEvents(dir.Run(run.ID))
		if err != nil && !errors.As(err, new(*rundir.Corrupt)) {
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			return nil, err
		}
		for _, event := range rundir.Current(events) {
			p.take(event)
		}
		if p.spec, err = report.ModelOf(dir.Run(run.ID)); err != nil {
			return nil, err
		}
		if p.start != nil && p.step > 0 && p.totals.Seconds > 0 && p.spec.Layers > 0 {
			paces = append(paces, p)
		}
	}
	return paces, nil
}

func (p *pace) take(event rundir.Event) {
	switch body := event.Body.(type) {
	case *rundir.Start:
		p.start = body
	case *rundir.Steps:
		p.step, p.totals = event.Step, *body
	case *rundir.Evaluation:
		if body.Index != p.evaluations {
			p.evaluations, p.evaluated = body.Index, 0
		}
		p.evaluated += body.Examples
		p.evaluation += body.FLOPs
		p.lasting += body.Seconds
	}
}

// sequences is how many the run has trained on, those of every epoch counted.
func (p *pace) sequences() float64 { return float64(p.step * p.start.BatchSize) }

// reckon fills in what follows from the paces: that of a main model where there is one, else the reference's, by the FLOPs of the
// two models on sequences of the mean length.
func reckon(f *cost.Forecast, cfg configs.Config, o rundir.Order, run rundir.StudyRun, paces []*pace) error {
	by, n := paces[0], 0
	for _, p := range paces {
		if p.run.Role == rundir.Main {
			by = p
		}
		if p.run.Role == rundir.Reference || p.run.Arm == rundir.ERM {
			n = p.start.Examples
		}
	}
	model := by.spec
	if by.run.Role != rundir.Main {
		var err error
		if model, err = mainSpec(cfg, by.spec); err != nil {
			return err
		}
	}
	trained := cfg.Main.Train
	f.By, f.Examples, f.Steps = by.run.ID, n, cfg.FullSteps(trained, n)
	switch {
	case o.Selection != nil:
		f.Examples = o.Selection.Count
	case run.Fraction > 0:
		f.Examples = datamap.Count(n, run.Fraction)
	}
	length := float64(by.totals.Tokens) / by.sequences()
	each := func(s spec.Spec) float64 { // in thousands, for lengths are integers there
		return cost.Training(s, 1000, int64(1000*length), int64(1000*length*length))
	}
	ratio := each(model) / each(by.spec)
	runs := float64(len(f.Runs))
	f.FLOPs = runs * ratio * by.totals.FLOPs * float64(f.Steps*trained.BatchSize) / by.sequences()
	seconds := f.FLOPs / (by.totals.FLOPs / by.totals.Seconds)
	if by.evaluations > 0 {
		seconds += runs * ratio * by.lasting / float64(by.evaluations) * float64(trained.Evaluations)
	}
	f.Time = time.Duration(seconds * float64(time.Second))
	f.Memory = cost.Memory(model, int(length*float64(trained.BatchSize)))
	perEpoch := max((f.Examples+trained.BatchSize-1)/trained.BatchSize, 1)
	epochs := (f.Steps + perEpoch - 1) / perEpoch
	f.Disk = int64(runs) * cost.Disk(model, cost.Checkpoints, int64(n*epochs+by.evaluated*trained.Evaluations))
	return nil
}

// mainSpec is the main model's sizes before it has been made: its folder's config, or those that the study's config gives, with a
// vocabulary as large as the reference's came out where both are made of the same texts.
func mainSpec(cfg configs.Config, reference spec.Spec) (spec.Spec, error) {
	m := cfg.Main
	if m.Model == "" {
		vocabulary := m.Vocabulary
		if cfg.Reference.Model == "" && cfg.Reference.Vocabulary == m.Vocabulary {
			vocabulary = reference.Vocabulary
		}
		return spec.Scratch(m.Layers, m.Hidden, m.Heads, m.Intermediate, vocabulary, m.Train.MaxLength, cfg.Labels), nil
	}
	path := filepath.Join(cfg.Resolve(m.Model), "config.json")
	text, err := disk.ReadFile(path)
	if err != nil {
		return spec.Spec{}, err
	}
	s, err := spec.Parse(text)
	if err != nil {
		return s, fmt.Errorf("%s: %w", path, err)
	}
	s.Labels = cfg.Labels
	return s, nil
}

// freeMemory is how many bytes processes can have without swapping, 0 where the system does not say.
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
