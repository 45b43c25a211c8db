package nn

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"ftft/internal/fault"
	"ftft/internal/input"
	"ftft/internal/pytorch"
)

// stateDict is an open file of torch.save that holds a model's tensors by name: pytorch_model.bin or a shard of it.
type stateDict struct {
	file    *pytorch.File
	tensors map[string]*pytorch.Tensor
	shapes  map[string][]int
}

// torchAdvice says what such a file should hold.
const torchAdvice = "save model.state_dict() alone"

// nestedDicts are the keys under which training programs save a state_dict beside other things.
var nestedDicts = []string{"state_dict", "model_state_dict", "model"}

// openStateDict opens a file and checks where its tensors are. What is wrong with the content is a *fault.Bad.
func openStateDict(path string) (*stateDict, error) {
	f, err := pytorch.Open(path, torchAdvice)
	if err != nil {
		return nil, input.Unreadable(path, err)
	}
	s := &stateDict{file: f, tensors: map[string]*pytorch.Tensor{}, shapes: map[string][]int{}}
	if err := s.find(); err != nil {
		f.Close()
		return nil, err
	}
	return s, nil
}

// find fills the tensors.
func (s *stateDict) find() error {
	dict, err := s.dict()
	if err != nil {
		return err
	}
	for i, key := range dict.Keys {
		name, ok := key.(string)
		if !ok {
			return s.bad("key %d of the state_dict is %s, not a tensor's name", i, pytorch.Kind(key))
		}
		if s.tensors[name] != nil {
			return s.bad("the state_dict names tensor %.80q twice", name)
		}
		t, ok := dict.Values[i].(*pytorch.Tensor)
		if !ok {
			return s.bad("%.80q is %s, not a tensor: %s", name, pytorch.Kind(dict.Values[i]), torchAdvice)
		}
		layout, wrong := t.Layout()
		if wrong != "" {
			return s.bad("tensor %.80q: it has %s", name, wrong)
		}
		s.tensors[name] = t
		s.shapes[name] = make([]int, len(layout.Sizes))
		for d, size := range layout.Sizes {
			s.shapes[name][d] = int(size)
		}
	}
	return nil
}

// dict returns the state_dict: what the file holds, or the only one in it under a usual key.
func (s *stateDict) dict() (*pytorch.Dict, error) {
	top, ok := s.file.Value.(*pytorch.Dict)
	if !ok {
		return nil, s.bad("it holds %s, not a state_dict: %s", pytorch.Kind(s.file.Value), torchAdvice)
	}
	var keys []string
	var nested []*pytorch.Dict
	for i, key := range top.Keys {
		name, ok := key.(string)
		if !ok {
			continue
		}
		keys = append(keys, name)
		if dict, ok := top.Values[i].(*pytorch.Dict); ok && hasTensors(dict) && slices.Contains(nestedDicts, name) {
			nested = append(nested, dict)
		}
	}
	switch {
	case len(nested) == 1:
		return nested[0], nil
	case len(nested) == 0 && hasTensors(top):
		return top, nil
	case len(nested) > 1:
		return nil, s.bad("it holds several state_dicts; its keys are %s: %s", fault.Names(keys), torchAdvice)
	}
	return nil, s.bad("it holds no state_dict; its keys are %s: %s", fault.Names(keys), torchAdvice)
}

// hasTensors reports whether a dict has a tensor.
func hasTensors(d *pytorch.Dict) bool {
	return slices.ContainsFunc(d.Values, func(v any) bool {
		_, ok := v.(*pytorch.Tensor)
		return ok
	})
}

func (s *stateDict) names() []string { return slices.Collect(maps.Keys(s.tensors)) }

func (s *stateDict) shape(name string) []int { return s.shapes[name] }

func (s *stateDict) wrongType(name string) string {
	if t := s.tensors[name]; t.Float() == 0 {
		return fmt.Sprintf("type %s is not supported; supported: float64, float32, float16, bfloat16", t.Type())
	}
	return ""
}

// read returns a tensor's values, converted to float32.
func (s *stateDict) read(name string) ([]float32, error) {
	t := s.tensors[name]
	if wrong := s.wrongType(name); wrong != "" {
		return nil, s.bad("tensor %.80q: %s", name, wrong)
	}
	values, err := s.file.Floats(t)
	if bad := (*fault.Bad)(nil); errors.As(err, &bad) {
		return nil, s.bad("tensor %.80q: %s", name, fault.Message(bad))
	}
	if err != nil {
		return nil, err
	}
	return values, checkFinite(s, name, values)
}

func (s *stateDict) bad(format string, args ...any) error { return s.file.Bad(format, args...) }

func (s *stateDict) close() error { return s.file.Close() }
