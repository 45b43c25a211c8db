// Package cartography reads and writes the files of dataset cartography (Swayamdipta et al., 2020;
// github.com/allenai/cartography): training dynamics, one file per epoch with one JSON object per line, and files of metrics.
//
// It may import datamap and internal packages. Begin with Read, or with ReadMeasures for metrics; chunk is what their parsers
// fill.
package cartography

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ftft/datamap"
	"ftft/internal/fault"
	"ftft/internal/input"
)

// Dynamics is the content of a folder of training dynamics. Rows are in the order of the first epoch's file.
type Dynamics struct {
	datamap.Input
	First   int    // the number of the first epoch that was read
	Numbers bool   // the guids are JSON numbers; GUIDs holds their digits
	Skipped []Skip // what Options.Lenient left out, by reason; the logits of such an example are NaN if it has a row
}

// Options control what Read reads.
type Options struct {
	From, To int      // the epochs From..To-1, counted from 0; a To of -1 stands for the end
	Lenient  bool     // skip examples that are malformed in any epoch, repeated records and an unfinished last epoch, and count them
	Labels   []string // [C] the class names in the order of the logits, for gold labels that are names; nil = unknown
}

// A Skip counts what was skipped for one reason.
type Skip struct {
	Reason string
	Count  int
	First  fault.Problem
}

// epochFile matches the name of an epoch's file.
var epochFile = regexp.MustCompile(`^dynamics_epoch_(\d{1,6})\.jsonl(\.gz|\.zst)?$`)

// epoch is an epoch that has a file.
type epoch struct {
	number int
	paths  []string // one, unless copies of it lie beside it
}

// Find returns the files of training dynamics in ascending order of their epochs: those in the folder itself, or in a
// training_dynamics folder in it, which takes precedence. Find returns nil if there are none.
func Find(folder string) (files []string) {
	for _, e := range find(folder) {
		files = append(files, e.paths...)
	}
	return files
}

func find(folder string) []epoch {
	for _, dir := range []string{filepath.Join(folder, "training_dynamics"), folder} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		var epochs []epoch
		at := map[int]int{}
		for _, entry := range entries {
			m := epochFile.FindStringSubmatch(entry.Name())
			if m == nil || entry.IsDir() {
				continue
			}
			number, err := strconv.Atoi(m[1])
			if err != nil {
				continue
			}
			if _, ok := at[number]; !ok {
				at[number] = len(epochs)
				epochs = append(epochs, epoch{number: number})
			}
			e := &epochs[at[number]]
			e.paths = append(e.paths, filepath.Join(dir, entry.Name()))
		}
		if epochs != nil {
			slices.SortFunc(epochs, func(a, b epoch) int { return cmp.Compare(a.number, b.number) })
			return epochs
		}
	}
	return nil
}

// Read reads the epochs of a folder. Each epoch must hold every guid once, in any order, with the same gold label and the same
// number of finite logits. Anything else is a *fault.Bad or, if the options are lenient, skipped. A range without epochs, or
// beyond them, is a *datamap.NoEpoch.
func Read(folder string, o Options) (*Dynamics, error) {
	epochs := find(folder)
	if epochs == nil {
		return nil, fmt.Errorf("%s: neither this folder nor a training_dynamics folder in it has a dynamics_epoch_N.jsonl", folder)
	}
	r := reader{lenient: o.Lenient, labels: o.Labels, malformedGUIDs: map[string]bool{}, hinted: map[string]bool{}}
	epochs, err := r.choose(folder, epochs, o)
	if err != nil {
		return nil, err
	}
	for i, e := range epochs {
		r.last = i > 0 && i == len(epochs)-1
		if err := r.add(e); err != nil {
			return nil, err
		}
		if i == 0 {
			if wrong := input.TooLarge(4 * int64(len(r.GUIDs)*r.Classes) * int64(len(epochs)-1)); wrong != "" {
				return nil, fault.At(folder, 0, fmt.Sprintf("the logits of %d examples in %d epochs: %s", len(r.GUIDs), len(epochs), wrong))
			}
		}
	}
	r.blankMalformed()
	return &r.Dynamics, nil
}

// choose returns the epochs that the options ask for. There must be a file of each.
func (r *reader) choose(folder string, epochs []epoch, o Options) ([]epoch, error) {
	from, to, count := o.From, o.To, epochs[len(epochs)-1].number+1
	if to < 0 {
		to = count
	}
	if first := epochs[0]; from == 0 && first.number > 0 && first.number < to {
		p := fault.Problem{File: first.paths[0]}
		p.Message = fmt.Sprintf("the first epoch of the folder is %d, where epochs are counted from 0", first.number)
		if !r.lenient {
			p.Message += fmt.Sprintf(": dynamics_epoch_0.jsonl is missing, or the program that wrote them counts from %d; "+
				"read them with --epochs %d:", first.number, first.number)
			return nil, &fault.Bad{Problems: []fault.Problem{p}}
		}
		r.skip(lateStart, first.number, p)
		from = first.number
	}
	if from >= to || to > count {
		return nil, &datamap.NoEpoch{From: from, To: to, Count: count}
	}
	epochs = slices.DeleteFunc(epochs, func(e epoch) bool { return e.number < from || e.number >= to })
	r.First = from
	return epochs, checkGaps(folder, epochs, from, to)
}

// checkGaps returns an error that names the epochs from..to-1 that are missing.
func checkGaps(folder string, epochs []epoch, from, to int) error {
	if len(epochs) == to-from {
		return nil
	}
	const most = 5
	var names []string
	next, before, after := from, -1, to // before, after: the end of the first and the beginning of the last stretch without gaps
	for _, e := range append(epochs, epoch{number: to}) {
		if e.number > next {
			if before < 0 {
				before = next
			}
			after = e.number
		}
		for ; next < e.number && len(names) < most; next++ {
			names = append(names, fmt.Sprintf("dynamics_epoch_%d.jsonl", next))
		}
		next = e.number + 1
	}
	missing := to - from - len(epochs)
	message := strings.Join(names, ", ")
	if missing > len(names) {
		message += fmt.Sprintf(" and %d more", missing-len(names))
	}
	if missing == 1 {
		message += " is missing"
	} else {
		message += " are missing"
	}
	if before > from {
		message += fmt.Sprintf("; --epochs %d:%d reads those before", from, before)
	}
	if after < to {
		message += fmt.Sprintf("; --epochs %d:%d reads those after", after, to)
	}
	return fault.At(folder, 0, message)
}
