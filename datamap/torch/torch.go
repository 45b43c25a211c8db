// Package torch reads and writes uid_to_logits.pt, in which the code of FTFT (Du, Gatt and Nguyen, 2023) stores training
// dynamics: torch.save of a dict from uid, a string or an integer, to a tensor of logits, [epochs, classes]. The tensors are
// usually views into one storage, [epochs, uids, classes].
//
// internal/pytorch reads the file without running what is in it; this package gives its dict a meaning.
//
// It may import datamap and internal packages. Begin with Read and Write.
package torch

import "ftft/internal/pytorch"

// Dynamics is the content of a file. Rows are in the order of the dict.
type Dynamics struct {
	GUIDs   []string // [N] distinct; integers in decimal
	Numbers bool     // the uids are integers
	Classes int
	Epochs  [][]float32 // [E][N*C] logits, row-major, finite
}

// Is reports whether torch.save wrote a file, whatever its content. It is also true for many files that Read refuses.
func Is(path string) bool { return pytorch.Is(path) }

// Read reads the epochs from..to-1 of a file, counted from 0; a to of -1 stands for the end. Each uid has a tensor of 16, 32 or
// 64 bit floating-point numbers, [epochs, classes], all of the same shape. Logits are rounded to float32 and must be finite. A
// malformed file is a *fault.Bad, a range of epochs that is empty or out of range a *datamap.NoEpoch. Memory is proportional to
// the size of the file.
func Read(path string, from, to int) (*Dynamics, error) {
	file, err := pytorch.Open(path, advice)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return read(file, from, to)
}

// advice says what a file should hold.
const advice = "save {uid: tensor of [epochs, classes]} with floats alone"

func read(file *pytorch.File, from, to int) (*Dynamics, error) {
	items, ok := file.Value.(*pytorch.Dict)
	if !ok {
		return nil, file.Bad("it holds %s; expected a dict from uid to logits, [epochs, classes]", pytorch.Kind(file.Value))
	}
	if len(items.Keys) == 0 {
		return nil, file.Bad("the dict from uid to logits is empty")
	}
	r := reader{file: file, items: items}
	if err := r.read(from, to); err != nil {
		return nil, err
	}
	return &r.Dynamics, nil
}
