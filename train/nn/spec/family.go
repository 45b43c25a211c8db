package spec

import (
	"slices"
	"strings"

	"ftft/internal/fault"
)

// The families, by the model_type in config.json.
const (
	Bert       = "bert"        // Devlin et al., 2019
	Roberta    = "roberta"     // Liu et al., 2019
	XLMRoberta = "xlm-roberta" // Conneau et al., 2020
	Camembert  = "camembert"   // Martin et al., 2020
	DistilBert = "distilbert"  // Sanh et al., 2019
	Electra    = "electra"     // Clark et al., 2020
	MPNet      = "mpnet"       // Song et al., 2020
	DebertaV2  = "deberta-v2"  // He et al., 2021: versions 2 and 3
)

// families are the families that package nn can compute. Each has a variable of its own, which says all that is its own; the rest
// of the program reads a Spec's fields and Names.
var families = []*family{&bert, &roberta, &xlmRoberta, &camembert, &distilBert, &electra, &modernBert, &mpnet, &debertaV2}

// A family is how transformers names and configures the models of one architecture.
type family struct {
	modelType string
	class     string // what the names of its classes begin with: classModel, classForSequenceClassification
	names     Names
	keys      keys
	defaults  Spec // the values of absent keys

	// own binds keys that keys lacks to values, which it takes from s, and returns them with a function that completes s by the
	// values read and returns the first thing that package nn cannot compute, if any. It is nil where keys has all of them.
	// It must not call methods of s: they read families. A value that is a nil pointer is absent, and JSON does not write it.
	own func(s *Spec) (list []setting, complete func(refuse refuse) (fault.Problem, bool))

	base      []string // what the names of the tensors of classModel begin with, where they lack Names.Base
	leftovers []string // what the names of tensors that a classifier does not need begin with

	dropsFirst    bool // whether ClassifierDropout also applies to the first token's hidden state, before the head
	skipsPad      bool // whether positions count from Pad+1 and leave pads out: see Spec.FirstPosition
	fixedDropout  bool // whether the default of the classifier's dropout is a rate of its own, not Spec.Dropout
	mayLackTypes  bool // whether the number of types may be 0
	ignoresSingle bool // whether a table of one type serves all tokens, whatever type the tokenizer gives them
}

// refuse makes the problem of an unsupported value, at the line of its key; see File.At.
type refuse func(key, format string, args ...any) (fault.Problem, bool)

// A setting is a key of config.json and a pointer to its value, which JSON decodes and encodes.
type setting struct {
	key   string
	value any
}

// keys are the keys of a config.json, by the field of Spec. An empty one does not exist in the family.
type keys struct {
	vocabulary, positions, types, embedding, hidden, layers, heads, intermediate string
	activation, epsilon                                                          string
	dropout, attentionDropout, classifierDropout                                 string
	initializerRange, pad, positionType                                          string
}

// Names are the names of a family's tensors in the state dict of its ForSequenceClassification. All but the tables are prefixes of a
// .weight and a .bias. An empty one does not exist in the family.
type Names struct {
	Base                string // the prefix of the encoder, including the dot
	WordEmbeddings      string
	PositionEmbeddings  string
	TypeEmbeddings      string
	EmbeddingNorm       string
	EmbeddingProjection string // from Embedding to Hidden, where they differ

	RelativeTable string // of Spec.Relative
	RelativeNorm  string // of its layer-norm

	LayerPrefix string // what the names in all layers begin with; the layer's number follows

	// In a layer, to follow the prefix that Layer returns.
	Query, Key, Value, AttentionOut, AttentionNorm string
	QKV                                            string // in place of Query, Key and Value: one below the other
	FeedForwardIn, FeedForward, OutputNorm         string

	FinalNorm  string // after the last layer
	HeadDense  string // the layer between the pooled hidden state and the classifier
	HeadNorm   string // after it
	Classifier string
}

