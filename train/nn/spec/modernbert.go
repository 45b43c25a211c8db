package spec

import (
	"maps"
	"math"
	"slices"
	"strings"

	"ftft/internal/fault"
)

// ModernBert is a family of Warner et al., 2024.
const ModernBert = "modernbert"

var modernBert = family{
	modelType: ModernBert, class: "ModernBert",
	names: Names{
		Base:           "model.",
		WordEmbeddings: "model.embeddings.tok_embeddings.weight",
		EmbeddingNorm:  "model.embeddings.norm",
		LayerPrefix:    "model.layers.",
		QKV:            "attn.Wqkv",
		AttentionOut:   "attn.Wo",
		AttentionNorm:  "attn_norm",
		FeedForwardIn:  "mlp.Wi",
		FeedForward:    "mlp.Wo",
		OutputNorm:     "mlp_norm",
		FinalNorm:      "model.final_norm",
		HeadDense:      "head.dense",
		HeadNorm:       "head.norm",
		Classifier:     "classifier",
	},
	keys: keys{
		vocabulary: "vocab_size", positions: "max_position_embeddings", hidden: "hidden_size", layers: "num_hidden_layers",
		heads: "num_attention_heads", intermediate: "intermediate_size", activation: "hidden_activation", epsilon: "norm_eps",
		dropout: "embedding_dropout", attentionDropout: "attention_dropout", classifierDropout: "classifier_dropout",
		initializerRange: "initializer_range", pad: "pad_token_id",
	},
	defaults: Spec{
		Vocabulary: 50368, Positions: 8192, Hidden: 768, Layers: 22, Heads: 12, Intermediate: 1152,
		PreNorm: true, Gated: true, Window: 128, Activation: Gelu, HeadActivation: Gelu, HeadNorm: true, Epsilon: 1e-5,
		Unbiased: Unbiased{Attention: true, FeedForward: true, Norms: true, Head: true}, InitializerRange: 0.02, Pad: 50283,
	},
	base:      []string{"embeddings.", "layers.", "final_norm."},
	leftovers: []string{"decoder."},
	own:       modernBertKeys,

	fixedDropout: true,
}

// The kinds of layers in layer_types.
const (
	fullAttention  = "full_attention"
	localAttention = "sliding_attention"
)

// Values that transformers gives absent keys.
const (
	defaultTheta       = 160_000.0
	defaultLocalTheta  = 10_000.0
	defaultGlobalEvery = 3
	defaultToken       = 50282 // the highest ID of a special token
)

// turns is the value of a kind of layer in rope_parameters.
type turns struct {
	Theta   *float64 `json:"rope_theta,omitempty"`
	Type    string   `json:"rope_type,omitempty"`
	Partial *float64 `json:"partial_rotary_factor,omitempty"`
}

// modernBertKeys binds the keys of ModernBERT's own. transformers 4 has keys global_rope_theta, local_rope_theta and
// global_attn_every_n_layers for what transformers 5 has in rope_parameters and layer_types. Both are written.
func modernBertKeys(s *Spec) (list []setting, complete func(refuse refuse) (fault.Problem, bool)) {
	var (
		attentionBias, mlpBias = !s.Unbiased.Attention, !s.Unbiased.FeedForward
		normBias, headBias     = !s.Unbiased.Norms, !s.Unbiased.Head
		pooling                = "cls"
		kinds                  []string
		every                  *int
		theta, localTheta      *float64
		rope                   map[string]*turns
		scaling                map[string]any
		none                   *int
	)
	if s.MeanPooling {
		pooling = "mean"
	}
	if s.Theta > 0 { // a Spec to write, not the defaults
		theta, localTheta = &s.Theta, &s.LocalTheta
		rope = map[string]*turns{fullAttention: {&s.Theta, "default", nil}, localAttention: {&s.LocalTheta, "default", nil}}
		for i := range s.Layers {
			kinds = append(kinds, kindOf(s.Reach(i) >= 0))
		}
		every = period(kinds)
	}
	list = []setting{
		{"attention_bias", &attentionBias}, {"mlp_bias", &mlpBias}, {"norm_bias", &normBias}, {"classifier_bias", &headBias},
		{"mlp_dropout", &s.InnerDropout}, {"classifier_activation", &s.HeadActivation}, {"classifier_pooling", &pooling},
		{"local_attention", &s.Window}, {"layer_types", &kinds}, {"rope_parameters", &rope},
		{"global_rope_theta", &theta}, {"local_rope_theta", &localTheta},
	}
	if every != nil || s.Theta == 0 {
		list = append(list, setting{"global_attn_every_n_layers", &every})
	}
	if s.Theta == 0 {
		list = append(list, setting{"rope_scaling", &scaling})
	} else if s.Vocabulary <= defaultToken { // else transformers finds the default tokens outside of the vocabulary
		list = append(list, setting{"bos_token_id", &none}, setting{"eos_token_id", &none}, setting{"cls_token_id", &none},
			setting{"sep_token_id", &none})
	}
	return list, func(refuse refuse) (fault.Problem, bool) {
		s.Unbiased = Unbiased{Attention: !attentionBias, FeedForward: !mlpBias, Norms: !normBias, Head: !headBias}
		s.HeadActivation = standard(s.HeadActivation)
		switch pooling {
		case "cls":
		case "mean":
			s.MeanPooling = true
		default:
			return refuse("classifier_pooling", "%.80q is not supported; supported: cls, mean", pooling)
		}
		if len(scaling) > 0 {
			return refuse("rope_scaling", "scaled rotary positions are not supported; supported: null")
		}
		if p, bad := readTurns(s, rope, theta, localTheta, refuse); bad {
			return p, true
		}
		return readKinds(s, kinds, every, refuse)
	}
}

