// Package fsck checks every file of a run directory against its manifest and its log.
//
// It may import configs, rundir, dynamics and internal packages. Begin reading at Check.
package fsck

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ftft/configs"
	"ftft/datamap/dynamics"
	"ftft/internal/disk"
	"ftft/internal/fault"
	"ftft/train/rundir"
)

// Finding is one fault and a safe remedy.
type Finding struct {
	File    string `json:"file"` // relative to the run
	Problem string `json:"problem"`
	Do      string `json:"do"` // the remedy
}

// Report is the result of a check.
type Report struct {
	Run      string    `json:"run"`
	State    string    `json:"state"`
	Checked  int       `json:"checked"` // number of files
	Findings []Finding `json:"findings"`
	Notes    []string  `json:"notes,omitempty"` // what is unusual and no fault
}

// checker collects a report.
type checker struct {
	dir      rundir.Dir
	manifest rundir.Manifest
	examples int
	rows     []int // trained on; nil = all
	corrupt  error // fault of the log
	Report
}

// Check checks every file of a run, while it is being written up to the end of its log. It returns an error only if there is nothing
// to check.
func Check(dir rundir.Dir) (*Report, error) {
	c := &checker{dir: dir, Report: Report{Run: dir.ID(), Findings: []Finding{}}}
	manifest, err := dir.ReadManifest()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is not a run directory: %w", dir, err)
	}
	if c.note(dir.Manifest(), err, "the run cannot be opened without it: restore it from a copy") {
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

// note counts a file and adds its fault, if it has one, to the findings.
func (c *checker) note(path string, err error, do string) (wrong bool) {
	c.Checked++
	if err == nil {
		return false
	}
	relative, relErr := filepath.Rel(string(c.dir), path)
	if relErr != nil {
		relative = path
	}
	c.Findings = append(c.Findings, Finding{relative, problemOf(err), do})
	return true
}

const startAgain = "start the experiment again under another name; undamaged maps and scores stay readable"

// plan checks the files that were written before the run started.
func (c *checker) plan() {
	_, err := configs.OfRun(c.dir)
	if errors.Is(err, fs.ErrNotExist) && c.manifest.Open() { // the program that made the run knows nothing of configs
		err = nil
	}
	c.note(c.dir.Config(), err, "maps and tables can be read, but the run cannot be resumed: restore it from the experiment's study.json")
	examples, err := rundir.ReadExamples(c.dir.Examples())
	if c.note(c.dir.Examples(), err, startAgain) {
		return
	}
	c.examples = len(examples)
	gold, _, err := dynamics.ReadNPYInt32(c.dir.Gold())
	if err == nil {
		err = agree(gold, examples, len(c.manifest.Labels))
	}
	c.note(c.dir.Gold(), err, "make it again from the column gold of examples.jsonl, as int32")
	selection, err := c.dir.ReadSelection()
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err == nil {
		err = selection.CheckGUIDs(len(examples), func(row int) string { return examples[row].GUID })
	}
	if !c.note(c.dir.Selection(), err, startAgain) {
		c.rows = selection.Rows
	}
}

// hashes compares the files that were written before the run started, and have no other fault, with the manifest.
func (c *checker) hashes() {
	if c.manifest.Files == nil { // written by another program or an older version
		return
	}
	for _, name := range rundir.Hashed {
		found := slices.ContainsFunc(c.Findings, func(f Finding) bool { return f.File == name })
		if was, ok := c.manifest.Files[name]; ok && !found {
			path := filepath.Join(string(c.dir), name)
			c.note(path, same(path, was), "the run cannot be resumed until the file is as it was before the run started: restore it from a copy")
		}
	}
}

// settings checks settings.json and the unanswered requests.
func (c *checker) settings() {
	if _, err := os.Stat(c.dir.Settings()); err == nil {
		_, err := c.dir.ReadSettings()
		c.note(c.dir.Settings(), err, "remove it: the run then uses the patience and the evaluations of its config")
	}
	requests, err := c.dir.Requests()
	c.note(c.dir.Control(), err, "check the folder's permissions")
	for _, r := range requests {
		if r.Problem != "" {
			c.note(filepath.Join(c.dir.Control(), r.ID+".json"), errors.New(r.Problem), "remove it; a run that is training refuses and removes it")
		}
	}
}

// agree checks gold.npy against examples.jsonl.
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

// log checks the log and the files that it names.
func (c *checker) log() {
	locked := rundir.Locked(c.dir) // before the log: a process that ends between the two has logged its finish
	record, err := rundir.ReadRecord(c.dir)
	c.corrupt = err
	do := "readers skip such lines, and the run cannot be resumed: restore it from a copy"
	if c.note(c.dir.Events(), err, do) && !errors.As(err, new(*rundir.Corrupt)) {
		return
	}
	c.State = record.Status(locked).State
	for _, end := range record.EpochEnds {
		path := c.dir.Epoch(end.Number)
		err := c.epoch(path)
		if err == nil {
			err = same(path, end.Hash)
		}
		c.note(path, err, "the map lacks this epoch, and the run cannot be resumed from before it: leave it out with ftft map --epochs")
	}
	sets := map[string]int{}
	for _, e := range record.Evaluations {
		sets[e.Set] = e.Examples
		path := c.dir.EvalLogits(e.Set, e.Step)
		err := c.logits(path, e.Examples)
		if err == nil {
			err = same(path, e.Hash)
		}
		c.note(path, err, "its scores are in the log; ftft predict with a checkpoint computes the logits again")
	}
	for _, set := range slices.Sorted(maps.Keys(sets)) {
		path := c.dir.EvalExamples(set)
		records, err := rundir.ReadExamples(path)
		if err == nil && len(records) != sets[set] {
			err = fmt.Errorf("%d examples, where the log has scores of %d", len(records), sets[set])
		}
		c.note(path, err, "resuming writes it again; the scores are in the log")
	}
}

// logits checks that an evaluation's file holds the logits of so many examples.
func (c *checker) logits(path string, examples int) error {
	values, shape, err := dynamics.ReadNPYFloat32(path)
	if err != nil {
		return err
	}
	if classes := len(c.manifest.Labels); len(shape) != 2 || shape[0] != examples || shape[1] != classes {
		return fmt.Errorf("an array of shape %s, where the log has %d examples of %d classes", dynamics.Sizes(shape), examples, classes)
	}
	if slices.ContainsFunc(values, func(v float32) bool { return v != v }) {
		return errors.New("a logit is NaN")
	}
	return nil
}

// rowsOf reads an epoch, complete or not, and checks its shape.
func (c *checker) rowsOf(path string) (*dynamics.Epoch, error) {
	e, err := dynamics.ReadEpoch(path)
	if err == nil && (e.Rows != c.examples || e.Classes != len(c.manifest.Labels)) {
		err = fmt.Errorf("an array of [%d, %d], where there are %d examples of %d classes",
			e.Rows, e.Classes, c.examples, len(c.manifest.Labels))
	}
	return e, err
}

// same checks a file against its hash; an empty hash is not checked.
func same(path, hash string) error {
	got, err := rundir.HashFile(path)
	if err == nil && hash != "" && got != hash {
		err = fmt.Errorf("%w: its SHA-256 is %.12s…, and was %.12s… when it was written", rundir.ErrDamaged, got, hash)
	}
	return err
}

// epoch checks that a complete epoch holds logits in exactly the rows that are trained on. The trainer of an outside run may leave rows
// out, such as those of a last short batch: their number is a note, unless no row was seen.
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
	outside := c.manifest.Engine == rundir.Outside
	unseen, seen := 0, 0
	for row := range trained {
		if logits := e.Logits[row*e.Classes : (row+1)*e.Classes]; trained[row] && outside && !slices.ContainsFunc(logits, isSeen) {
			unseen++
			continue
		}
		if trained[row] {
			seen++
		}
		for _, v := range e.Logits[row*e.Classes : (row+1)*e.Classes] {
			switch {
			case trained[row] && dynamics.Unseen(v):
				return fmt.Errorf("row %d is missing, though the epoch is logged as complete", row)
			case !trained[row] && !dynamics.Unseen(v):
				return fmt.Errorf("row %d has logits, though it is not trained on", row)
			case v != v && !dynamics.Unseen(v):
				return fmt.Errorf("row %d holds NaN", row)
			}
		}
	}
	if unseen > 0 && seen == 0 {
		return errors.New("no row was seen, though the epoch is logged as complete")
	}
	if unseen > 0 {
		c.Notes = append(c.Notes, fmt.Sprintf("%s: %d of %d examples were never in a batch", filepath.Base(path), unseen, unseen+seen))
	}
	return nil
}

