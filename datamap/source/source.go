// Package source opens what somebody else has written of training dynamics, whatever its form, as a data map. What a file
// is its content says, never its name alone.
package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ftft/datamap"
	"ftft/datamap/cartography"
	"ftft/datamap/dynamics"
	"ftft/datamap/torch"
	"ftft/internal/fault"
)

// The kinds of source.
const (
	Folder  = "cartography folder" // dynamics_epoch_N.jsonl (Swayamdipta et al., 2020)
	Metrics = "metrics"            // td_metrics.jsonl or coordinates: measures and no logits
	Torch   = "uid_to_logits.pt"   // PyTorch's (Du et al., 2023)
	Array   = "array of logits"    // NumPy's, [epochs, examples, classes], beside a file of the examples
)

// Options say what to read.
type Options struct {
	From, To int      // the epochs from one, counted from 0, up to but without another; To -1 = the last
	Lenient  bool     // leave out what is wrong, and count it
	Data     *Data    // the examples' records, for what lacks gold labels; nil = none
	Labels   []string // the classes' names in the order of the logits; nil = nobody has said them
}

// A Source is one that has been opened.
type Source struct {
	Kind    string
	Map     *datamap.Map
	Numbers bool               // the guids are numbers where the source is of a form that has both
	Skipped []cartography.Skip // what was left out, by reason
}

// A Misuse is an option that a source lacks, or cannot have.
type Misuse struct{ error }

func misuse(format string, args ...any) error { return Misuse{fmt.Errorf(format, args...)} }

// Is says what kind of source a path is, "" if it is none.
func Is(path string) string {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return ""
	case info.IsDir() && cartography.Find(path) != nil:
		return Folder
	case info.IsDir():
		return ""
	case torch.Is(path):
		return Torch
	case isArray(path):
		return Array
	case cartography.IsMeasures(path):
		return Metrics
	}
	return ""
}

func isArray(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	start := make([]byte, len(dynamics.Magic))
	_, err = io.ReadFull(file, start)
	return err == nil && string(start) == dynamics.Magic
}

// Open reads a source. What is wrong with it is a *fault.Bad; a range of epochs that there is not a *datamap.NoEpoch.
func Open(path string, o Options) (*Source, error) {
	switch kind := Is(path); kind {
	case Folder:
		return openFolder(path, o)
	case Metrics:
		return openMetrics(path, o)
	case Torch:
		d, err := torch.Read(path, o.From, o.To)
		if err != nil {
			return nil, err
		}
		s := &Source{Kind: kind, Numbers: d.Numbers}
		return s, s.draw(path, datamap.Input{GUIDs: d.GUIDs, Classes: d.Classes, Epochs: d.Epochs}, o)
	case Array:
		return openArray(path, o)
	}
	return nil, notASource(path)
}

// notASource says what a path is missing to be one.
func notASource(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("there is no such file or folder")
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		return fmt.Errorf("%s: the folder holds no dynamics_epoch_N.jsonl, nor does a training_dynamics folder in it", path)
	}
	if info.Size() == 0 {
		return fault.At(path, 0, "the file is empty")
	}
	if strings.HasPrefix(filepath.Base(path), "dynamics_epoch_") {
		return fmt.Errorf("%s: one epoch of many; give their folder", path)
	}
	return fault.At(path, 0, "of no form that dynamics are known in: a folder of dynamics_epoch_N.jsonl, td_metrics.jsonl or coordinates, uid_to_logits.pt, an array of logits (.npy); packed ones are known where they are text")
}

func openFolder(path string, o Options) (*Source, error) {
	d, err := cartography.Read(path, cartography.Options{From: o.From, To: o.To, Lenient: o.Lenient})
	if err != nil {
		return nil, err
	}
	s := &Source{Kind: Folder, Numbers: d.Numbers, Skipped: d.Skipped}
	in := d.Input
	if o.Labels != nil && len(o.Labels) != in.Classes {
		return nil, misuse("%d labels are named (%q), and the logits have %d classes", len(o.Labels), o.Labels, in.Classes)
	}
	in.Labels = o.Labels
	if s.Map, err = datamap.New(in, datamap.Options{}); err != nil {
		return nil, err
	}
	s.Map.First = o.From
	return s, nil
}

