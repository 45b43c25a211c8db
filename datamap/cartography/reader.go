package cartography

import (
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"

	"ftft/internal/fault"
)

// reader accumulates the epochs.
type reader struct {
	Dynamics
	lenient        bool
	labels         []string        // [C] the class names, or nil
	last           bool            // whether the last of several epochs is being read
	lacking        int             // the most records that an epoch so far lacks without a record that says why; lenient only
	rows           *index          // the first epoch's rows by guid; nil before it
	malformed      []bool          // [N] whether the example is malformed; lenient only
	malformedGUIDs map[string]bool // malformed guids of the first epoch, which have no row
	hinted         map[string]bool // the reasons of problems whose hint has been given
	first          string          // path of the first epoch's file
	problems       fault.Collector
}

// problem records a problem with a line (0: the whole file). A lenient reader counts problems by reason. Others learn what to do about
// the first problem for a reason.
func (r *reader) problem(reason, file string, line int, format string, args ...any) {
	p := fault.Problem{File: file, Line: line, Message: fmt.Sprintf(format, args...)}
	if r.lenient {
		r.skip(reason, 1, p)
		return
	}
	if hint := hints[reason]; hint != "" && !r.hinted[reason] {
		r.hinted[reason] = true
		p.Message += hint
	}
	if r.last && reason == noRecord {
		p.Message += fmt.Sprintf("; if training ended in this epoch, leave it out with --epochs %d:%d", r.First, r.First+len(r.Epochs))
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
func (r *reader) add(e epoch) error {
	path := e.paths[0]
	if len(e.paths) > 1 {
		return fault.At(path, 0, fmt.Sprintf("%s also holds epoch %d: remove one of the two", filepath.Base(e.paths[1]), e.number))
	}
	p, err := openEpoch(path, e.number, r.Classes, r)
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
		if i := slices.IndexFunc(r.Skipped, func(s Skip) bool { return s.Reason != lateStart }); i >= 0 {
			return fault.At(path, 0, "no record is valid: "+r.Skipped[i].First.String())
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
	twiceThere  = "record of a guid that the epoch already has"
	noClass     = "gold label out of range"
	otherGold   = "gold label differs from the first epoch"
	unknownGUID = "guid missing from the first epoch"
	missingGUID = "missing from a later epoch"
	unfinished  = "unfinished last epoch"
	lateStart   = "epochs before the first file"
)

// hints say what to do about a problem.
var hints = map[string]string{
	twiceThere: "; programs that train on several devices repeat examples to make batches equal: with --lenient, the first record of a guid " +
		"in an epoch counts",
}

// read reads an epoch after the first.
func (r *reader) read(path string, p *epochParser) {
	logits := slices.Repeat([]float32{float32(math.NaN())}, len(r.GUIDs)*r.Classes)
	seen, unknown, nameless := make([]bool, len(r.GUIDs)), 0, 0
	before := *r // which a lenient reader returns to if the epoch is unfinished
	if r.last {
		before.Skipped, before.malformed, before.malformedGUIDs =
			slices.Clone(r.Skipped), slices.Clone(r.malformed), maps.Clone(r.malformedGUIDs)
	}
	for line, c := range p.chunks {
		nameless += r.noteBad(path, line, c)
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
				unknown++
				continue
			}
			switch {
			case r.Gold[row] != c.gold[i]:
				r.problem(otherGold, path, at, "guid %s has the gold label %d here but %d in %s",
					c.guid(i), c.gold[i], r.Gold[row], filepath.Base(r.first))
				r.markMalformed(row)
			case seen[row]:
				r.problem(twiceThere, path, at, "guid %s occurs twice", c.guid(i))
			default:
				copy(logits[int(row)*r.Classes:(int(row)+1)*r.Classes], c.logits[i*c.classes:])
				seen[row] = true
			}
		}
	}
	if !r.problems.Empty() {
		return
	}
	var missing []int32
	for row, ok := range seen {
		if !ok && !(r.lenient && r.malformed[row]) {
			missing = append(missing, int32(row))
		}
	}
	if len(missing) > 0 || unknown > len(r.GUIDs) {
		p := fault.Problem{File: path, Message: fmt.Sprintf("%d of the %d guids of %s are missing",
			len(missing), len(r.GUIDs), filepath.Base(r.first))}
		if len(missing) > 0 {
			p.Message += ", such as " + r.GUIDs[missing[0]]
		} else {
			p.Message = fmt.Sprintf("%d of its guids are not in %s, which has %d", unknown, filepath.Base(r.first), len(r.GUIDs))
		}
		if complete := r.lack(p, missing, max(len(missing)-nameless, 0), unknown); !complete {
			r.Skipped, r.malformed, r.malformedGUIDs = before.Skipped, before.malformed, before.malformedGUIDs
			r.skip(unfinished, 1, p)
			return
		}
	}
	r.lacking = max(r.lacking, len(missing)-nameless, unknown)
	r.Epochs = append(r.Epochs, logits)
}

// tolerated is the share of the examples that a lenient reader leaves out because the last epoch lacks them. An epoch that lacks more
// is unfinished, and left out itself.
const tolerated = 0.05

// lack deals with an epoch that lacks examples of the first, a number of them without a malformed line that could be the reason, or
// has unknown others. complete is false if a lenient reader should leave out the epoch.
func (r *reader) lack(p fault.Problem, missing []int32, unexplained, unknown int) (complete bool) {
	switch {
	case r.last && r.lenient && float64(unexplained) > tolerated*float64(len(r.GUIDs)) && unexplained > r.lacking:
		return false
	case r.lenient && (2*len(missing) > len(r.GUIDs) || unknown > len(r.GUIDs)):
		p.Message += "; --epochs A:B leaves out the epochs of other or few examples"
		r.problems.Add(p)
	case r.lenient:
		for _, row := range missing {
			r.skip(missingGUID, 1, p)
			r.malformed[row] = true
		}
	case r.last:
		p.Message += fmt.Sprintf("; if training ended in this epoch, leave it out with --epochs %d:%d or --lenient",
			r.First, r.First+len(r.Epochs))
		r.problems.Add(p)
	default:
		r.problems.Add(p)
	}
	return true
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

// noteBad records the lines of a chunk that hold no record. It returns the number of those without a guid.
func (r *reader) noteBad(path string, line int, c *chunk) (nameless int) {
	for _, b := range c.bad {
		if b.guid == "" {
			nameless++
			r.problem(b.reason, path, line+int(b.line), "%s", b.message)
			continue
		}
		row := r.rows.lookup(b.guid)
		if r.alreadySkipped(row, []byte(b.guid)) {
			continue
		}
		r.problem(b.reason, path, line+int(b.line), "%s", b.message)
		if r.markMalformed(row); row < 0 && r.lenient {
			r.malformedGUIDs[b.guid] = true
		}
	}
	return nameless
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
				if r.Gold[row] != gold {
					r.problem(otherGold, path, at, "guid %s has the gold label %d here and %d before", guid, gold, r.Gold[row])
					r.markMalformed(row)
					continue
				}
				r.problem(twiceThere, path, at, "guid %s occurs twice", guid)
				continue
			}
			r.Gold = append(r.Gold, gold)
			logits = append(logits, c.logits[i*c.classes:(i+1)*c.classes]...)
			if r.lenient {
				r.malformed = append(r.malformed, false)
			}
			if gold < 0 || int(gold) >= r.Classes {
				r.problem(noClass, path, at, "guid %s has the gold label %d, and %d logits, whose classes are 0 to %d",
					guid, gold, r.Classes, r.Classes-1)
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
