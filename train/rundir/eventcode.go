package rundir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"

	"ftft/internal/fault"
)

// timeLayout is RFC 3339 with all nine digits, so that times of one zone sort as text.
const timeLayout = "2006-01-02T15:04:05.000000000Z07:00"

// MarshalJSON returns the event's line without the newline.
func (e Event) MarshalJSON() ([]byte, error) {
	if e.Body == nil {
		if e.Raw == nil {
			return nil, errors.New("an event without a body cannot be written")
		}
		return e.Raw, nil
	}
	line := fmt.Appendf(nil, `{"seq":%d,"attempt":%d,"time":"%s","kind":"%s","step":%d`,
		e.Seq, e.Attempt, e.Time.Format(timeLayout), e.Body.Kind(), e.Step)
	body := reflect.ValueOf(e.Body).Elem()
	for i := range body.NumField() {
		line = append(line, `,"`+body.Type().Field(i).Tag.Get("json")+`":`...)
		var err error
		if line, err = appendValue(line, body.Field(i)); err != nil {
			return nil, err
		}
	}
	return append(line, '}'), nil
}

// appendValue appends v as JSON; encoding/json would refuse NaN and infinity, which become null here.
func appendValue(line []byte, v reflect.Value) ([]byte, error) {
	switch v.Kind() {
	case reflect.Float32, reflect.Float64:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return append(line, "null"...), nil
		}
		return strconv.AppendFloat(line, v.Float(), 'g', -1, v.Type().Bits()), nil
	case reflect.Slice:
		line = append(line, '[')
		for i := range v.Len() {
			if i > 0 {
				line = append(line, ',')
			}
			var err error
			if line, err = appendValue(line, v.Index(i)); err != nil {
				return nil, err
			}
		}
		return append(line, ']'), nil
	}
	value, err := json.Marshal(v.Interface())
	return append(line, value...), err
}

// UnmarshalJSON reads one line of the log. For an unknown kind it leaves Body nil and keeps the line in Raw.
func (e *Event) UnmarshalJSON(line []byte) error {
	var head struct {
		Seq     int64     `json:"seq"`
		Attempt int       `json:"attempt"`
		Time    time.Time `json:"time"`
		Kind    string    `json:"kind"`
		Step    int       `json:"step"`
	}
	if err := json.Unmarshal(line, &head); err != nil {
		return err
	}
	if head.Kind == "" {
		return fault.At("", 0, "it has no kind")
	}
	*e = Event{Seq: head.Seq, Attempt: head.Attempt, Time: head.Time, Kind: head.Kind, Step: head.Step, Body: newBody(head.Kind)}
	if e.Body == nil {
		e.Raw = bytes.Clone(line)
		return nil
	}
	if err := readBody(line, e.Body); err != nil {
		return err
	}
	if evaluation, ok := e.Body.(*Evaluation); ok {
		if err := CheckID(evaluation.Set); err != nil { // it names files
			return fault.At("", 0, err.Error())
		}
	}
	return nil
}

// readBody fills body from the line's keys. encoding/json ignores null, which stands for NaN here, so the rare line with a null is
// read a second time.
func readBody(line []byte, body Body) error {
	if err := json.Unmarshal(line, body); err != nil {
		return err
	}
	if !bytes.Contains(line, []byte("null")) {
		return nil
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(line, &values); err != nil {
		return err
	}
	fields := reflect.ValueOf(body).Elem()
	for i := range fields.NumField() {
		value := values[fields.Type().Field(i).Tag.Get("json")]
		switch field := fields.Field(i).Addr().Interface().(type) {
		case *float64:
			if string(value) == "null" {
				*field = math.NaN()
			}
		case *[]float32:
			var numbers []*float32
			if value == nil || json.Unmarshal(value, &numbers) != nil {
				continue
			}
			*field = make([]float32, len(numbers))
			for j, number := range numbers {
				(*field)[j] = float32(math.NaN())
				if number != nil {
					(*field)[j] = *number
				}
			}
		}
	}
	return nil
}
