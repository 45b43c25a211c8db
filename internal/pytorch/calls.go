package pytorch

import (
	"bytes"
	"fmt"
)

// global reads a class or function: a line with its module and one with its name.
func (u *unpickler) global() (any, error) {
	var lines [2]string
	for i := range lines {
		length := bytes.IndexByte(u.window, '\n')
		if length < 0 && int64(len(u.window)) < u.end-u.at && len(u.window) < bufferSize {
			if err := u.fill(int(min(bufferSize, u.end-u.at))); err != nil {
				return nil, err
			}
			length = bytes.IndexByte(u.window, '\n')
		}
		switch {
		case length < 0 && len(u.window) >= bufferSize:
			return nil, u.unknown(string(u.window[:bufferSize]))
		case length < 0:
			return nil, errShort
		}
		line, err := u.next(length + 1)
		if err != nil {
			return nil, err
		}
		lines[i] = string(line[:length])
	}
	return u.named(lines[0], lines[1])
}

func (u *unpickler) stackGlobal() (any, error) {
	items, err := u.popN(2)
	if err != nil {
		return nil, err
	}
	module, isModule := items[0].(string)
	name, isName := items[1].(string)
	if !isModule || !isName {
		return nil, errStack
	}
	return u.named(module, name)
}

// The functions that torch.save writes calls of.
const (
	orderedDict class = "collections.OrderedDict"
	rebuild1    class = "torch._utils._rebuild_tensor"
	rebuild2    class = "torch._utils._rebuild_tensor_v2"
	rebuild3    class = "torch._utils._rebuild_tensor_v3"
	parameter   class = "torch._utils._rebuild_parameter"
)

// named accepts the classes and functions of tensors alone. Nothing else is ever created or called.
func (u *unpickler) named(module, name string) (any, error) {
	c := class(module + "." + name)
	switch c {
	case orderedDict, rebuild1, rebuild2, rebuild3, parameter:
		return c, nil
	}
	if _, ok := storageTypes[c]; ok {
		return c, nil
	}
	if _, ok := types[c]; ok {
		return c, nil
	}
	return nil, u.unknown(string(c))
}

// unknown is the error of a class or function that is not known.
func (u *unpickler) unknown(name string) error {
	return fmt.Errorf("it asks for %q, which tensors do not need: nothing was run; "+
		"do not open the file with torch.load unless you trust it, and %s", Brief(name), u.advice)
}

// reduce creates an OrderedDict or a tensor.
func (u *unpickler) reduce() (any, error) {
	items, err := u.popN(2)
	if err != nil {
		return nil, err
	}
	function, _ := items[0].(class)
	args, ok := items[1].(Tuple)
	switch {
	case ok && function == orderedDict && len(args) == 0:
		return &Dict{}, nil
	case ok && (function == rebuild1 || function == rebuild2 || function == rebuild3):
		return newTensor(function, args)
	case ok && function == parameter && len(args) == 3:
		if t, ok := args[0].(*Tensor); ok {
			return t, nil
		}
	}
	return nil, fmt.Errorf("a call of %s that torch.save does not write: the file is damaged, or of another kind", Kind(items[0]))
}
