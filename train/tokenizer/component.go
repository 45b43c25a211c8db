package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ftft/internal/fault"
)

// A component is a part of the pipeline as a tokenizer.json describes it.
type component struct {
	part string // the key of the file that holds it: normalizer, pre_tokenizer, post_processor or model
	kind string // its type; "" = none is named
	raw  []byte // a JSON object
	line int    // of the file, counted from 1
}

// newComponent returns the component in raw, which is part of text; line is the line where text begins. raw must be an object.
func newComponent(part string, text, raw []byte, line int) (component, error) {
	c := component{part: part, raw: raw, line: line}
	if at := bytes.Index(text, raw); at > 0 {
		c.line += bytes.Count(text[:at], []byte("\n"))
	}
	var head struct {
		Type string `json:"type"`
	}
	if err := fault.DecodeJSON("", raw, &head); err != nil {
		return c, c.within(err)
	}
	c.kind = head.Type
	return c, nil
}

// bad returns an error about the component; its message begins with the component's key.
func (c component) bad(format string, args ...any) error {
	return fault.At("", c.line, c.part+": "+fmt.Sprintf(format, args...))
}

// badKey returns an error about the value of a key of the component.
func (c component) badKey(key, format string, args ...any) error {
	return fault.At("", c.line, c.part+"."+key+": "+fmt.Sprintf(format, args...))
}

// refuse returns the error of a key's value that is valid, and that this package does not support. value is as a message shows it.
func (c component) refuse(key, value string, supported ...string) error {
	message := fmt.Sprintf("%s %s with %s %s is not supported", c.part, c.kind, key, value)
	if len(supported) > 0 {
		message += "; supported: " + strings.Join(supported, ", ")
	}
	return fault.At("", c.line, message)
}

// within gives an error of fault.DecodeJSON about the component's text its place in the file.
func (c component) within(err error) error {
	bad := (*fault.Bad)(nil)
	if !errors.As(err, &bad) {
		return err
	}
	p := bad.Problems[0]
	separator := ": "
	if key, _, ok := strings.Cut(p.Message, ":"); ok && !strings.Contains(key, " ") {
		separator = "." // the message begins with a key of the component
	}
	return fault.At("", c.line+max(0, p.Line-1), c.part+separator+p.Message)
}

// decode decodes the component's object into value.
func (c component) decode(value any) error {
	if err := fault.DecodeJSON("", c.raw, value); err != nil {
		return c.within(err)
	}
	return nil
}

// The limits of a sequence of components.
const (
	maxSteps = 64 // components that are not sequences
	maxDepth = 8  // sequences within sequences
)

// flatten returns the components that a component consists of: itself, or those that a Sequence has in the list of a key.
func (c component) flatten(key string, depth int) ([]component, error) {
	if c.kind != "Sequence" {
		return []component{c}, nil
	}
	var lists map[string]json.RawMessage
	if err := c.decode(&lists); err != nil {
		return nil, err
	}
	var raws []json.RawMessage
	if lists[key] == nil {
		return nil, c.bad("a Sequence needs the list %s", key)
	}
	if err := fault.DecodeJSON("", lists[key], &raws); err != nil {
		return nil, c.bad("%s must be a list", key)
	}
	if len(raws) > maxSteps || depth > maxDepth {
		return nil, c.bad("its Sequence is longer than %d or nested more than %d deep", maxSteps, maxDepth)
	}
	var all []component
	for _, raw := range raws {
		part, err := newComponent(c.part, c.raw, raw, c.line)
		if err != nil {
			return nil, err
		}
		more, err := part.flatten(key, depth+1)
		if err != nil {
			return nil, err
		}
		if all = append(all, more...); len(all) > maxSteps {
			return nil, c.bad("its Sequence is longer than %d", maxSteps)
		}
	}
	return all, nil
}

// constructor returns the entry of a table for the type of a component, or an error that lists the types in the table.
func constructor[F any](c component, table map[string]F) (F, error) {
	f, ok := table[c.kind]
	if ok {
		return f, nil
	}
	supported := strings.Join(slices.Sorted(maps.Keys(table)), ", ")
	if c.kind == "" {
		return f, fault.At("", c.line, fmt.Sprintf("%s without a type is not supported; supported: %s", c.part, supported))
	}
	return f, fault.At("", c.line, fmt.Sprintf("%s %.40q is not supported; supported: %s", c.part, c.kind, supported))
}
