package table

import (
	"encoding/json"
	"slices"
	"strconv"

	"ftft/internal/scalar"
)

// features are the columns as Hugging Face's datasets describes them, in the metadata "huggingface" of a file or in dataset_info.json.
type features map[string]json.RawMessage

// classes returns the names of the classes of each ClassLabel column. Other columns, and what is not understood, are left out.
func (f features) classes() map[string][]string {
	classes := map[string][]string{}
	for column, raw := range f {
		var feature struct {
			Type  string   `json:"_type"`
			Names []string `json:"names"`
		}
		if json.Unmarshal(raw, &feature) == nil && feature.Type == "ClassLabel" && len(feature.Names) > 0 {
			classes[column] = feature.Names
		}
	}
	return classes
}

// setClasses takes the names of classes from the metadata of a file.
func (t *Table) setClasses(metadata map[string]string) {
	var described struct {
		Info struct {
			Features features `json:"features"`
		} `json:"info"`
	}
	t.classes = t.options.classes
	if json.Unmarshal([]byte(metadata["huggingface"]), &described) == nil && described.Info.Features != nil {
		t.classes = described.Info.Features.classes()
	}
}

// Classes returns the names that the file gives the class indices of a column, in their order, or nil if it gives none. The values of
// such a column are the names; an index without a name, such as -1, stays a number.
func (t *Table) Classes(column string) []string {
	if t.shards != nil {
		return t.shards[0].Classes(column)
	}
	return t.classes[column]
}

// named returns the type of a column of class indices whose values are the names of the classes.
func (kind typed) named(names []string) typed {
	inner := kind
	kind.read = func(raw []byte) scalar.Value {
		v := inner.read(raw)
		if v.Kind != scalar.Number {
			return v
		}
		if class, err := strconv.Atoi(v.Text); err == nil && class >= 0 && class < len(names) {
			return scalar.OfText(names[class])
		}
		return v
	}
	if inner.write != nil {
		kind.write = func(text string) ([]byte, error) {
			if class := slices.Index(names, text); class >= 0 {
				text = strconv.Itoa(class)
			}
			return inner.write(text)
		}
	}
	return kind
}
