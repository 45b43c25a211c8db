// Package source opens what somebody else has written of training dynamics, whatever its form, as a data map. What a file
// is its content says, never its name alone.
package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ftft/datamap"
	"ftft/datamap/cartography"
	"ftft/datamap/dynamics"
	"ftft/datamap/fault"
	"ftft/datamap/torch"
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
	From, To int   // the epochs from one, counted from 0, up to but without another; To -1 = the last
	Lenient  bool  // leave out what is wrong, and count it
	Data     *Data // the examples' records, for what lacks gold labels; nil = none
}

// A Source is one that has been opened.
type Source struct {
	Kind    string
	Map     *datamap.Map
	Numbers bool               // the guids are numbers where the source is of a form that has both
	Skipped []cartography.Skip // what was left out, by reason
}

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
	if strings.HasPrefix(filepath.Base(path), "dynamics_epoch_") {
		return fmt.Errorf("%s: one epoch of many; give their folder", path)
	}
	return fmt.Errorf("%s: of no form that dynamics are known in: a folder of dynamics_epoch_N.jsonl, td_metrics.jsonl or coordinates, uid_to_logits.pt, an array of logits (.npy)", path)
}

func openFolder(path string, o Options) (*Source, error) {
	d, err := cartography.Read(path, cartography.Options{From: o.From, To: o.To, Lenient: o.Lenient})
	if err != nil {
		return nil, err
	}
	s := &Source{Kind: Folder, Numbers: d.Numbers, Skipped: d.Skipped}
	in := d.Input
	if o.Data != nil && len(o.Data.Labels) == in.Classes {
		in.Labels = o.Data.Labels
	}
	if s.Map, err = datamap.New(in, datamap.Options{}); err != nil {
		return nil, err
	}
	s.Map.First = o.From
	return s, nil
}

func openMetrics(path string, o Options) (*Source, error) {
	if o.From > 0 || o.To >= 0 {
		return nil, fmt.Errorf("%s: it holds measures over all epochs, and not the logits of each", path)
	}
	t, err := cartography.ReadMeasures(path)
	if err != nil {
		return nil, err
	}
	m, err := datamap.NewGiven(t.Given)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &Source{Kind: Metrics, Map: m, Numbers: t.Numbers}, nil
}

// openArray reads logits, [E, N, C], whose rows are the data's.
func openArray(path string, o Options) (*Source, error) {
	if o.Data == nil {
		return nil, fmt.Errorf("%s: an array says neither guids nor gold labels: give its examples with --data F --guid COLUMN --label COLUMN, in the array's order", path)
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
	return s, s.draw(path, in, o)
}

// draw makes the map of logits that lack gold labels: those of the data. Examples without one are an error, or left out.
func (s *Source) draw(path string, in datamap.Input, o Options) error {
	if o.Data == nil || o.Data.Label == "" {
		return fmt.Errorf("%s: it says no gold labels: give them with --data F --guid COLUMN --label COLUMN", path)
	}
	gold, err := o.Data.gold(in.GUIDs, in.Classes)
	if bad := (*fault.Bad)(nil); errors.As(err, &bad) && o.Lenient {
		s.Skipped = append(s.Skipped, cartography.Skip{Reason: "no gold label in " + o.Data.File, Count: count(gold, -1), First: bad.Problems[0]})
	} else if err != nil {
		return err
	}
	in.Gold, in.Labels = gold, o.Data.names(in.Classes)
	if s.Map, err = datamap.New(labelled(in), datamap.Options{}); err != nil {
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

// labelled leaves out the examples without a gold label.
func labelled(in datamap.Input) datamap.Input {
	if !slices.Contains(in.Gold, -1) {
		return in
	}
	out := datamap.Input{Classes: in.Classes, Labels: in.Labels, Epochs: make([][]float32, len(in.Epochs))}
	for i, gold := range in.Gold {
		if gold < 0 {
			continue
		}
		out.GUIDs, out.Gold = append(out.GUIDs, in.GUIDs[i]), append(out.Gold, gold)
		for e, logits := range in.Epochs {
			out.Epochs[e] = append(out.Epochs[e], logits[i*in.Classes:(i+1)*in.Classes]...)
		}
	}
	return out
}
