package nn

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ftft/train/nn/spec"
)

// A Report says what of a model did not come from its files, and what of them was left.
type Report struct {
	Initialised []string // new parameters of the head, as transformers makes them
	Ignored     []string // tensors that a classifier has no use for, from the list of the family
}

// leftovers are tensors of a BERT that a classifier has no use for, by their prefixes.
var leftovers = []string{"bert.embeddings.position_ids", "cls.predictions.", "cls.seq_relationship."}

// Load reads a model in Hugging Face's layout: config.json and model.safetensors (F32, F16 or BF16), with the names of a
// BertModel or of a BertForSequenceClassification. Every parameter of the encoder must be there, in its shape. A head
// that is missing is initialised from seed; one that is there must have the labels asked for, which are matched by name
// and brought into the order of labels. labels nil takes the model's own; a list of none asks for the encoder alone, as
// Encode needs it, and leaves a classifier that is there.
func Load(folder string, labels []string, seed int64) (spec.Spec, Weights, Report, error) {
	s, w, r, err := load(folder, labels, seed)
	if err != nil {
		return spec.Spec{}, nil, Report{}, fmt.Errorf("model %s: %w", folder, err)
	}
	return s, w, r, nil
}

func load(folder string, labels []string, seed int64) (s spec.Spec, w Weights, report Report, err error) {
	text, err := os.ReadFile(filepath.Join(folder, "config.json"))
	if err != nil {
		return s, nil, report, missing(err)
	}
	if s, err = spec.Parse(text); err != nil {
		return s, nil, report, err
	}
	file, err := openSafetensors(filepath.Join(folder, "model.safetensors"))
	if err != nil {
		return s, nil, report, missing(err)
	}
	defer file.file.Close()

	// Their names by ours.
	names := map[string]string{}
	for name := range file.tensors {
		ours := canonical(name)
		if other, ok := names[ours]; ok {
			return s, nil, report, fmt.Errorf("tensors %s and %s are both %s", other, name, ours)
		}
		names[ours] = name
	}
	own := s.Labels
	_, hasHead := names[spec.Classifier+".weight"]
	alone, leftovers := labels != nil && len(labels) == 0, leftovers
	switch {
	case labels == nil && !hasHead:
		return s, nil, report, errors.New("it has no classifier: train it, or give the folder of a trained checkpoint")
	case labels == nil:
		labels = own
	case alone:
		leftovers = append(slices.Clone(leftovers), spec.Classifier+".")
	case hasHead:
		if err := sameLabels(own, labels); err != nil {
			return s, nil, report, err
		}
	}
	s.Labels = labels

	w = Weights{}
	var problems []error
	for i, t := range s.Tensors() {
		name, ok := names[t.Name]
		delete(names, t.Name)
		if !ok {
			if !t.Head {
				problems = append(problems, fmt.Errorf("%s %v is missing", t.Name, t.Shape))
				continue
			}
			w[t.Name] = initial(s, t, seed, i)
			report.Initialised = append(report.Initialised, t.Name)
			continue
		}
		if shape := file.tensors[name].Shape; !slices.Equal(shape, t.Shape) {
			problems = append(problems, fmt.Errorf("%s is %v in the file, %v by config.json", name, shape, t.Shape))
			continue
		}
		if w[t.Name], err = file.read(name); err != nil {
			problems = append(problems, err)
		}
	}
	for ours, name := range names {
		if slices.ContainsFunc(leftovers, func(prefix string) bool { return strings.HasPrefix(ours, prefix) }) {
			report.Ignored = append(report.Ignored, name)
		} else {
			problems = append(problems, fmt.Errorf("%s %v has no place in the model", name, file.tensors[name].Shape))
		}
	}
	slices.Sort(report.Ignored)
	if len(problems) > 0 {
		return s, nil, report, fmt.Errorf("model.safetensors and config.json disagree:\n  %w", joinLines(problems))
	}
	if hasHead && !alone {
		reorder(w, own, labels, s.Hidden)
	}
	return s, w, report, nil
}

// canonical is our name of a tensor: a BertModel's lack the prefix, and old files call a norm's parameters gamma and beta.
func canonical(name string) string {
	for _, part := range []string{"embeddings.", "encoder.", "pooler."} {
		if strings.HasPrefix(name, part) {
			name = "bert." + name
		}
	}
	if rest, ok := strings.CutSuffix(name, "LayerNorm.gamma"); ok {
		return rest + "LayerNorm.weight"
	}
	if rest, ok := strings.CutSuffix(name, "LayerNorm.beta"); ok {
		return rest + "LayerNorm.bias"
	}
	return name
}

// sameLabels refuses a head whose labels are not those wanted, in whatever order.
func sameLabels(own, want []string) error {
	a, b := slices.Sorted(slices.Values(own)), slices.Sorted(slices.Values(want))
	if !slices.Equal(a, b) {
		return fmt.Errorf("its classifier has the labels %q, the data %q: labels are matched by name; rename them in config.json's id2label, or map the data's with label_map", own, want)
	}
	return nil
}

// reorder brings the rows of the classifier from the order of own into that of labels.
func reorder(w Weights, own, labels []string, hidden int) {
	weight, bias := w[spec.Classifier+".weight"], w[spec.Classifier+".bias"]
	rows, values := slices.Clone(weight), slices.Clone(bias)
	for i, label := range labels {
		from := slices.Index(own, label)
		copy(weight[i*hidden:(i+1)*hidden], rows[from*hidden:])
		bias[i] = values[from]
	}
}

func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; a model is a folder with config.json, model.safetensors and tokenizer.json", err)
	}
	return err
}

func joinLines(problems []error) error {
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	if rest := len(problems) - 12; rest > 0 {
		problems = append(problems[:12], fmt.Errorf("and %d more", rest))
	}
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = p.Error()
	}
	return errors.New(strings.Join(lines, "\n  "))
}