func isSeen(v float32) bool { return !dynamics.Unseen(v) }

// checkpoints verifies each against its checksums.
func (c *checker) checkpoints() {
	steps, err := c.dir.CheckpointSteps()
	if c.note(c.dir.Checkpoints(), err, "check the folder's permissions") {
		return
	}
	for _, step := range steps {
		path := c.dir.Checkpoint(step)
		do := "resuming puts it aside and uses the previous one"
		if step == steps[0] {
			do = "resuming puts it aside and starts over, for there is no previous one"
		}
		if !c.note(path, rundir.Verify(path), do) && c.corrupt == nil {
			c.checkState(path)
		}
	}
	entries, err := os.ReadDir(c.dir.Checkpoints())
	if err != nil {
		return // the run has no checkpoints
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), rundir.Damaged) {
			path := filepath.Join(c.dir.Checkpoints(), entry.Name())
			c.note(path, errors.New("a damaged checkpoint that a resumed run has put aside"), "remove it once you have no use for it")
		}
	}
}

// checkState compares the log and the running epoch with a checkpoint's state.json.
func (c *checker) checkState(checkpoint string) {
	var state struct {
		Epoch    int    `json:"epoch"`
		Dynamics string `json:"dynamics"`
		Bytes    int64  `json:"log_bytes"`
		Hash     string `json:"log_hash"`
	}
	data, err := disk.ReadFile(filepath.Join(checkpoint, "state.json"))
	if err == nil {
		err = json.Unmarshal(data, &state)
	}
	if c.note(filepath.Join(checkpoint, "state.json"), err, "the run cannot be resumed from this checkpoint") || state.Hash == "" {
		return
	}
	if state.Dynamics != "" { // the file has grown since, so only its shape can be checked
		path := c.dir.Epoch(state.Epoch)
		_, err := c.rowsOf(path)
		c.note(path, err, "the run cannot be resumed from "+filepath.Base(checkpoint)+": restore it from a copy")
	}
	got, err := rundir.HashBeginning(c.dir.Events(), state.Bytes)
	if errors.Is(err, fs.ErrNotExist) || err == nil && got != state.Hash {
		err = fmt.Errorf("%w: it has changed since %s", rundir.ErrDamaged, filepath.Base(checkpoint))
	}
	c.corrupt = err
	c.note(c.dir.Events(), err, "restore it from a copy; the run cannot be resumed from this checkpoint, for its curves would have a gap")
}

