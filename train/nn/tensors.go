package nn

import (
	"errors"
	"os"

	"ftft/internal/disk"
)

// A Tensor is an array of values with a name and a shape, in row-major order.
type Tensor struct {
	Name   string
	Shape  []int
	Values []float32
}

// SaveTensors writes tensors as F32 to a safetensors file.
func SaveTensors(path string, tensors []Tensor) (err error) {
	named := make(map[string]Tensor, len(tensors))
	names := make([]string, len(tensors))
	for i, t := range tensors {
		named[t.Name], names[i] = t, t.Name
	}
	file, err := disk.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o666)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	shape, values := func(n string) []int { return named[n].Shape }, func(n string) []float32 { return named[n].Values }
	return writeSafetensors(file, names, shape, values)
}

// LoadTensors fills the values of tensors from a safetensors file, which must hold each of them in its size.
func LoadTensors(path string, tensors []Tensor) error {
	s, err := openSafetensors(path)
	if err != nil {
		return err
	}
	defer s.file.Close()
	for _, t := range tensors {
		if _, ok := s.tensors[t.Name]; !ok {
			return s.bad("tensor %s is missing", t.Name)
		}
		values, err := s.read(t.Name)
		if err != nil {
			return err
		}
		if len(values) != len(t.Values) {
			return s.bad("tensor %s has %d values, want %d", t.Name, len(values), len(t.Values))
		}
		copy(t.Values, values)
	}
	return nil
}

// Tensors returns the parameters as tensors that share their Data.
func Tensors(parameters []*Parameter[float32]) []Tensor {
	list := make([]Tensor, len(parameters))
	for i, p := range parameters {
		list[i] = Tensor{p.Name, p.Shape, p.Data}
	}
	return list
}