// bertKeys are the keys of BERT and of the families whose configuration began as a copy of BERT's.
var bertKeys = keys{
	vocabulary: "vocab_size", positions: "max_position_embeddings", types: "type_vocab_size", hidden: "hidden_size",
	layers: "num_hidden_layers", heads: "num_attention_heads", intermediate: "intermediate_size",
	activation: "hidden_act", epsilon: "layer_norm_eps",
	dropout: "hidden_dropout_prob", attentionDropout: "attention_probs_dropout_prob", classifierDropout: "classifier_dropout",
	initializerRange: "initializer_range", pad: "pad_token_id", positionType: "position_embedding_type",
}

// bertNames returns the names of BERT's encoder under another prefix.
func bertNames(base, headDense, classifier string) Names {
	return Names{
		Base:               base,
		WordEmbeddings:     base + "embeddings.word_embeddings.weight",
		PositionEmbeddings: base + "embeddings.position_embeddings.weight",
		TypeEmbeddings:     base + "embeddings.token_type_embeddings.weight",
		EmbeddingNorm:      base + "embeddings.LayerNorm",
		LayerPrefix:        base + "encoder.layer.",
		Query:              "attention.self.query",
		Key:                "attention.self.key",
		Value:              "attention.self.value",
		AttentionOut:       "attention.output.dense",
		AttentionNorm:      "attention.output.LayerNorm",
		FeedForwardIn:      "intermediate.dense",
		FeedForward:        "output.dense",
		OutputNorm:         "output.LayerNorm",
		HeadDense:          headDense,
		Classifier:         classifier,
	}
}

var bert = family{
	modelType: Bert, class: "Bert",
	names: bertNames("bert.", "bert.pooler.dense", "classifier"),
	keys:  bertKeys,
	defaults: Spec{
		Vocabulary: 30522, Positions: 512, Types: 2, Hidden: 768, Layers: 12, Heads: 12, Intermediate: 3072,
		PositionTable: true, Activation: Gelu, HeadActivation: Tanh, Epsilon: 1e-12,
		Dropout: 0.1, AttentionDropout: 0.1, InitializerRange: 0.02,
	},
	base:      []string{"embeddings.", "encoder.", "pooler."},
	leftovers: []string{"bert.embeddings.position_ids", "cls.predictions.", "cls.seq_relationship."},
}

// robertas returns a family that differs from RoBERTa in its classes and the default size of its vocabulary.
func robertas(modelType, class string, vocabulary int) family {
	f := family{
		modelType: modelType, class: class,
		names:     bertNames("roberta.", "classifier.dense", "classifier.out_proj"),
		keys:      bertKeys,
		defaults:  bert.defaults,
		base:      []string{"embeddings.", "encoder.", "pooler."},
		leftovers: []string{"roberta.embeddings.position_ids", "roberta.embeddings.token_type_ids", "roberta.pooler.", "lm_head."},

		dropsFirst: true, skipsPad: true, ignoresSingle: true,
	}
	f.defaults.Vocabulary, f.defaults.Pad = vocabulary, 1
	return f
}

var (
	roberta    = robertas(Roberta, "Roberta", 50265)
	xlmRoberta = robertas(XLMRoberta, "XLMRoberta", 30522)
	camembert  = robertas(Camembert, "Camembert", 30522)
)

// distilBert has no types. The sinusoids that sinusoidal_pos_embds asks for are the values of an ordinary table in its files.
var distilBert = family{
	modelType: DistilBert, class: "DistilBert",
	names: Names{
		Base:               "distilbert.",
		WordEmbeddings:     "distilbert.embeddings.word_embeddings.weight",
		PositionEmbeddings: "distilbert.embeddings.position_embeddings.weight",
		EmbeddingNorm:      "distilbert.embeddings.LayerNorm",
		LayerPrefix:        "distilbert.transformer.layer.",
		Query:              "attention.q_lin",
		Key:                "attention.k_lin",
		Value:              "attention.v_lin",
		AttentionOut:       "attention.out_lin",
		AttentionNorm:      "sa_layer_norm",
		FeedForwardIn:      "ffn.lin1",
		FeedForward:        "ffn.lin2",
		OutputNorm:         "output_layer_norm",
		HeadDense:          "pre_classifier",
		Classifier:         "classifier",
	},
	keys: keys{
		vocabulary: "vocab_size", positions: "max_position_embeddings", hidden: "dim", layers: "n_layers", heads: "n_heads",
		intermediate: "hidden_dim", activation: "activation",
		dropout: "dropout", attentionDropout: "attention_dropout", classifierDropout: "seq_classif_dropout",
		initializerRange: "initializer_range", pad: "pad_token_id",
	},
	defaults: Spec{
		Vocabulary: 30522, Positions: 512, Hidden: 768, Layers: 6, Heads: 12, Intermediate: 3072,
		PositionTable: true, Activation: Gelu, HeadActivation: Relu, Epsilon: 1e-12,
		Dropout: 0.1, AttentionDropout: 0.1, ClassifierDropout: 0.2, InitializerRange: 0.02,
	},
	base:      []string{"embeddings.", "transformer."},
	leftovers: []string{"distilbert.embeddings.position_ids", "vocab_transform.", "vocab_layer_norm.", "vocab_projector."},

	fixedDropout: true,
}