func openMetrics(path string, o Options) (*Source, error) {
	if o.From > 0 || o.To >= 0 {
		return nil, misuse("%s: it holds measures over all epochs, and not the logits of each", path)
	}
	t, err := cartography.ReadMeasures(path, o.Lenient)
	if err != nil {
		return nil, err
	}
	s := &Source{Kind: Metrics, Numbers: t.Numbers, Skipped: t.Skipped}
	if o.Data != nil && o.Data.Label != "" {
		t.Classes = o.Data.classes(o.Labels)
		if t.Gold, err = o.Data.gold(t.GUIDs, t.Classes, o.Labels); err != nil {
			return nil, err
		}
		t.Labels = o.Labels
	}
	if s.Map, err = datamap.NewFromMeasures(t.Measures); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// openArray reads logits, [E, N, C], whose rows are the data's.
func openArray(path string, o Options) (*Source, error) {
	if o.Data == nil {
		return nil, misuse("%s: an array says neither guids nor gold labels: give its examples with --data F --guid COLUMN --label COLUMN, in the array's order", path)
	}
	values, shape, err := dynamics.ReadNPYFloats(path)
	if err != nil {
		return nil, fault.At(path, 0, err.Error())
	}
	if len(shape) != 3 || slices.Contains(shape, 0) {
		return nil, fault.At(path, 0, fmt.Sprintf("an array of shape %v, where [epochs, examples, classes] is expected", shape))
	}
	epochs, n, classes := shape[0], shape[1], shape[2]
	if o.Data.Len() != n {
		return nil, fault.At(path, 0, fmt.Sprintf("%d examples, where %s has %d: they are of different data", n, o.Data.File, o.Data.Len()))
	}
	to := o.To
	if to < 0 {
		to = epochs
	}
	if o.From >= to || to > epochs {
		return nil, &datamap.NoEpoch{From: o.From, To: to, Count: epochs}
	}
	in := datamap.Input{GUIDs: o.Data.GUIDs(), Classes: classes}
	for e := o.From; e < to; e++ {
		in.Epochs = append(in.Epochs, values[e*n*classes:(e+1)*n*classes])
	}
	s := &Source{Kind: Array}
	if err := s.finite(path, &in, o); err != nil {
		return nil, err
	}
	return s, s.draw(path, in, o)
}

// finite refuses logits that are none; leniently it takes those of their examples away.
func (s *Source) finite(path string, in *datamap.Input, o Options) error {
	for row, guid := range in.GUIDs {
		for e, logits := range in.Epochs {
			own := logits[row*in.Classes : (row+1)*in.Classes]
			if !slices.ContainsFunc(own, func(v float32) bool { return math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) }) {
				continue
			}
			bad := fault.At(path, 0, fmt.Sprintf("epoch %d, row %d (guid %s): the logits %v are not all finite", o.From+e, row, guid, own))
			if !o.Lenient {
				return bad
			}
			s.skip("a logit that is no finite number", bad.Problems[0])
			in.Blank(row)
			break
		}
	}
	return nil
}

func (s *Source) skip(reason string, first fault.Problem) {
	for i := range s.Skipped {
		if s.Skipped[i].Reason == reason {
			s.Skipped[i].Count++
			return
		}
	}
	s.Skipped = append(s.Skipped, cartography.Skip{Reason: reason, Count: 1, First: first})
}

// draw makes the map of logits that lack gold labels: those of the data. Examples without one are an error, or left out.
func (s *Source) draw(path string, in datamap.Input, o Options) error {
	if o.Data == nil || o.Data.Label == "" {
		return misuse("%s: it says no gold labels: give them with --data F --guid COLUMN --label COLUMN", path)
	}
	if o.Labels != nil && len(o.Labels) != in.Classes {
		return misuse("%d labels are named (%q), and the logits have %d classes", len(o.Labels), o.Labels, in.Classes)
	}
	gold, err := o.Data.gold(in.GUIDs, in.Classes, o.Labels)
	if bad := (*fault.Bad)(nil); errors.As(err, &bad) && o.Lenient {
		s.Skipped = append(s.Skipped, cartography.Skip{Reason: "no gold label in " + o.Data.File, Count: count(gold, -1), First: bad.Problems[0]})
	} else if err != nil {
		return err
	}
	in.Gold, in.Labels = gold, o.Labels
	unlabelled(in)
	if s.Map, err = datamap.New(in, datamap.Options{}); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	s.Map.First = o.From
	return nil
}

func count(values []int32, of int32) (n int) {
	for _, v := range values {
		if v == of {
			n++
		}
	}
	return n
}

// unlabelled takes the logits of the examples away that have no gold label: a map leaves them out, and the others keep their
// rows.
func unlabelled(in datamap.Input) {
	for row, gold := range in.Gold {
		if gold < 0 {
			in.Gold[row] = 0
			in.Blank(row)
		}
	}
}
