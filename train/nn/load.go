package nn

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"ftft/internal/fault"
	"ftft/internal/input"
	"ftft/train/nn/spec"
)

// A Report lists the parameters that Load did not find in a model's files, and the tensors there that it did not use.
type Report struct {
	Initialised []string // parameters of the head that are new
	Ignored     []string // tensors in the file that a classifier does not need
}

// Load reads a model in Hugging Face's layout: config.json and model.safetensors or pytorch_model.bin (F64, F32, F16 or BF16), or the
// shards of one. The tensors have the names of the family's Model or its ForSequenceClassification. Every parameter of the encoder
// must be present in its shape.
//
// Load initialises a missing head from seed. A head that is present must have the given labels, which Load matches by name
// and puts in the order given. If labels is nil, Load uses the model's own. If labels is empty but not nil, Load reads the
// encoder alone, which is enough for Encode, and ignores a classifier. What is wrong with the files is a *fault.Bad.
func Load(folder string, labels []string, seed int64) (spec.Spec, Weights, Report, error) {
	m, err := open(folder)
	if err != nil {
		return spec.Spec{}, nil, Report{}, err
	}
	defer m.store.close()
	w, report, err := m.load(labels, seed)
	if err != nil {
		return spec.Spec{}, nil, Report{}, err
	}
	return m.Spec, w, report, nil
}

// Inspect returns what Load does, apart from the values of the weights, which it does not read.
func Inspect(folder string, labels []string) (spec.Spec, Report, error) {
	m, err := open(folder)
	if err != nil {
		return spec.Spec{}, Report{}, err
	}
	defer m.store.close()
	report, err := m.match(labels)
	if err != nil {
		return spec.Spec{}, Report{}, err
	}
	return m.Spec, report, nil
}

// Labels returns the labels of the model in a folder, by class index: those of its config.json or, if it names none, the default
// ones for each row of the classifier. It returns none for an encoder.
func Labels(folder string) ([]string, error) {
	m, err := open(folder)
	if err != nil {
		return nil, err
	}
	m.store.close()
	return m.Spec.Labels, nil
}

// model is a model folder whose config.json and tensors have been compared, and whose values have not been read.
type model struct {
	spec.Spec
	file  *spec.File
	store *store
	names map[string]string // of the tensors, by the names of Spec.Tensors
}

// open opens a model folder and compares the sizes in config.json with the weights, so that nothing is allocated by a size that the
// weights do not have. The caller closes the store.
func open(folder string) (m *model, err error) {
	path := filepath.Join(folder, "config.json")
	text, err := input.Read(path)
	if err != nil {
		return nil, Missing(err)
	}
	m = &model{names: map[string]string{}}
	if m.file, err = spec.Parse(path, []byte(text)); err != nil {
		return nil, err
	}
	m.Spec = m.file.Spec
	if m.store, err = openStore(folder); err != nil {
		return nil, err
	}
	for _, check := range []func() error{m.name, m.checkSizes, m.checkLabels} {
		if err := check(); err != nil {
			m.store.close()
			return nil, err
		}
	}
	return m, nil
}

// name fills the names of the tensors.
func (m *model) name() error {
	for _, name := range m.store.names() {
		ours := m.Canonical(name)
		if other, ok := m.names[ours]; ok {
			return fault.At(m.store.path, 0, fmt.Sprintf("tensors %q and %q both stand for %s", other, name, ours))
		}
		m.names[ours] = name
	}
	return nil
}

// shape returns the shape of a tensor by its name in Spec.Tensors, nil if there is none.
func (m *model) shape(name string) []int { return m.store.shape(m.names[name]) }

// checkSizes compares the sizes in config.json with the shapes of the weights. Sizes of tensors that are missing are left to load.
func (m *model) checkSizes() error {
	if words := m.Names().WordEmbeddings; m.shape(words) == nil {
		return fault.At(m.store.path, 0, fmt.Sprintf("the weights have no %s, and config.json has the model_type %s; there are %s", words,
			m.Family, fault.Names(m.store.names())))
	}
	layers := 0
	for name := range m.names {
		rest, ok := strings.CutPrefix(name, m.Names().LayerPrefix)
		number, _, _ := strings.Cut(rest, ".")
		if i, err := strconv.Atoi(number); ok && err == nil && i >= layers && i < len(m.names) {
			layers = i + 1
		}
	}
	var bad fault.Bad
	compare := func(key string, size, own int) {
		if size != own {
			bad.Problems = append(bad.Problems, m.file.At(key, "%d, but the weights in %s have %d", size, filepath.Base(m.store.path), own))
		}
	}
	compare(m.LayersKey(), m.Layers, layers)
	for _, size := range m.Sizes() {
		if shape := m.shape(size.Tensor); len(shape) == 2 {
			compare(size.Key, size.Value, shape[size.Dimension])
		}
	}
	if len(bad.Problems) > 0 {
		return &bad
	}
	return nil
}

// checkLabels compares the labels with the rows of the classifier, and names the labels of a classifier that config.json does not.
func (m *model) checkLabels() error {
	shape := m.shape(m.Names().Classifier + ".weight")
	switch {
	case len(shape) != 2:
		return nil // there is no classifier, or load refuses its shape
	case len(m.Labels) == 0 && shape[0] < 2:
		return fault.At(m.store.path, 0, fmt.Sprintf("the classifier has %d rows; supported: classification with two or more labels", shape[0]))
	case len(m.Labels) == 0:
		m.Labels = spec.DefaultLabels(shape[0])
	case len(m.Labels) != shape[0]:
		problem := m.file.At("id2label", "there are %d labels (%s), but the classifier has %d rows",
			len(m.Labels), fault.Names(m.Labels), shape[0])
		return &fault.Bad{Problems: []fault.Problem{problem}}
	}
	return nil
}