var electra = func() family {
	f := family{
		modelType: Electra, class: "Electra",
		names: bertNames("electra.", "classifier.dense", "classifier.out_proj"),
		keys:  bertKeys,
		defaults: Spec{
			Vocabulary: 30522, Positions: 512, Types: 2, Embedding: 128, Hidden: 256, Layers: 12, Heads: 4, Intermediate: 1024,
			PositionTable: true, Activation: Gelu, HeadActivation: Gelu, Epsilon: 1e-12,
			Dropout: 0.1, AttentionDropout: 0.1, InitializerRange: 0.02,
		},
		base: []string{"embeddings.", "embeddings_project.", "encoder."},
		leftovers: []string{"electra.embeddings.position_ids", "discriminator_predictions.", "generator_predictions.",
			"generator_lm_head."},

		dropsFirst: true,
	}
	f.names.EmbeddingProjection = "electra.embeddings_project"
	f.keys.embedding = "embedding_size"
	return f
}()

// family returns the family of a Spec, BERT's if it names none that there is: Validate refuses that.
func (s Spec) family() *family {
	if f := familyOf(s.Family); f != nil {
		return f
	}
	return &bert
}

// familyOf returns the family of a model_type, nil if there is none.
func familyOf(modelType string) *family {
	if i := slices.IndexFunc(families, func(f *family) bool { return f.modelType == modelType }); i >= 0 {
		return families[i]
	}
	return nil
}

// familyOfClass returns the family of one of transformers' classes, nil if there is none.
func familyOfClass(class string) *family {
	for _, f := range families {
		rest, ok := strings.CutPrefix(class, f.class)
		for _, kind := range []string{"Model", "For", "PreTrainedModel", "LMHeadModel"} {
			if ok && strings.HasPrefix(rest, kind) {
				return f
			}
		}
	}
	return nil
}

// Families returns the model_type of every family.
func Families() []string {
	list := make([]string, len(families))
	for i, f := range families {
		list[i] = f.modelType
	}
	return list
}

// Names returns the names of the tensors.
func (s Spec) Names() *Names { return &s.family().names }

// OneType reports whether all tokens have the model's only type, whatever types its tokenizer gives them.
func (s Spec) OneType() bool { return s.Types == 0 || s.Types == 1 && s.family().ignoresSingle }

// Leftovers returns what the names of tensors begin with that files of the family may hold and that a classifier does not need.
func (s Spec) Leftovers() []string { return append(slices.Clone(s.family().leftovers), "qa_outputs.") }

// Canonical returns the name in Tensors of a tensor with the given name in a file: the tensors of the family's Model lack the prefix
// of its encoder, and old files call the parameters of a layer-norm gamma and beta.
func (s Spec) Canonical(name string) string {
	f := s.family()
	if slices.ContainsFunc(f.base, func(part string) bool { return strings.HasPrefix(name, part) }) {
		name = f.names.Base + name
	}
	if rest, ok := strings.CutSuffix(name, "LayerNorm.gamma"); ok {
		return rest + "LayerNorm.weight"
	}
	if rest, ok := strings.CutSuffix(name, "LayerNorm.beta"); ok {
		return rest + "LayerNorm.bias"
	}
	return name
}
