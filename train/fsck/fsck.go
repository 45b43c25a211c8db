// Package fsck checks every file of a run directory against what its manifest and its log say.
package fsck

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ftft/configs"
	"ftft/datamap/dynamics"
	"ftft/internal/disk"
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
	corrupt  error // what is wrong with the log
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
	c.hashes()
	c.settings()
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

// hashes compares what was there before the run began with the manifest, where nothing is known to be wrong with it yet.
func (c *checker) hashes() {
	if c.manifest.Files == nil { // another program's, or an older version's
		return
	}
	for _, name := range rundir.Hashed {
		found := slices.ContainsFunc(c.Findings, func(f Finding) bool { return f.File == name })
		if was, ok := c.manifest.Files[name]; ok && !found {
			path := filepath.Join(string(c.dir), name)
			c.note(path, same(path, was), "the run is not gone on with until it is what it was before it began: restore it from a copy")
		}
	}
}

// settings checks what requests have changed, and the requests that wait.
func (c *checker) settings() {
	if _, err := os.Stat(c.dir.Settings()); err == nil {
		_, err := c.dir.ReadSettings()
		c.note(c.dir.Settings(), err, "remove it: the run goes on with the patience and the evaluations of its config")
	}
	requests, err := c.dir.Requests()
	c.note(c.dir.Control(), err, "look at the folder's permissions")
	for _, r := range requests {
		if r.Problem != "" {
			c.note(filepath.Join(c.dir.Control(), r.ID+".json"), errors.New(r.Problem), "the run answers that it is none, and removes it; so may you")
		}
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
	c.corrupt = err
	if c.note(c.dir.Events(), err, "readers pass over such lines, and the run is not gone on with: restore it from a copy") && !errors.As(err, &corrupt) {
		return
	}
	c.State = rundir.StatusOf(events, rundir.Locked(c.dir)).State
	sets := map[string]int{}
	for _, e := range events {
		switch body := e.Body.(type) {
		case *rundir.Epoch:
			path := c.dir.Epoch(body.Epoch)
			err := c.epoch(path)
			if err == nil {
				err = same(path, body.Hash)
			}
			c.note(path, err, "the map lacks this epoch: resume from before it is not possible, use --epochs to leave it out")
		case *rundir.Evaluation:
			sets[body.Set] = body.Examples
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
			if err == nil {
				err = same(path, body.Hash)
			}
			c.note(path, err, "its scores are in the log; ftft predict with a checkpoint gives logits again")
		}
	}
	for set, examples := range sets {
		path := c.dir.EvalExamples(set)
		records, err := rundir.ReadExamples(path)
		if err == nil && len(records) != examples {
			err = fmt.Errorf("%d examples, where the log has scores of %d", len(records), examples)
		}
		c.note(path, err, "resuming writes it again; the scores are in the log")
	}
}

// rowsOf reads an epoch, complete or not.
func (c *checker) rowsOf(path string) (*dynamics.Epoch, error) {
	e, err := dynamics.ReadEpoch(path)
	if err == nil && (e.Rows != c.examples || e.Classes != len(c.manifest.Labels)) {
		err = fmt.Errorf("an array of [%d, %d], where there are %d examples of %d classes", e.Rows, e.Classes, c.examples, len(c.manifest.Labels))
	}
	return e, err
}

// same checks a file against the hash that the log has of it, if it has one.
func same(path, hash string) error {
	got, err := rundir.HashFile(path)
	if err == nil && hash != "" && got != hash {
		err = fmt.Errorf("%w: its SHA-256 is %.12s…, and was %.12s… when it was written", rundir.ErrDamaged, got, hash)
	}
	return err
}

// epoch checks that a complete epoch holds the logits of every row trained on, and no other's.
func (c *checker) epoch(path string) error {
	e, err := c.rowsOf(path)
	if err != nil {
		return err
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
		do := "resuming puts it aside and goes on from the one before"
		if step == steps[0] {
			do = "resuming puts it aside and begins anew, for there is none before"
		}
		if !c.note(path, rundir.Verify(path), do) && c.corrupt == nil {
			c.behind(path)
		}
	}
	entries, err := os.ReadDir(c.dir.Checkpoints())
	if err != nil {
		return // there is none
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), rundir.Damaged) {
			path := filepath.Join(c.dir.Checkpoints(), entry.Name())
			c.note(path, errors.New("a damaged checkpoint that a resumed run has put aside"), "remove it when you have looked at it")
		}
	}
}

// behind compares the log and the epoch at hand with what a checkpoint says of them.
func (c *checker) behind(checkpoint string) {
	var state struct {
		Epoch    int    `json:"epoch"`
		Dynamics string `json:"dynamics"`
		Bytes    int64  `json:"log_bytes"`
		Hash     string `json:"log_hash"`
	}
	data, err := os.ReadFile(filepath.Join(checkpoint, "state.json"))
	if err == nil {
		err = json.Unmarshal(data, &state)
	}
	if c.note(filepath.Join(checkpoint, "state.json"), err, "the run is not gone on with from it") || state.Hash == "" {
		return
	}
	if state.Dynamics != "" { // it has grown since: that it is there, and an array of the right shape, is all that can be said
		path := c.dir.Epoch(state.Epoch)
		_, err := c.rowsOf(path)
		c.note(path, err, "the run is not gone on with from "+filepath.Base(checkpoint)+": restore it from a copy")
	}
	got, err := rundir.HashBeginning(c.dir.Events(), state.Bytes)
	if errors.Is(err, fs.ErrNotExist) || err == nil && got != state.Hash {
		err = fmt.Errorf("%w: it is not what it was at %s", rundir.ErrDamaged, filepath.Base(checkpoint))
	}
	c.corrupt = err
	c.note(c.dir.Events(), err, "restore it from a copy; the run is not gone on with from there, for its curves would have a hole")
}

// leftovers names what killed writers were at.
func (c *checker) leftovers() {
	if rundir.Locked(c.dir) {
		return // they are a living writer's
	}
	err := filepath.WalkDir(string(c.dir), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if of, isDraft := disk.DraftOf(entry.Name()); isDraft {
			c.note(path, fmt.Errorf("what a killed writer of %s was at", of), "remove it, unless it is of this minute")
			if entry.IsDir() {
				return fs.SkipDir
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		c.note(string(c.dir), err, "look at the folder's permissions")
	}
}
