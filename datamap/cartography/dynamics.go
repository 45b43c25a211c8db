// Package cartography reads and writes the files of dataset cartography (Swayamdipta et al., 2020;
// github.com/allenai/cartography): training dynamics, one file per epoch with one JSON object per line, and files of metrics.
//
// It may import datamap and internal packages. Begin with Read, or with ReadMeasures for metrics; chunk is what their parsers
// fill.
package cartography

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ftft/datamap"
	"ftft/internal/fault"
)

// Dynamics is the content of a folder of training dynamics. Rows are in the order of the first epoch's file.
type Dynamics struct {
	datamap.Input
	Numbers bool   // the guids are JSON numbers; GUIDs holds their digits
	Skipped []Skip // what Options.Lenient left out, by reason; the logits of such an example are NaN if it has a row
}

// Options control what Read reads.
type Options struct {
	From, To int  // the epochs From..To-1, counted from 0; a To of -1 stands for the end
	Lenient  bool // skip examples that are malformed in any epoch, and count them
}

// A Skip counts what was skipped for one reason.
type Skip struct {
	Reason string
	Count  int
	First  fault.Problem
}

var epochFile = regexp.MustCompile(`^dynamics_epoch_(\d{1,6})\.jsonl(\.gz|\.zst)?$`)

// Find returns the files of training dynamics by epoch, from 0 to the last that exists: those in the folder itself, or in a
// training_dynamics folder in it, which takes precedence. A missing file in between has a path too. Find returns nil if there
// are none.
func Find(folder string) []string {
	for _, dir := range []string{filepath.Join(folder, "training_dynamics"), folder} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		var files []string
		for _, e := range entries {
			m := epochFile.FindStringSubmatch(e.Name())
			if m == nil || e.IsDir() {
				continue
			}
			epoch, err := strconv.Atoi(m[1])
			if err != nil {
				continue
			}
			for len(files) <= epoch {
				files = append(files, filepath.Join(dir, fmt.Sprintf("dynamics_epoch_%d.jsonl", len(files))))
			}
			// Read refuses an epoch with two files.
			if path := filepath.Join(dir, e.Name()); filepath.Ext(path) == ".jsonl" || !exists(files[epoch]) {
				files[epoch] = path
			}
		}
		if files != nil {
			return files
		}
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Read reads the epochs of a folder. Each epoch must hold every guid once, in any order, with the same gold label and the same
// number of finite logits. Anything else is a *fault.Bad or, if the options are lenient, skipped. A range without epochs, or
// beyond them, is a *datamap.NoEpoch.
func Read(folder string, o Options) (*Dynamics, error) {
	files := Find(folder)
	if files == nil {
		return nil, fmt.Errorf("%s: neither this folder nor a training_dynamics folder in it has a dynamics_epoch_N.jsonl", folder)
	}
	to := o.To
	if to < 0 {
		to = len(files)
	}
	if o.From >= to || to > len(files) {
		return nil, &datamap.NoEpoch{From: o.From, To: to, Count: len(files)}
	}
	r := reader{lenient: o.Lenient, malformedGUIDs: map[string]bool{}}
	for epoch := o.From; epoch < to; epoch++ {
		if err := r.add(epoch, files[epoch]); err != nil {
			return nil, err
		}
	}
	r.blankMalformed()
	return &r.Dynamics, nil
}

// reader accumulates the epochs.
type reader struct {
	Dynamics
	lenient        bool
	rows           *index          // the first epoch's rows by guid; nil before it
	malformed      []bool          // [N] whether the example is malformed; lenient only
	malformedGUIDs map[string]bool // malformed guids of the first epoch, which have no row
	first          string          // path of the first epoch's file
	problems       fault.Collector
}

// problem records a problem with a line (0: the whole file). A lenient reader counts problems by reason.
func (r *reader) problem(reason, file string, line int, format string, args ...any) {
	p := fault.Problem{File: file, Line: line, Message: fmt.Sprintf(format, args...)}
	if r.lenient {
		r.skip(reason, 1, p)
		return
	}
	r.problems.Add(p)
}

func (r *reader) skip(reason string, count int, first fault.Problem) {
	for i := range r.Skipped {
		if r.Skipped[i].Reason == reason {
			r.Skipped[i].Count += count
			return
		}
	}
	r.Skipped = append(r.Skipped, Skip{reason, count, first})
}

// add reads an epoch's file.
func (r *reader) add(epoch int, path string) error {
	for _, ending := range []string{".gz", ".zst"} {
		if plain, packed := strings.CutSuffix(path, ending); !packed && exists(path) && exists(path+ending) {
			return fault.At(path, 0, "there is also a packed copy of this file: remove one of the two")
		} else if packed && ending == ".gz" && exists(plain+".zst") {
			return fault.At(path, 0, "there is also a .zst copy of this file: remove one of the two")
		}
	}
	p, err := openEpoch(path, epoch, r.Classes, r.rows, r.lenient)
	if errors.Is(err, fs.ErrNotExist) {
		return fault.At(path, 0, "missing, although a later epoch exists; epochs are counted from 0")
	}
	if err != nil {
		return err
	}
	defer p.close()
	if r.first == "" {
		r.readFirst(path, p)
	} else {
		r.read(path, p)
	}
	if p.err != nil {
		return p.err
	}
	if len(r.GUIDs) == 0 && r.problems.Empty() {
		if len(r.Skipped) > 0 {
			return fault.At(path, 0, "no record is valid: "+r.Skipped[0].First.String())
		}
		return fault.At(path, 0, "the file is empty")
	}
	return r.problems.Err(path)
}

// Reasons for which a lenient reader skips examples.
const (
	noRecord    = "not a record"
	noLogits    = "no list of logits"
	notFinite   = "a logit is not a finite number"
	otherKind   = "guid of another type"
	otherClass  = "another number of logits"
	twiceThere  = "duplicate guid"
	noClass     = "gold label out of range"
	otherGold   = "gold label differs from the first epoch"
	unknownGUID = "guid missing from the first epoch"
	missingGUID = "missing from a later epoch"
)

// read reads an epoch after the first.
func (r *reader) read(path string, p *epochParser) {
	logits := slices.Repeat([]float32{float32(math.NaN())}, len(r.GUIDs)*r.Classes)
	seen, count := make([]bool, len(r.GUIDs)), 0
	for line, c := range p.chunks {
		r.noteBad(path, line, c)
		for i, row := range c.rows {
			at := line + c.line(i)
			if r.alreadySkipped(row, c.guid(i)) {
				continue
			}
			if !r.fits(path, at, c, i) {
				r.markMalformed(row)
				continue
			}
			if row < 0 {
				r.problem(unknownGUID, path, at, "guid %s is not in %s", c.guid(i), filepath.Base(r.first))
				continue
			}
			switch {
			case r.Gold[row] != c.gold[i]:
				r.problem(otherGold, path, at, "guid %s has the gold label %d here but %d in %s",
					c.guid(i), c.gold[i], r.Gold[row], filepath.Base(r.first))
				r.markMalformed(row)
			case seen[row]:
				r.problem(twiceThere, path, at, "guid %s occurs twice", c.guid(i))
				r.markMalformed(row)
			default:
				copy(logits[int(row)*r.Classes:(int(row)+1)*r.Classes], c.logits[i*c.classes:])
				seen[row] = true
				count++
			}
		}
	}
	r.Epochs = append(r.Epochs, logits)
	if r.problems.Empty() && count < len(r.GUIDs) {
		r.noteMissing(path, logits, len(r.GUIDs)-count)
	}
}

// noteMissing records the examples of the first epoch that another epoch lacks. count is their number.
func (r *reader) noteMissing(path string, logits []float32, count int) {
	for row, guid := range r.GUIDs {
		if datamap.Seen(logits[row*r.Classes : (row+1)*r.Classes]) {
			continue
		}
		p := fault.Problem{File: path, Message: fmt.Sprintf("%d of the %d guids of %s are missing, such as %s",
			count, len(r.GUIDs), filepath.Base(r.first), guid)}
		if !r.lenient {
			r.problems.Add(p)
			return
		}
		if !r.malformed[row] { // malformed examples have been counted
			r.skip(missingGUID, 1, p)
			r.markMalformed(int32(row))
		}
	}
}

// alreadySkipped reports whether a lenient reader skips an example already. Each example is counted once, for its first
// problem.
func (r *reader) alreadySkipped(row int32, guid []byte) bool {
	return r.lenient && (row >= 0 && r.malformed[row] || row < 0 && r.malformedGUIDs[string(guid)])
}

// markMalformed makes a lenient reader skip an example.
func (r *reader) markMalformed(row int32) {
	if r.lenient && row >= 0 {
		r.malformed[row] = true
	}
}

// noteBad records the lines of a chunk that hold no record.
func (r *reader) noteBad(path string, line int, c *chunk) {
	for _, b := range c.bad {
		row := r.rows.lookup(b.guid)
		if b.guid != "" && r.alreadySkipped(row, []byte(b.guid)) {
			continue
		}
		r.problem(b.reason, path, line+int(b.line), "%s", b.message)
		if r.markMalformed(row); row < 0 && b.guid != "" && r.lenient {
			r.malformedGUIDs[b.guid] = true
		}
	}
}

// readFirst reads the first epoch, which fixes the guids, their rows and the gold labels.
func (r *reader) readFirst(path string, p *epochParser) {
	r.first = path
	r.rows = newIndex()
	var logits []float32
	for line, c := range p.chunks {
		if r.Classes == 0 && len(c.gold) > 0 {
			r.Classes, r.Numbers = c.classes, c.numbers[0]
			if r.lenient {
				r.Numbers = p.numbers
			}
			total := len(c.gold) * p.blocks() // estimate
			r.Gold, logits = make([]int32, 0, total), make([]float32, 0, total*r.Classes)
			r.rows.guids = make([]string, 0, total)
		}
		r.noteBad(path, line, c)
		names := string(c.names) // guids share one string
		for i, gold := range c.gold {
			at := line + c.line(i)
			from, to := c.span(i)
			guid := names[from:to]
			if !r.fits(path, at, c, i) {
				if r.lenient {
					r.malformedGUIDs[guid] = true
				}
				continue
			}
			row, added := r.rows.add(guid)
			if !added {
				r.problem(twiceThere, path, at, "guid %s occurs twice", guid)
				r.markMalformed(row)
				continue
			}
			r.Gold = append(r.Gold, gold)
			logits = append(logits, c.logits[i*c.classes:(i+1)*c.classes]...)
			if r.lenient {
				r.malformed = append(r.malformed, false)
			}
			if gold < 0 || int(gold) >= r.Classes {
				r.problem(noClass, path, at, "guid %s has the gold label %d, and %d logits", guid, gold, r.Classes)
				r.markMalformed(row)
			}
		}
	}
	for guid := range r.malformedGUIDs { // valid in one line and malformed in another
		r.markMalformed(r.rows.lookup(guid))
	}
	r.GUIDs = r.rows.guids
	r.Epochs = [][]float32{logits}
}

// fits reports whether a record has the same type of guid and number of logits as the first record.
func (r *reader) fits(path string, line int, c *chunk, i int) bool {
	if c.numbers[i] != r.Numbers {
		r.problem(otherKind, path, line, "guid %s: some guids are numbers, some are strings", c.guid(i))
		return false
	}
	if c.classes != r.Classes {
		r.problem(otherClass, path, line, "guid %s has %d logits, others have %d", c.guid(i), c.classes, r.Classes)
		return false
	}
	return true
}

// blankMalformed marks the rows of malformed examples as not seen, which keeps them off the map. Other examples keep their
// rows.
func (r *reader) blankMalformed() {
	for row, malformed := range r.malformed {
		if malformed {
			r.Gold[row] = 0 // it may be out of range
			r.Blank(row)
		}
	}
}
