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

// A Report lists the parameters that Load did not find in a model's files, and the tensors there that it did not use.
type Report struct {
	Initialised []string // parameters of the head that are new
	Ignored     []string // tensors in the file that a classifier does not need
}

// leftovers are the prefixes of a BERT's tensors that a classifier does not need.
var leftovers = []string{"bert.embeddings.position_ids", "cls.predictions.", "cls.seq_relationship."}

// Load reads a model in Hugging Face's layout: config.json and model.safetensors (F32, F16 or BF16), whose tensors have the
// names of a BertModel or a BertForSequenceClassification. Every parameter of the encoder must be present in its shape.
//
// Load initialises a missing head from seed. A head that is present must have the given labels, which Load matches by name
// and puts in the order given. If labels is nil, Load uses the model's own. If labels is empty but not nil, Load reads the
// encoder alone, which is enough for Encode, and ignores a classifier.
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

	names := map[string]string{} // names in the file by those of Spec.Tensors
	for name := range file.tensors {
		ours := canonical(name)
		if other, ok := names[ours]; ok {
			return s, nil, report, fmt.Errorf("tensors %s and %s both stand for %s", other, name, ours)
		}
		names[ours] = name
	}
	own := s.Labels
	_, hasHead := names[spec.Classifier+".weight"]
	alone, leftovers := labels != nil && len(labels) == 0, leftovers
	switch {
	case labels == nil && !hasHead:
		return s, nil, report, errors.New("the model has no classifier: train it, or name the folder of a trained checkpoint")
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

// canonical returns the name in Spec.Tensors for a name in a file: a BertModel's names lack the prefix "bert.", and old
// files call the parameters of a layer-norm gamma and beta.
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

// sameLabels returns an error if the two lists differ other than in their order.
func sameLabels(own, want []string) error {
	a, b := slices.Sorted(slices.Values(own)), slices.Sorted(slices.Values(want))
	if !slices.Equal(a, b) {
		return fmt.Errorf("the classifier has the labels %q, the data %q: labels are matched by name; "+
			"rename them in id2label of config.json, or map those of the data with label_map", own, want)
	}
	return nil
}

// reorder puts the rows of the classifier, which are in the order of own, in the order of labels.
func reorder(w Weights, own, labels []string, hidden int) {
	weight, bias := w[spec.Classifier+".weight"], w[spec.Classifier+".bias"]
	rows, values := slices.Clone(weight), slices.Clone(bias)
	for i, label := range labels {
		from := slices.Index(own, label)
		copy(weight[i*hidden:(i+1)*hidden], rows[from*hidden:])
		bias[i] = values[from]
	}
}

// missing explains an error about a file that does not exist.
func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; a model is a folder with config.json, model.safetensors and tokenizer.json", err)
	}
	return err
}

// joinLines joins errors in alphabetical order, one a line, and counts those beyond the twelfth.
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