// readTurns sets the bases of the angles. Those of rope_parameters count before the older keys.
func readTurns(s *Spec, rope map[string]*turns, theta, localTheta *float64, refuse refuse) (fault.Problem, bool) {
	s.Theta, s.LocalTheta = defaultTheta, defaultLocalTheta
	if theta != nil {
		s.Theta = *theta
	}
	if localTheta != nil {
		s.LocalTheta = *localTheta
	} else if p, _ := refuse("local_rope_theta", ""); p.Line > 0 { // null
		s.LocalTheta = s.Theta
	}
	for _, kind := range slices.Sorted(maps.Keys(rope)) {
		t := rope[kind]
		switch {
		case kind != fullAttention && kind != localAttention:
			return refuse("rope_parameters", "%.80q is not supported; supported: %s and %s", kind, fullAttention, localAttention)
		case t == nil:
		case t.Partial != nil && *t.Partial != 1:
			return refuse("rope_parameters", "a partial_rotary_factor of %g is not supported; supported: 1", *t.Partial)
		case t.Type != "" && t.Type != "default":
			return refuse("rope_parameters", "rotary positions of the type %.80q are not supported; supported: default", t.Type)
		case t.Theta != nil && kind == fullAttention:
			s.Theta = *t.Theta
		case t.Theta != nil:
			s.LocalTheta = *t.Theta
		}
	}
	return fault.Problem{}, false
}

// readKinds sets which layers are local. layer_types counts before the older key.
func readKinds(s *Spec, kinds []string, every *int, refuse refuse) (fault.Problem, bool) {
	if kinds != nil {
		if len(kinds) != s.Layers {
			return refuse("layer_types", "there are %d, but num_hidden_layers is %d", len(kinds), s.Layers)
		}
		for _, kind := range kinds {
			if kind != fullAttention && kind != localAttention {
				return refuse("layer_types", "%.80q is not supported; supported: %s, %s", kind, fullAttention, localAttention)
			}
			s.Local = append(s.Local, kind == localAttention)
		}
		return fault.Problem{}, false
	}
	n := defaultGlobalEvery
	if every != nil {
		n = *every
	}
	if n < 1 {
		return refuse("global_attn_every_n_layers", "%d is out of range; use 1 or more", n)
	}
	for i := range min(s.Layers, MaxLayers) {
		s.Local = append(s.Local, i%n != 0)
	}
	return fault.Problem{}, false
}

func kindOf(local bool) string {
	if local {
		return localAttention
	}
	return fullAttention
}

// period returns the n for which every n-th layer attends to all tokens, beginning with the first, and no other; nil if there is
// none.
func period(kinds []string) *int {
	n := 1 + slices.Index(kinds[min(1, len(kinds)):], fullAttention)
	if n == 0 {
		n = max(1, len(kinds))
	}
	for i, kind := range kinds {
		if kind != kindOf(i%n != 0) {
			return nil
		}
	}
	return &n
}

// Deviation returns the standard deviation of new values of a weight or a table in a model with PreNorm: less where the result is
// added to the hidden states of all layers (Radford et al., 2019).
func (s Spec) Deviation(t Tensor) float64 {
	n := s.Names()
	switch name := strings.TrimSuffix(t.Name, ".weight"); {
	case name == n.Classifier:
		return 1 / math.Sqrt(float64(s.Hidden))
	case name == n.HeadDense, strings.HasSuffix(name, n.AttentionOut), strings.HasSuffix(name, n.FeedForward):
		return s.InitializerRange / math.Sqrt(2*float64(s.Layers))
	}
	return s.InitializerRange
}
