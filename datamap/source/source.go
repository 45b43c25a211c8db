// Package source opens training dynamics recorded by other programs, in any supported format, as a data map. The content of a
// file decides its format, never the name alone.
//
// It may import datamap, the packages below datamap and internal packages. Begin with Open; Is recognises the formats.
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
	"ftft/internal/input"
)

// The kinds of source.
const (
	Folder  = "cartography folder" // dynamics_epoch_N.jsonl (Swayamdipta et al., 2020)
	Metrics = "metrics"            // td_metrics.jsonl or coordinates: metrics without logits
	Torch   = "uid_to_logits.pt"   // written by PyTorch (Du et al., 2023)
	Array   = "array of logits"    // a NumPy array, [epochs, examples, classes], beside a file of the examples
)

// Options control what Open reads.
type Options struct {
	From, To int      // the epochs From..To-1, counted from 0; a To of -1 stands for the end
	Lenient  bool     // skip malformed examples and count them
	Data     *Data    // the examples' records, for sources without gold labels; nil = none
	Labels   []string // [C] the class names in the order of the logits; nil = unknown
	Values   Values   // what the values of a source are
}

// Values says what the values of a source are.
type Values int

// The values of a source.
const (
	Detect        Values = iota // logits; what looks like probabilities is refused
	Logits                      // logits, even if they look like probabilities
	Probabilities               // probabilities
)

// A Source is an opened source.
type Source struct {
	Kind    string
	Map     *datamap.Map
	Numbers bool               // the guids are numbers, in a format that distinguishes these from strings
	Skipped []cartography.Skip // what was skipped, by reason

	Named    []string // [C] the names of the classes, if they come from the labels of the data; else nil
	Notice   string   // how an ambiguous source was read; "" = it is not ambiguous
	Conflict string   // why the labels of the data name no classes, if they contradict each other
}

// Misuse is the error for an option that a source needs but lacks, or cannot have.
type Misuse struct{ error }

func misuse(format string, args ...any) error { return Misuse{fmt.Errorf(format, args...)} }

// Is returns the kind of source that a path holds, or "" if it is none.
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
	file, err := input.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	start := make([]byte, len(dynamics.Magic))
	_, err = io.ReadFull(file, start)
	return err == nil && string(start) == dynamics.Magic
}

// Open reads a source. A malformed source is a *fault.Bad, a range of epochs that does not exist a *datamap.NoEpoch, a missing
// or unsuitable option a Misuse.
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

// notASource returns an error that says what a path would need to be a source.
func notASource(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("there is no such file or folder")
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		return fmt.Errorf("%s: neither this folder nor a training_dynamics folder in it has a dynamics_epoch_N.jsonl", path)
	}
	file, err := input.Stream(path) // unpacked, for what is packed may be of any kind
	if err != nil {
		return err
	}
	defer file.Close()
	if info.Size() == 0 {
		return fault.At(path, 0, "the file is empty")
	}
	first := make([]byte, 1<<12)
	n, err := io.ReadFull(file, first)
	if bad := (*fault.Bad)(nil); errors.As(err, &bad) {
		return err
	}
	if what := input.Recognise(first[:n]); what != "" {
		return fault.At(path, 0, what)
	}
	if strings.HasPrefix(filepath.Base(path), "dynamics_epoch_") {
		return fmt.Errorf("%s: this is one epoch of many; give their folder", path)
	}
	return fault.At(path, 0, "unrecognised format. Supported: a folder of dynamics_epoch_N.jsonl, "+
		"td_metrics.jsonl or coordinates (JSON lines), uid_to_logits.pt, an array of logits (.npy); JSON lines also as .gz or .zst")
}

func openFolder(path string, o Options) (*Source, error) {
	d, err := cartography.Read(path, cartography.Options{From: o.From, To: o.To, Lenient: o.Lenient, Labels: o.Labels})
	if err != nil {
		return nil, err
	}
	s := &Source{Kind: Folder, Numbers: d.Numbers, Skipped: d.Skipped}
	in := d.Input
	if err := o.checkLabels(in.Classes); err != nil {
		return nil, err
	}
	in.Labels = o.Labels
	if err := s.interpret(path, &in, o); err != nil {
		return nil, err
	}
	if s.Map, err = datamap.New(in, datamap.Options{}); err != nil {
		return nil, err
	}
	s.Map.First = d.First
	if o.Labels == nil && o.Data != nil {
		s.Named, s.Conflict = o.Data.classNames(s.Map.GUIDs, s.Map.Gold, s.Map.Classes)
		s.Map.Labels = s.Named
	}
	return s, nil
}