// leftovers finds the temporary files of killed processes.
func (c *checker) leftovers() {
	if rundir.Locked(c.dir) {
		return // they may be in use
	}
	err := filepath.WalkDir(string(c.dir), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if of, isDraft := disk.DraftOf(entry.Name()); isDraft {
			c.note(path, fmt.Errorf("a temporary file of %s that a killed process left", of), "remove it, unless it was written just now")
			if entry.IsDir() {
				return fs.SkipDir
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		c.note(string(c.dir), err, "check the folder's permissions")
	}
}

// problemOf returns the message of an error about a file without the file's path, which a Finding has already.
func problemOf(err error) string {
	var bad *fault.Bad
	var invalid *configs.Invalid
	var path *fs.PathError
	switch {
	case errors.As(err, &invalid) && len(invalid.Problems) == 1:
		return atLine(invalid.Problems[0].Line, invalid.Problems[0].Message)
	case errors.As(err, &bad) && len(bad.Problems) == 1:
		return atLine(bad.Problems[0].Line, bad.Problems[0].Message)
	case errors.As(err, &path) && errors.Is(err, fs.ErrNotExist):
		return "it is missing"
	case errors.As(err, &path):
		return path.Err.Error()
	}
	return err.Error()
}

func atLine(line int, message string) string {
	if line == 0 {
		return message
	}
	return fmt.Sprintf("line %d: %s", line, message)
}