// checkMemory returns an error if the memory of this machine has no room for the weights.
func (m *model) checkMemory() error {
	need, available := 4*m.Parameters().Total, input.Available()
	if need > available {
		return fault.At(m.store.path, 0, fmt.Sprintf("the weights take %s of memory, and this machine has %s available",
			input.Size(need), input.Size(available)))
	}
	return nil
}

// match gives the model the labels, and compares the names and shapes of the tensors with those of its parameters.
func (m *model) match(labels []string) (report Report, err error) {
	classifier := m.Names().Classifier
	leftovers := m.Leftovers()
	switch {
	case labels == nil && !m.hasHead():
		return report, fault.At(m.store.path, 0, "the model has no classifier: train it, or name the folder of a trained checkpoint")
	case labels == nil:
		labels = m.Labels
	case len(labels) == 0:
		leftovers = append(slices.Clone(leftovers), classifier+".")
	case m.hasHead():
		if err := m.sameLabels(labels); err != nil {
			return report, err
		}
	}
	m.Labels = labels
	if err := m.checkTensors(leftovers, &report); err != nil {
		return report, err
	}
	for _, t := range m.Tensors() {
		if _, ok := m.names[t.Name]; !ok {
			report.Initialised = append(report.Initialised, t.Name)
		}
	}
	return report, nil
}

// hasHead reports whether the weights have a classifier.
func (m *model) hasHead() bool {
	_, ok := m.names[m.Names().Classifier+".weight"]
	return ok
}

// load reads the values of the parameters, in the order of the labels.
func (m *model) load(labels []string, seed int64) (w Weights, report Report, err error) {
	own := m.Labels
	if report, err = m.match(labels); err != nil {
		return nil, report, err
	}
	if err := m.checkMemory(); err != nil {
		return nil, report, err
	}
	w = Weights{}
	for i, t := range m.Tensors() {
		name, ok := m.names[t.Name]
		if !ok {
			w[t.Name] = initial(m.Spec, t, seed, i)
		} else if w[t.Name], err = m.store.read(name); err != nil {
			return nil, report, err
		}
	}
	if classifier := m.Names().Classifier; m.hasHead() && len(m.Labels) > 0 {
		reorder(w[classifier+".weight"], w[classifier+".bias"], own, m.Labels)
	}
	return w, report, nil
}

// hasOther reports whether the weights have the bias that belongs to a weight, or the weight of a bias.
func (m *model) hasOther(name string) bool {
	other := strings.TrimSuffix(name, ".bias") + ".weight"
	if module, ok := strings.CutSuffix(name, ".weight"); ok {
		other = module + ".bias"
	}
	_, ok := m.names[other]
	return ok
}

// checkTensors compares the names and shapes of the tensors with those of the model, and lists in the report those to ignore.
func (m *model) checkTensors(leftovers []string, report *Report) error {
	names := maps.Clone(m.names)
	var problems []string
	for _, t := range m.Tensors() {
		name, ok := names[t.Name]
		delete(names, t.Name)
		switch shape := m.store.shape(name); {
		case !ok && (!t.Head || m.hasOther(t.Name)):
			problems = append(problems, fmt.Sprintf("%s (%s) is missing", t.Name, sizes(t.Shape)))
		case ok && !slices.Equal(shape, t.Shape):
			problems = append(problems, fmt.Sprintf("%s is %s, by config.json %s", name, sizes(shape), sizes(t.Shape)))
		case ok:
			if wrong := m.store.wrongType(name); wrong != "" {
				problems = append(problems, fmt.Sprintf("tensor %.80q: %s", name, wrong))
			}
		}
	}
	for ours, name := range names {
		if slices.ContainsFunc(leftovers, func(prefix string) bool { return strings.HasPrefix(ours, prefix) }) {
			report.Ignored = append(report.Ignored, name)
		} else {
			problems = append(problems, fmt.Sprintf("%.80s (%s) has no place in the model", name, sizes(m.store.shape(name))))
		}
	}
	slices.Sort(report.Ignored)
	slices.Sort(problems)
	var bad fault.Bad
	for _, message := range problems {
		bad.Problems = append(bad.Problems, fault.Problem{File: m.store.path, Message: message})
	}
	if len(problems) > 0 {
		return &bad
	}
	return nil
}

// sameLabels returns an error if the two lists differ other than in their order.
func (m *model) sameLabels(want []string) error {
	a, b := slices.Sorted(slices.Values(m.Labels)), slices.Sorted(slices.Values(want))
	if slices.Equal(a, b) {
		return nil
	}
	problem := m.file.At("id2label", "the classifier has the labels %s, the data %s: labels are matched by name; "+
		"rename them here, or map those of the data with label_map", fault.Names(m.Labels), fault.Names(want))
	return &fault.Bad{Problems: []fault.Problem{problem}}
}

// reorder puts the rows of the classifier, which are in the order of own, in the order of labels.
func reorder(weight, bias []float32, own, labels []string) {
	width := len(weight) / len(own)
	rows, values := slices.Clone(weight), slices.Clone(bias)
	for i, label := range labels {
		from := slices.Index(own, label)
		copy(weight[i*width:(i+1)*width], rows[from*width:])
		bias[i] = values[from]
	}
}