func openMetrics(path string, o Options) (*Source, error) {
	if o.From > 0 || o.To >= 0 {
		return nil, misuse("%s: this source has only summaries; per-epoch maps are unavailable", path)
	}
	t, err := cartography.ReadMeasures(path, o.Lenient)
	if err != nil {
		return nil, err
	}
	s := &Source{Kind: Metrics, Numbers: t.Numbers, Skipped: t.Skipped}
	if o.Data != nil && o.Data.Label != "" {
		labels := o.Labels
		if labels == nil { // without logits, any order of the names is as good
			labels = o.Data.labelNames()
		}
		t.Classes = o.Data.classes(labels)
		if t.Gold, err = o.Data.gold(t.GUIDs, t.Classes, labels); err != nil {
			return nil, err
		}
		t.Labels = labels
	}
	if s.Map, err = datamap.NewFromMeasures(t.Measures); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// openArray reads logits, [E, N, C], whose rows are the records of the options' data.
func openArray(path string, o Options) (*Source, error) {
	if o.Data == nil {
		return nil, misuse("%s: an array has neither guids nor gold labels: "+
			"give its examples, in the array's order, with --data F --guid COLUMN --label COLUMN",
			path)
	}
	s := &Source{Kind: Array}
	values, shape, err := dynamics.ReadNPYFloats(path)
	if err != nil {
		return nil, dynamics.Fault(path, err)
	}
	if err := s.checkAxes(path, shape, o.Data); err != nil {
		return nil, err
	}
	if shape[2] == 1 {
		return nil, fault.At(path, 0, fmt.Sprintf("an array of shape %s, which has one logit for an example; "+
			"a map needs two classes: write a single output z as [0, z]", dynamics.Sizes(shape)))
	}
	epochs, n, classes := shape[0], shape[1], shape[2]
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
	if err := s.checkFinite(path, &in, o); err != nil {
		return nil, err
	}
	return s, s.draw(path, in, o)
}

// checkFinite refuses logits that are not finite. If the options are lenient, it blanks the rows of their examples instead.
func (s *Source) checkFinite(path string, in *datamap.Input, o Options) error {
	for row, guid := range in.GUIDs {
		for e, logits := range in.Epochs {
			rowLogits := logits[row*in.Classes : (row+1)*in.Classes]
			if !slices.ContainsFunc(rowLogits, func(v float32) bool { return math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) }) {
				continue
			}
			bad := fault.At(path, 0, fmt.Sprintf("epoch %d, row %d (guid %s): the logits are not all finite", o.From+e, row, guid))
			if !o.Lenient {
				return bad
			}
			s.skip("a logit is not a finite number", bad.Problems[0])
			in.Blank(row)
			break
		}
	}
	return nil
}

// checkLabels returns an error unless as many labels are named as there are classes.
func (o *Options) checkLabels(classes int) error {
	for i, label := range o.Labels {
		if slices.Contains(o.Labels[:i], label) {
			return misuse("the label %q is named twice in --labels", label)
		}
	}
	if o.Labels != nil && len(o.Labels) != classes {
		return misuse("%d labels are named (%s), but the logits have %d classes", len(o.Labels), fault.Names(o.Labels), classes)
	}
	return nil
}

// interpret refuses probabilities where logits belong, unless the options say what the values are. If they are probabilities, it makes
// them the map's.
func (s *Source) interpret(path string, in *datamap.Input, o Options) error {
	switch {
	case o.Values == Detect && in.AreProbabilities():
		return fault.At(path, 0, "every value lies between 0 and 1, and those of an example in an epoch sum to 1: these are probabilities, "+
			"not logits; read them with --probabilities, or with --probabilities=false if they are logits")
	case o.Values == Probabilities:
		var problems fault.Collector
		in.ReadAsProbabilities(func(row int, wrong string) {
			p := fault.Problem{File: path, Message: wrong}
			if !o.Lenient {
				problems.Add(p)
				return
			}
			s.skip("values that are not probabilities", p)
			in.Blank(row)
		})
		return problems.Err(path)
	}
	return nil
}

// skip counts a skipped example by reason.
func (s *Source) skip(reason string, first fault.Problem) {
	for i := range s.Skipped {
		if s.Skipped[i].Reason == reason {
			s.Skipped[i].Count++
			return
		}
	}
	s.Skipped = append(s.Skipped, cartography.Skip{Reason: reason, Count: 1, First: first})
}

// draw computes the map of logits without gold labels, which it takes from the options' data. Examples without a gold label are
// an error or, if the options are lenient, skipped.
func (s *Source) draw(path string, in datamap.Input, o Options) error {
	if o.Data == nil || o.Data.Label == "" {
		return misuse("%s: the source has no gold labels: give them with --data F --guid COLUMN --label COLUMN", path)
	}
	if err := o.checkLabels(in.Classes); err != nil {
		return err
	}
	if err := s.interpret(path, &in, o); err != nil {
		return err
	}
	gold, err := o.Data.gold(in.GUIDs, in.Classes, o.Labels)
	if bad := (*fault.Bad)(nil); errors.As(err, &bad) && o.Lenient {
		reason := "no gold label in " + o.Data.File
		s.Skipped = append(s.Skipped, cartography.Skip{Reason: reason, Count: count(gold, -1), First: bad.Problems[0]})
	} else if err != nil {
		return err
	}
	in.Gold, in.Labels = gold, o.Labels
	blankUnlabelled(in)
	if s.Map, err = datamap.New(in, datamap.Options{}); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	s.Map.First = o.From
	return nil
}

func count(values []int32, value int32) (n int) {
	for _, v := range values {
		if v == value {
			n++
		}
	}
	return n
}

// blankUnlabelled marks the rows without a gold label as not seen, which keeps them off the map. Other examples keep their
// rows.
func blankUnlabelled(in datamap.Input) {
	for row, gold := range in.Gold {
		if gold < 0 {
			in.Gold[row] = 0
			in.Blank(row)
		}
	}
}
