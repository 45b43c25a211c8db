// Package cartography reads and writes the files of dataset cartography (Swayamdipta et al., 2020;
// github.com/allenai/cartography): training dynamics, a file an epoch and a JSON object a line, and metrics.
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

// Dynamics are what a folder of training dynamics holds. Rows are in the order of the first epoch's file.
type Dynamics struct {
	datamap.Input
	Numbers bool   // the guids are JSON numbers; GUIDs hold them as they are written
	Skipped []Skip // what Options.Lenient left out, by reason; the logits of an example that has a row are NaN then
}

// Options say what to read.
type Options struct {
	From, To int  // the epochs from one, counted from 0, up to but without another; To -1 = the end
	Lenient  bool // leave out the examples that something is wrong with in any epoch, and count that
}

// A Skip counts what was left out for one reason.
type Skip struct {
	Reason string
	Count  int
	First  fault.Problem
}

var epochFile = regexp.MustCompile(`^dynamics_epoch_(\d{1,6})\.jsonl(\.gz|\.zst)?$`)

// Find lists the files of training dynamics by epoch, from 0 to the last that is there: in the folder itself, or in a
// training_dynamics folder in it. A file that is missing in between is listed too. It is nil where there are none.
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
			if path := filepath.Join(dir, e.Name()); filepath.Ext(path) == ".jsonl" || !exists(files[epoch]) { // Read refuses two of one epoch
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

// Read reads epochs of a folder. Each holds every guid once, in any order, with the same gold label and the same number of
// finite logits; what is otherwise is a *fault.Bad, or left out, as the options say. A range without epochs, or with more
// than there are, is a *datamap.NoEpoch.
func Read(folder string, o Options) (*Dynamics, error) {
	files := Find(folder)
	if files == nil {
		return nil, fmt.Errorf("%s: no dynamics_epoch_N.jsonl is in it, nor in a training_dynamics folder there", folder)
	}
	to := o.To
	if to < 0 {
		to = len(files)
	}
	if o.From >= to || to > len(files) {
		return nil, &datamap.NoEpoch{From: o.From, To: to, Count: len(files)}
	}
	r := reader{lenient: o.Lenient, left: map[string]bool{}}
	for epoch := o.From; epoch < to; epoch++ {
		if err := r.add(epoch, files[epoch]); err != nil {
			return nil, err
		}
	}
	r.leaveOut()
	return &r.Dynamics, nil
}

// reader collects the epochs.
type reader struct {
	Dynamics
	lenient  bool
	rows     *index          // of the first epoch, by guid; nil before it
	wrong    []bool          // by row, where lenient: something is wrong with the example
	left     map[string]bool // guids that something is wrong with in the first epoch, and that have no row
	first    string          // the first epoch's file
	problems fault.Collector
}

// problem notes what is wrong with a line (0: the file). reason is the kind of fault, which a lenient reader counts by.
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

// add reads an epoch's file, and gives what is wrong with it.
func (r *reader) add(epoch int, path string) error {
	for _, ending := range []string{".gz", ".zst"} {
		if plain, packed := strings.CutSuffix(path, ending); !packed && exists(path) && exists(path+ending) {
			return fault.At(path, 0, "the file is there packed and unpacked: remove one")
		} else if packed && ending == ".gz" && exists(plain+".zst") {
			return fault.At(path, 0, "the file is there as .gz and as .zst: remove one")
		}
	}
	p, err := openEpoch(path, epoch, r.Classes, r.rows, r.lenient)
	if errors.Is(err, fs.ErrNotExist) {
		return fault.At(path, 0, "missing, and a later epoch is there; epochs are counted from 0")
	}
	if err != nil {
		return err
	}
	defer p.close()
	if r.first == "" {
		r.begin(path, p)
	} else {
		r.read(path, p)
	}
	if p.err != nil {
		return p.err
	}
	if len(r.GUIDs) == 0 && r.problems.Empty() {
		if len(r.Skipped) > 0 {
			return fault.At(path, 0, "no record of it is right: "+r.Skipped[0].First.String())
		}
		return fault.At(path, 0, "the file is empty")
	}
	return r.problems.Err(path)
}

// The reasons by which a lenient reader counts.
const (
	noRecord    = "a line that is no record"
	noLogits    = "no list of logits"
	notFinite   = "a logit that is no finite number"
	otherKind   = "another kind of guid"
	otherClass  = "another number of logits"
	twiceThere  = "a guid that is there twice"
	noClass     = "a gold label that is no class"
	otherGold   = "another gold label than in the first epoch"
	unknownGUID = "a guid that the first epoch lacks"
	missingGUID = "not in every epoch"
)

// read adds an epoch after the first.
func (r *reader) read(path string, p *parsing) {
	logits := slices.Repeat([]float32{float32(math.NaN())}, len(r.GUIDs)*r.Classes)
	seen, count := make([]bool, len(r.GUIDs)), 0
	for line, c := range p.chunks {
		r.noteBad(path, line, c)
		for i, row := range c.rows {
			at := line + c.line(i)
			if r.counted(row, c.guid(i)) {
				continue
			}
			if !r.fits(path, at, c, i) {
				r.condemn(row)
				continue
			}
			if row < 0 {
				r.problem(unknownGUID, path, at, "guid %s is not in %s", c.guid(i), filepath.Base(r.first))
				continue
			}
			switch {
			case r.Gold[row] != c.gold[i]:
				r.problem(otherGold, path, at, "guid %s has the gold label %d here, and %d in %s", c.guid(i), c.gold[i], r.Gold[row], filepath.Base(r.first))
				r.condemn(row)
			case seen[row]:
				r.problem(twiceThere, path, at, "guid %s is there for the second time", c.guid(i))
				r.condemn(row)
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

// noteMissing says which examples of the first epoch another one lacks.
func (r *reader) noteMissing(path string, logits []float32, count int) {
	for row, guid := range r.GUIDs {
		if datamap.Seen(logits[row*r.Classes : (row+1)*r.Classes]) {
			continue
		}
		p := fault.Problem{File: path, Message: fmt.Sprintf("%d of the %d guids of %s are not in it, such as %s", count, len(r.GUIDs), filepath.Base(r.first), guid)}
		if !r.lenient {
			r.problems.Add(p)
			return
		}
		if !r.wrong[row] { // what is wrong with others has been counted
			r.skip(missingGUID, 1, p)
			r.condemn(int32(row))
		}
	}
}

// counted says that a lenient reader leaves an example out already: each is counted once, for the first of its faults.
func (r *reader) counted(row int32, guid []byte) bool {
	return r.lenient && (row >= 0 && r.wrong[row] || row < 0 && r.left[string(guid)])
}

// condemn has a lenient reader leave an example out.
func (r *reader) condemn(row int32) {
	if r.lenient && row >= 0 {
		r.wrong[row] = true
	}
}

// noteBad notes the lines of a chunk that hold no record.
func (r *reader) noteBad(path string, line int, c *chunk) {
	for _, b := range c.bad {
		row := r.rows.of(b.guid)
		if b.guid != "" && r.counted(row, []byte(b.guid)) {
			continue
		}
		r.problem(b.reason, path, line+int(b.line), "%s", b.message)
		if r.condemn(row); row < 0 && b.guid != "" && r.lenient {
			r.left[b.guid] = true
		}
	}
}

// begin takes the guids and gold labels of the first epoch.
func (r *reader) begin(path string, p *parsing) {
	r.first = path
	r.rows = newIndex()
	var logits []float32
	for line, c := range p.chunks {
		if r.Classes == 0 && len(c.gold) > 0 {
			r.Classes, r.Numbers = c.classes, c.numbers[0]
			if r.lenient {
				r.Numbers = p.numbers
			}
			total := len(c.gold) * p.blocks() // nearly
			r.Gold, logits, r.rows.guids = make([]int32, 0, total), make([]float32, 0, total*r.Classes), make([]string, 0, total)
		}
		r.noteBad(path, line, c)
		names := string(c.names) // of which guids are parts: one string for all
		for i, gold := range c.gold {
			at := line + c.line(i)
			from, to := c.span(i)
			guid := names[from:to]
			if !r.fits(path, at, c, i) {
				if r.lenient {
					r.left[guid] = true
				}
				continue
			}
			row, added := r.rows.add(guid)
			if !added {
				r.problem(twiceThere, path, at, "guid %s is there for the second time", guid)
				r.condemn(row)
				continue
			}
			r.Gold = append(r.Gold, gold)
			logits = append(logits, c.logits[i*c.classes:(i+1)*c.classes]...)
			if r.lenient {
				r.wrong = append(r.wrong, false)
			}
			if gold < 0 || int(gold) >= r.Classes {
				r.problem(noClass, path, at, "guid %s has the gold label %d, and %d logits", guid, gold, r.Classes)
				r.condemn(row)
			}
		}
	}
	for guid := range r.left { // right in one line and wrong in another
		r.condemn(r.rows.of(guid))
	}
	r.GUIDs = r.rows.guids
	r.Epochs = [][]float32{logits}
}

// fits says whether a record has the kind of guid and the number of logits that the first one has.
func (r *reader) fits(path string, line int, c *chunk, i int) bool {
	if c.numbers[i] != r.Numbers {
		r.problem(otherKind, path, line, "guid %s: some guids are numbers and some are strings", c.guid(i))
		return false
	}
	if c.classes != r.Classes {
		r.problem(otherClass, path, line, "guid %s has %d logits, where others have %d", c.guid(i), c.classes, r.Classes)
		return false
	}
	return true
}

// leaveOut takes the logits of the examples away that something is wrong with: a map leaves them out then, and the others
// keep their rows.
func (r *reader) leaveOut() {
	for row, wrong := range r.wrong {
		if wrong {
			r.Gold[row] = 0 // whatever was there
			r.Blank(row)
		}
	}
}
