// Package fsck checks every file of a run directory against what its manifest and its log say.
package fsck

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ftft/configs"
	"ftft/datamap/dynamics"
	"ftft/train/rundir"
)

// A Finding is something wrong, and what is safe to do about it.
type Finding struct {
	File    string `json:"file"` // relative to the run
	Problem string `json:"problem"`
	Do      string `json:"do"`
}

// A Report is what a check found.
type Report struct {
	Run      string    `json:"run"`
	State    string    `json:"state"`
	Checked  int       `json:"checked"` // files
	Findings []Finding `json:"findings"`
}

// checker collects a report.
type checker struct {
	dir      rundir.Dir
	manifest rundir.Manifest
	examples int
	rows     []int // trained on; nil = all
	Report
}

// Check reads every file of a run. A run that is being written is checked as far as its log has come. The error is that
// nothing could be checked.
func Check(dir rundir.Dir) (*Report, error) {
	c := &checker{dir: dir, Report: Report{Run: dir.ID(), Findings: []Finding{}}}
	manifest, err := dir.ReadManifest()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is no run directory: %w", dir, err)
	}
	if c.note(dir.Manifest(), err, "nothing opens the run without it: restore it from a copy") {
		return &c.Report, nil
	}
	c.manifest = manifest
	c.plan()
	c.log()
	c.checkpoints()
	c.leftovers()
	return &c.Report, nil
}

// note counts a file, and what is wrong with it if anything is.
func (c *checker) note(path string, err error, do string) (wrong bool) {
	c.Checked++
	if err == nil {
		return false
	}
	relative, relErr := filepath.Rel(string(c.dir), path)
	if relErr != nil {
		relative = path
	}
	c.Findings = append(c.Findings, Finding{relative, err.Error(), do})
	return true
}

const startAnew = "start the experiment again under another name; maps and scores of what is whole stay readable"

// plan checks what was there before the run began.
func (c *checker) plan() {
	_, err := configs.Load(c.dir.Config())
	c.note(c.dir.Config(), err, "maps and tables can be read, the run cannot be resumed: restore it from the study's study.json")
	examples, err := rundir.ReadExamples(c.dir.Examples())
	if c.note(c.dir.Examples(), err, startAnew) {
		return
	}
	c.examples = len(examples)
	gold, _, err := dynamics.ReadNPYInt32(c.dir.Gold())
	if err == nil {
		err = agree(gold, examples, len(c.manifest.Labels))
	}
	c.note(c.dir.Gold(), err, "it can be made again of examples.jsonl: the column gold, as int32")
	selection, err := c.dir.ReadSelection()
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err == nil {
		err = selected(selection, examples)
	}
	if !c.note(c.dir.Selection(), err, startAnew) {
		c.rows = selection.Rows
	}
}

func agree(gold []int32, examples []rundir.ExampleRecord, classes int) error {
	if len(gold) != len(examples) {
		return fmt.Errorf("%d gold labels, where examples.jsonl has %d examples", len(gold), len(examples))
	}
	for row, e := range examples {
		if int(gold[row]) != e.Gold || e.Gold < 0 || e.Gold >= classes {
			return fmt.Errorf("row %d has the gold label %d, where examples.jsonl has %d of %d classes", row, gold[row], e.Gold, classes)
		}
	}
	return nil
}

func selected(s rundir.Selection, examples []rundir.ExampleRecord) error {
	guids := make([]string, len(s.Rows))
	for i, row := range s.Rows {
		if row >= len(examples) {
			return fmt.Errorf("row %d of %d examples", row, len(examples))
		}
		guids[i] = examples[row].GUID
	}
	if hash := rundir.HashGUIDs(guids); hash != s.Hash {
		return fmt.Errorf("its rows are not those that it was made with: their hash is %.12s…, and was %.12s…", hash, s.Hash)
	}
	return nil
}

// log checks the log and what it says there is.
func (c *checker) log() {
	events, err := rundir.ReadEvents(c.dir)
	corrupt := (*rundir.Corrupt)(nil)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // not begun
	}
	if c.note(c.dir.Events(), err, "readers pass over such lines: remove them, or leave them") && !errors.As(err, &corrupt) {
		return
	}
	status := rundir.StatusOf(events, rundir.Locked(c.dir))
	c.State = status.State
	for _, e := range events {
		switch body := e.Body.(type) {
		case *rundir.Epoch:
			path := c.dir.Epoch(body.Epoch)
			c.note(path, c.epoch(path), "the map lacks this epoch: resume from before it is not possible, use --epochs to leave it out")
		case *rundir.Evaluation:
			path := c.dir.EvalLogits(body.Set, e.Step)
			values, shape, err := dynamics.ReadNPYFloat32(path)
			if err == nil && (len(shape) != 2 || shape[0] != body.Examples || shape[1] != len(c.manifest.Labels)) {
				err = fmt.Errorf("an array of shape %v, where the log has %d examples of %d classes", shape, body.Examples, len(c.manifest.Labels))
			}
			for _, v := range values {
				if err == nil && v != v {
					err = errors.New("a logit is NaN")
				}
			}
			c.note(path, err, "its scores are in the log; ftft predict with a checkpoint gives logits again")
		}
	}
}

// epoch checks that a complete epoch holds the logits of every row trained on, and no other's.
func (c *checker) epoch(path string) error {
	e, err := dynamics.ReadEpoch(path)
	if err != nil {
		return err
	}
	if e.Rows != c.examples || e.Classes != len(c.manifest.Labels) {
		return fmt.Errorf("an array of [%d, %d], where there are %d examples of %d classes", e.Rows, e.Classes, c.examples, len(c.manifest.Labels))
	}
	trained := make([]bool, e.Rows)
	for row := range trained {
		trained[row] = c.rows == nil
	}
	for _, row := range c.rows {
		trained[row] = true
	}
	for row := range trained {
		for _, v := range e.Logits[row*e.Classes : (row+1)*e.Classes] {
			switch {
			case trained[row] && dynamics.Unseen(v):
				return fmt.Errorf("row %d is not there, and the epoch is said to be complete", row)
			case !trained[row] && !dynamics.Unseen(v):
				return fmt.Errorf("row %d is there, and is not trained on", row)
			case v != v && !dynamics.Unseen(v):
				return fmt.Errorf("row %d holds NaN", row)
			}
		}
	}
	return nil
}

// checkpoints verifies each against its checksums.
func (c *checker) checkpoints() {
	steps, err := c.dir.CheckpointSteps()
	if c.note(c.dir.Checkpoints(), err, "look at the folder's permissions") {
		return
	}
	for _, step := range steps {
		path := c.dir.Checkpoint(step)
		c.note(path, rundir.Verify(path), "remove it: resuming passes over it anyhow, and goes on from the one before")
	}
}

// leftovers names what killed writers were at.
func (c *checker) leftovers() {
	if rundir.Locked(c.dir) {
		return // they are a living writer's
	}
	err := filepath.WalkDir(string(c.dir), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(entry.Name(), ".") && strings.Contains(entry.Name(), ".tmp-") {
			c.note(path, errors.New("what a killed writer was at"), "remove it; resuming does")
			if entry.IsDir() {
				return fs.SkipDir
			}
		}
		return err
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		c.note(string(c.dir), err, "look at the folder's permissions")
	}
}
