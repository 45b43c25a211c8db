// Package watchtest writes run directories as training does, with simulated dynamics, for tests of their readers.
//
// It may import rundir and dynamics. Begin reading at New.
package watchtest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"time"

	"ftft/datamap/dynamics"
	"ftft/train/rundir"
)

// Labels are the classes of every simulated run.
var Labels = []string{"entailment", "neutral", "contradiction"}

// Plan describes the run to simulate.
type Plan struct {
	Manifest  rundir.Manifest // ID, labels and time of creation are filled in
	Examples  int             // of the full training set
	Rows      []int           // trained on; nil = all
	BatchSize int
	Steps     int     // the budget
	Evaluate  int     // evaluations
	Speed     float64 // of learning; 1 is moderate
}

// Writer simulates the process that trains: it holds the lock and writes the log and the dynamics. It panics on an error.
type Writer struct {
	Dir   rundir.Dir
	Step  int
	plan  Plan
	start rundir.Start
	lock  *rundir.Held
	log   *rundir.Log
	store *dynamics.Store
	epoch int // of store
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// GUID returns the simulated guid of a row.
func GUID(row int) string { return fmt.Sprintf("ex-%05d", row) }

// Gold returns the simulated gold class of a row.
func Gold(row int) int { return row * 7 % 11 % len(Labels) }

// New creates the run directory and starts the run.
func New(dir rundir.Dir, plan Plan) *Writer {
	must(dir.Make())
	plan.Manifest.Labels = Labels
	if plan.Manifest.Engine == "" {
		plan.Manifest.Engine = rundir.Native
	}
	if plan.Manifest.Created.IsZero() {
		plan.Manifest.Created = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	}
	must(dir.WriteManifest(plan.Manifest))
	gold, records := make([]int32, plan.Examples), make([]rundir.ExampleRecord, plan.Examples)
	for row := range gold {
		gold[row] = int32(Gold(row))
		records[row] = rundir.ExampleRecord{
			Row: row, GUID: GUID(row), Gold: Gold(row), Label: Labels[Gold(row)], File: "train.jsonl", Line: row + 1,
		}
	}
	must(rundir.WriteExamples(dir.Examples(), records))
	must(dynamics.WriteNPY(dir.Gold(), gold))
	if plan.Rows == nil {
		for row := range plan.Examples {
			plan.Rows = append(plan.Rows, row)
		}
	}
	w := &Writer{Dir: dir, plan: plan, epoch: -1}
	var err error
	w.lock, err = rundir.Lock(dir)
	must(err)
	w.log, err = rundir.OpenLog(dir, 0)
	must(err)
	perEpoch := (len(plan.Rows) + plan.BatchSize - 1) / plan.BatchSize
	host, err := os.Hostname()
	must(err)
	w.start = rundir.Start{
		PID: os.Getpid(), Host: host, MaxSteps: plan.Steps, StepsPerEpoch: perEpoch, Epochs: (plan.Steps + perEpoch - 1) / perEpoch,
		Examples: len(plan.Rows), BatchSize: plan.BatchSize, Threads: 2,
	}
	for i := range plan.Evaluate {
		w.start.EvaluationSteps = append(w.start.EvaluationSteps, (i+1)*plan.Steps/plan.Evaluate)
	}
	must(w.log.Append(0, &w.start))
	return w
}

// Train takes steps. It logs one step event for all steps between two evaluations or epochs.
func (w *Writer) Train(steps int) {
	var losses []float32
	flush := func() {
		if len(losses) > 0 {
			must(w.log.Append(w.Step, &rundir.Steps{
				Losses: losses, LearningRate: 5e-5, GradientNorm: 1,
				Tokens: int64(w.Step * 900), Seconds: 0.1 * float64(w.Step), FLOPs: 1e9 * float64(w.Step),
			}))
			losses = nil
		}
	}
	for ; steps > 0 && w.Step < w.plan.Steps; steps-- {
		w.batch()
		w.Step++
		losses = append(losses, float32(0.25+0.85*math.Exp(-w.progress()*4)+0.05*math.Sin(float64(w.Step)*1.7)))
		if w.Step%w.start.StepsPerEpoch == 0 {
			flush()
			must(w.store.Sync())
			hash, err := rundir.HashFile(w.Dir.Epoch(w.epoch))
			must(err)
			must(w.log.Append(w.Step, &rundir.Epoch{Epoch: w.epoch, Hash: hash}))
		}
		for i, at := range w.start.EvaluationSteps {
			if at == w.Step {
				flush()
				w.evaluate(i + 1)
			}
		}
	}
	flush()
}

func (w *Writer) progress() float64 { return w.plan.Speed * float64(w.Step) / float64(w.plan.Steps) }

// batch writes the logits of the next step's examples.
func (w *Writer) batch() {
	epoch, place := w.Step/w.start.StepsPerEpoch, w.Step%w.start.StepsPerEpoch
	if epoch != w.epoch {
		if w.store != nil {
			must(w.store.Close())
		}
		store, err := dynamics.Create(w.Dir.Epoch(epoch), w.plan.Examples, len(Labels))
		must(err)
		w.store, w.epoch = store, epoch
	}
	for k := place * w.plan.BatchSize; k < min((place+1)*w.plan.BatchSize, len(w.plan.Rows)); k++ {
		row := w.plan.Rows[k]
		must(w.store.WriteRow(row, logits(row, epoch)))
	}
}

// logits simulates an example with a random start and a random speed of learning.
func logits(row, epoch int) []float32 {
	random := rand.New(rand.NewPCG(uint64(row), 1))
	base, pace := random.NormFloat64()*1.6+1, random.ExpFloat64()*0.6
	noise := rand.New(rand.NewPCG(uint64(row), uint64(epoch)+2)).NormFloat64() * 0.6
	logits := make([]float32, len(Labels))
	logits[Gold(row)] = float32(base - 3*pace + 2*pace*float64(epoch) + noise)
	return logits
}

func (w *Writer) evaluate(index int) {
	sets := []struct{ name, kind, use string }{{"validation", "id", "validation"}, {"plain", "ood", "validation"}, {"against", "ood", "test"}}
	for i, set := range sets {
		accuracy := 0.88 - 0.13*float64(i) - 0.4*math.Exp(-w.progress()*5)
		must(w.log.Append(w.Step, &rundir.Evaluation{Set: set.name, SetKind: set.kind, Use: set.use, Index: index, Examples: 200,
			Accuracy: accuracy, MacroF1: accuracy - 0.01, Loss: 1.5 * (1 - accuracy), Seconds: 0.5}))
	}
}

// Log logs an event.
func (w *Writer) Log(body rundir.Body) { must(w.log.Append(w.Step, body)) }

// Finish ends the run with a status.
func (w *Writer) Finish(finish rundir.Finish) {
	must(w.log.Append(w.Step, &finish))
	w.Die()
}

// Die closes the files and releases the lock without logging anything, like a killed process.
func (w *Writer) Die() {
	if w.store != nil {
		must(w.store.Close())
	}
	must(w.log.Close())
	must(w.lock.Release())
}
