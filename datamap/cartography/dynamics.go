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
	"ftft/datamap/fault"
)

// Dynamics are what a folder of training dynamics holds. Rows are in the order of the first epoch's file.
type Dynamics struct {
	datamap.Input
	Numbers bool // the guids are JSON numbers; GUIDs hold them as they are written
}

// most is the number of problems that an error lists.
const most = 10

var epochFile = regexp.MustCompile(`^dynamics_epoch_(\d{1,6})\.jsonl(\.gz)?$`)

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
			files[epoch] = filepath.Join(dir, e.Name())
		}
		if files != nil {
			return files
		}
	}
	return nil
}

// Read reads the epochs of a folder from one, counted from 0, up to but without another; -1 stands for the end. Each holds
// every guid once, in any order, with the same gold label and the same number of finite logits; what is otherwise is a
// *fault.Bad.
func Read(folder string, from, to int) (*Dynamics, error) {
	files := Find(folder)
	if files == nil {
		return nil, fmt.Errorf("%s: no dynamics_epoch_N.jsonl is in it, nor in a training_dynamics folder there", folder)
	}
	if to < 0 {
		to = len(files)
	}
	if from >= to || to > len(files) {
		return nil, &NoEpoch{from, to, len(files)}
	}
	r := reader{rows: map[string]int32{}}
	for epoch := from; epoch < to; epoch++ {
		path := files[epoch]
		if plain, packed := strings.CutSuffix(path, ".gz"); packed {
			if _, err := os.Stat(plain); err == nil {
				return nil, fault.At(path, 0, "the file is there packed and unpacked: remove one")
			}
		}
		if err := r.read(epoch, path); err != nil {
			return nil, err
		}
		if len(r.GUIDs) == 0 && len(r.problems) == 0 {
			return nil, fault.At(path, 0, "the file is empty")
		}
		if r.more > 0 {
			r.problems = append(r.problems, fault.Problem{File: path, Message: fmt.Sprintf("and %d faults more", r.more)})
		}
		if len(r.problems) > 0 {
			return nil, &fault.Bad{Problems: r.problems}
		}
	}
	return &r.Dynamics, nil
}

// NoEpoch is a range of epochs that holds none, or more than there are.
type NoEpoch struct{ From, To, Count int }

func (e *NoEpoch) Error() string {
	return fmt.Sprintf("there is no epoch from %d on, before %d: there are %d, counted from 0", e.From, e.To, e.Count)
}

// reader collects the epochs.
type reader struct {
	Dynamics
	rows     map[string]int32 // of the first epoch, by guid
	first    string           // its file
	problems []fault.Problem
	more     int // that are not listed
}

func (r *reader) problem(file string, line int, format string, args ...any) {
	if len(r.problems) < most {
		r.problems = append(r.problems, fault.Problem{File: file, Line: line, Message: fmt.Sprintf(format, args...)})
		return
	}
	r.more++
}

// read adds an epoch.
func (r *reader) read(epoch int, path string) error {
	chunks, err := parseFile(path, epoch, r.rows)
	if errors.Is(err, fs.ErrNotExist) {
		r.problem(path, 0, "missing, and a later epoch is there; epochs are counted from 0")
		return nil
	}
	if err != nil {
		return err
	}
	if r.first == "" {
		r.begin(path, chunks)
		return nil
	}
	logits := slices.Repeat([]float32{float32(math.NaN())}, len(r.GUIDs)*r.Classes)
	line, seen := 0, 0
	for _, c := range chunks {
		for i, row := range c.rows {
			at, guid := line+i+1, c.guid(i)
			if !r.fits(path, at, c, i) {
				continue
			}
			if row < 0 {
				r.problem(path, at, "guid %s is not in %s", guid, filepath.Base(r.first))
				continue
			}
			own := logits[int(row)*r.Classes : (int(row)+1)*r.Classes]
			switch {
			case r.Gold[row] != c.gold[i]:
				r.problem(path, at, "guid %s has the gold label %d here, and %d in %s", guid, c.gold[i], r.Gold[row], filepath.Base(r.first))
			case datamap.Seen(own):
				r.problem(path, at, "guid %s is there for the second time", guid)
			default:
				copy(own, c.logits[i*c.classes:])
				seen++
			}
		}
		line += len(c.rows)
		if c.wrong != "" {
			r.problem(path, line+1, "%s", c.wrong)
			break
		}
	}
	r.Epochs = append(r.Epochs, logits)
	if len(r.problems) == 0 && seen < len(r.GUIDs) {
		for row, guid := range r.GUIDs {
			if !datamap.Seen(logits[row*r.Classes : (row+1)*r.Classes]) {
				r.problem(path, 0, "%d of the %d guids of %s are not in it, such as %s", len(r.GUIDs)-seen, len(r.GUIDs), filepath.Base(r.first), guid)
				break
			}
		}
	}
	return nil
}

// begin takes the guids and gold labels of the first epoch.
func (r *reader) begin(path string, chunks []chunk) {
	r.first = path
	total := 0
	for _, c := range chunks {
		total += len(c.rows)
	}
	r.GUIDs, r.Gold = make([]string, 0, total), make([]int32, 0, total)
	r.rows = make(map[string]int32, total)
	var logits []float32
	line := 0
	for _, c := range chunks {
		if line == 0 && len(c.rows) > 0 {
			r.Classes, r.Numbers = c.classes, c.numbers[0]
			logits = make([]float32, 0, total*r.Classes)
		}
		for i := range c.rows {
			guid := string(c.guid(i))
			if !r.fits(path, line+i+1, c, i) {
				continue
			}
			if _, twice := r.rows[guid]; twice {
				r.problem(path, line+i+1, "guid %s is there for the second time", guid)
				continue
			}
			r.rows[guid] = int32(len(r.GUIDs))
			r.GUIDs, r.Gold = append(r.GUIDs, guid), append(r.Gold, c.gold[i])
			if c.gold[i] < 0 || int(c.gold[i]) >= r.Classes {
				r.problem(path, line+i+1, "guid %s has the gold label %d, and %d logits", guid, c.gold[i], r.Classes)
			}
		}
		logits = append(logits, c.logits...)
		line += len(c.rows)
		if c.wrong != "" {
			r.problem(path, line+1, "%s", c.wrong)
			break
		}
	}
	r.Epochs = [][]float32{logits}
}

// fits says whether a record has the kind of guid and the number of logits that the first one has.
func (r *reader) fits(path string, line int, c chunk, i int) bool {
	if c.numbers[i] != r.Numbers {
		r.problem(path, line, "guid %s: some guids are numbers and some are strings", c.guid(i))
		return false
	}
	if c.classes != r.Classes {
		r.problem(path, line, "guid %s has %d logits, where others have %d", c.guid(i), c.classes, r.Classes)
		return false
	}
	return true
}
