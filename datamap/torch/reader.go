package torch

import (
	"fmt"
	"math/big"
	"strconv"

	"ftft/datamap"
	"ftft/internal/fault"
	"ftft/internal/pytorch"
	"ftft/internal/scalar"
)

// reader converts a dict to dynamics.
type reader struct {
	Dynamics
	file     *pytorch.File
	items    *pytorch.Dict
	views    []view
	problems fault.Collector
}

// read checks the uids, then the shapes of the tensors, then their numbers. Each step needs the previous one to succeed.
func (r *reader) read(from, to int) error {
	r.readUIDs()
	if err := r.found(); err != nil {
		return err
	}
	r.readViews()
	if err := r.found(); err != nil {
		return err
	}
	count := int(r.views[0].size[0])
	if to < 0 {
		to = count
	}
	if from < 0 || from >= to || to > count {
		return &datamap.NoEpoch{From: from, To: to, Count: count}
	}
	if err := r.load(); err != nil {
		return err
	}
	r.readLogits(from, to)
	return r.found()
}

func (r *reader) problem(format string, args ...any) {
	r.problems.Add(fault.Problem{File: r.file.Path(), Message: fmt.Sprintf(format, args...)})
}

// found returns the problems so far as an error.
func (r *reader) found() error { return r.problems.Err(r.file.Path()) }

func (r *reader) readUIDs() {
	n := len(r.items.Keys)
	r.GUIDs = make([]string, n)
	seen := make(map[string]bool, n)
	_, isString := r.items.Keys[0].(string)
	r.Numbers = !isString
	for i, key := range r.items.Keys {
		_, isString := key.(string)
		switch key := key.(type) {
		case string:
			r.GUIDs[i] = scalar.ID(key)
		case int64:
			r.GUIDs[i] = strconv.FormatInt(key, 10)
		case *big.Int:
			r.GUIDs[i] = key.String()
		default:
			r.problem("key %d of the dict is %s; expected a uid, a string or an integer", i, pytorch.Kind(key))
			continue
		}
		switch {
		case isString == r.Numbers:
			r.problem("uid %s: some uids are integers, some are strings", r.uid(i))
		case seen[r.GUIDs[i]]:
			r.problem("uid %s occurs twice", r.uid(i))
		}
		seen[r.GUIDs[i]] = true
	}
}

// uid returns a uid as a message shows it.
func (r *reader) uid(i int) string {
	if _, isString := r.items.Keys[i].(string); isString {
		return strconv.Quote(pytorch.Brief(r.GUIDs[i]))
	}
	return pytorch.Brief(r.GUIDs[i])
}

func (r *reader) readViews() {
	r.views = make([]view, len(r.items.Values))
	for i, value := range r.items.Values {
		t, ok := value.(*pytorch.Tensor)
		if !ok {
			r.problem("uid %s has %s; expected a tensor of [epochs, classes]", r.uid(i), pytorch.Kind(value))
			continue
		}
		v, wrong := newView(t)
		r.views[i] = v
		first := r.views[0].size
		switch {
		case wrong != "":
			r.problem("uid %s has %s", r.uid(i), wrong)
		case v.size[1] < 2:
			r.problem("uid %s has %d logits per epoch; a map needs two classes: write a single output z as [0, z]", r.uid(i), v.size[1])
		case v.size != first && first != [2]int64{}:
			r.problem("uid %s has a tensor of %d epochs and %d classes, others have %d and %d",
				r.uid(i), v.size[0], v.size[1], first[0], first[1])
		}
	}
	r.Classes = int(r.views[0].size[1])
}

// load reads the storages. Tensors may share numbers (PyTorch's expand makes such), so a small file could describe more logits
// than fit in memory. Therefore all tensors together must not have more numbers than their storages.
func (r *reader) load() error {
	elements := int64(0)
	loaded := map[*pytorch.Storage][]byte{}
	for i, v := range r.views {
		data, ok := loaded[v.storage]
		if !ok {
			var err error
			if data, err = r.file.Load(v.storage); err != nil {
				return err
			}
			loaded[v.storage] = data
			elements += v.storage.Count()
		}
		r.views[i].data = data
	}
	size := r.views[0].size
	if n := int64(len(r.views)); size[0] > elements/size[1] || n > elements/(size[0]*size[1]) {
		return r.file.Bad("%d tensors of [%d, %d] share the %d numbers of their storages: save copies, as in tensor.clone()",
			n, size[0], size[1], elements)
	}
	return nil
}

func (r *reader) readLogits(from, to int) {
	r.Epochs = make([][]float32, to-from)
	for e := range r.Epochs {
		r.Epochs[e] = make([]float32, len(r.views)*r.Classes)
	}
	for i := range r.views {
		for e, logits := range r.Epochs {
			if !r.views[i].row(from+e, logits[i*r.Classes:(i+1)*r.Classes]) {
				r.problem("uid %s, epoch %d: a logit is not a finite number", r.uid(i), from+e)
			}
		}
	}
}
