package nn

import (
	"errors"
	"fmt"
	"os"

	"ftft/internal/disk"
)

// A Tensor is named values of a shape, in row-major order.
type Tensor struct {
	Name   string
	Shape  []int
	Values []float32
}

// SaveTensors writes tensors as F32 into a safetensors file.
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
	return writeSafetensors(file, names, func(n string) []int { return named[n].Shape }, func(n string) []float32 { return named[n].Values })
}

// LoadTensors fills the values of tensors from a safetensors file, each of which must be there in its size.
func LoadTensors(path string, tensors []Tensor) error {
	s, err := openSafetensors(path)
	if err != nil {
		return err
	}
	defer s.file.Close()
	for _, t := range tensors {
		if _, ok := s.tensors[t.Name]; !ok {
			return fmt.Errorf("%s: it has no %s", path, t.Name)
		}
		values, err := s.read(t.Name)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if len(values) != len(t.Values) {
			return fmt.Errorf("%s: %s has %d values, where %d belong", path, t.Name, len(values), len(t.Values))
		}
		copy(t.Values, values)
	}
	return nil
}

// Tensors are the parameters' values, not copies.
func Tensors(parameters []*Parameter[float32]) []Tensor {
	list := make([]Tensor, len(parameters))
	for i, p := range parameters {
		list[i] = Tensor{p.Name, p.Shape, p.Data}
	}
	return list
}
