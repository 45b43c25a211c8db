package spec

import (
	"encoding/json"
	"slices"
	"strings"

	"ftft/internal/fault"
)

var debertaV2 = func() family {
	f := family{
		modelType: DebertaV2, class: "DebertaV2",
		names: bertNames("deberta.", "pooler.dense", "classifier"),
		keys:  bertKeys,
		defaults: Spec{
			Vocabulary: 128100, Positions: 512, Types: 0, Hidden: 1536, Layers: 24, Heads: 24, Intermediate: 6144,
			PositionTable: true, Activation: Gelu, HeadActivation: Gelu, Epsilon: 1e-7,
			Dropout: 0.1, AttentionDropout: 0.1, InitializerRange: 0.02,
		},
		own:  debertaSettings,
		base: []string{"embeddings.", "encoder."},
		leftovers: []string{"deberta.embeddings.position_ids", "deberta.embeddings.position_embeddings.", "cls.predictions.", "lm_predictions.",
			"mask_predictions."},

		mayLackTypes: true,
	}
	f.keys.classifierDropout, f.keys.positionType = "cls_dropout", ""
	f.names.Query, f.names.Key, f.names.Value = "attention.self.query_proj", "attention.self.key_proj", "attention.self.value_proj"
	f.names.RelativeTable, f.names.RelativeNorm = "deberta.encoder.rel_embeddings.weight", "deberta.encoder.LayerNorm"
	return f
}()

// debertaSettings are the keys of DeBERTa alone; see family.own.
func debertaSettings(s *Spec) ([]setting, func(refuse refuse) (fault.Problem, bool)) {
	r := s.Relative
	c := &debertaConfig{
		Relative: r.Kind == Disentangled, Buckets: r.Buckets, Span: r.Span, Norm: "none", SharedKeys: r.Kind == Disentangled,
		Kinds: r.terms(),
	}
	if c.Buckets == 0 {
		c.Buckets = -1
	}
	if c.Span == 0 {
		c.Span = -1
	}
	if r.Norm {
		c.Norm = "layer_norm"
	}
	list := []setting{
		{"relative_attention", &c.Relative}, {"position_buckets", &c.Buckets}, {"max_relative_positions", &c.Span},
		{"norm_rel_ebd", &c.Norm}, {"share_att_key", &c.SharedKeys}, {"pos_att_type", &c.Kinds},
		{"position_biased_input", &s.PositionTable},
		{"pooler_dropout", &s.HeadDropout}, {"pooler_hidden_act", &s.HeadActivation},
		{"pooler_hidden_size", &c.pooler}, {"embedding_size", &c.embedding}, {"attention_head_size", &c.head},
		{"conv_kernel_size", &c.convolution},
	}
	return list, func(refuse refuse) (fault.Problem, bool) { return c.complete(s, refuse) }
}

// debertaConfig holds the values of DeBERTa's own keys.
type debertaConfig struct {
	Relative   bool
	Buckets    int // none if it is not positive
	Span       int // that of the positions if it is not positive
	Norm       string
	SharedKeys bool
	Kinds      relativeKinds

	// Values that package nn computes with only if they are what they are without the key.
	pooler, embedding, head, convolution *int
}

// complete sets what the keys say in s. It returns the first value that package nn cannot compute with.
func (c *debertaConfig) complete(s *Spec, refuse refuse) (problem fault.Problem, refused bool) {
	width := 0
	if s.Heads > 0 {
		width = s.Hidden / s.Heads
	}
	for _, size := range []struct {
		key   string
		value *int
		want  int
		what  string
	}{
		{"pooler_hidden_size", c.pooler, s.Hidden, "hidden_size"},
		{"embedding_size", c.embedding, s.Hidden, "hidden_size"},
		{"attention_head_size", c.head, width, "hidden_size/num_attention_heads"},
	} {
		if size.value != nil && *size.value != size.want {
			return refuse(size.key, "%d is not supported; supported: %s, %d", *size.value, size.what, size.want)
		}
	}
	if c.convolution != nil && *c.convolution > 0 {
		return refuse("conv_kernel_size", "%d is not supported: the model has a convolution; supported: 0", *c.convolution)
	}
	switch s.HeadActivation {
	case Gelu, GeluTanh, Relu, Tanh:
	case "gelu_pytorch_tanh", "gelu_fast":
		s.HeadActivation = GeluTanh
	default:
		return refuse("pooler_hidden_act", "%.80q is not supported; supported: gelu, gelu_new, gelu_pytorch_tanh, relu, tanh",
			s.HeadActivation)
	}
	if !(s.HeadDropout >= 0 && s.HeadDropout < 1) {
		return refuse("pooler_dropout", "%g is out of range; use 0 or more, less than 1", s.HeadDropout)
	}
	return c.relative(s, refuse)
}

// relative sets s.Relative.
func (c *debertaConfig) relative(s *Spec, refuse refuse) (problem fault.Problem, refused bool) {
	s.Relative = Relative{}
	query, key := slices.Contains(c.Kinds.list, "c2p"), slices.Contains(c.Kinds.list, "p2c")
	switch {
	case c.Kinds.wrong:
		return refuse("pos_att_type", "it is neither a list of texts nor a text")
	case !c.Relative && (query || key):
		return refuse("relative_attention", "false is not supported with the pos_att_type %s; supported: true",
			fault.Names(c.Kinds.list))
	case !c.Relative:
		return problem, false
	case !query && !key:
		return refuse("pos_att_type", "neither c2p nor p2c is in it; relative attention needs one of them")
	case !c.SharedKeys:
		return refuse("share_att_key", "false is not supported; supported: true")
	}
	r := Relative{Kind: Disentangled, Buckets: max(c.Buckets, 0), Span: c.Span, ContentToPosition: query, PositionToContent: key}
	if r.Span < 1 {
		r.Span = s.Positions
	}
	const most = MaxRows / 2
	switch {
	case r.Buckets == 1 || r.Buckets > most:
		return refuse("position_buckets", "%d is out of range; use 2 to %d, or -1", r.Buckets, most)
	case r.Span > most:
		return refuse("max_relative_positions", "%d is out of range; use 1 to %d, or -1", r.Span, most)
	case r.Buckets > 0 && r.Span < r.Buckets/2+2:
		return refuse("max_relative_positions", "%d is too small for %d buckets; use %d or more", r.Span, r.Buckets, r.Buckets/2+2)
	}
	for _, part := range strings.Split(strings.ToLower(c.Norm), "|") {
		r.Norm = r.Norm || strings.TrimSpace(part) == "layer_norm"
	}
	s.Relative = r
	return problem, false
}

// terms returns the value of pos_att_type.
func (r Relative) terms() (terms relativeKinds) {
	if r.ContentToPosition {
		terms.list = append(terms.list, "c2p")
	}
	if r.PositionToContent {
		terms.list = append(terms.list, "p2c")
	}
	return terms
}

// relativeKinds is the value of pos_att_type: a list, or a text with separators.
type relativeKinds struct {
	list  []string
	wrong bool // whether the value is neither
}

func (k *relativeKinds) UnmarshalJSON(text []byte) error {
	*k = relativeKinds{}
	var joined string
	if json.Unmarshal(text, &k.list) == nil {
		return nil
	}
	if json.Unmarshal(text, &joined) != nil {
		k.wrong = true
		return nil
	}
	k.list = nil
	for part := range strings.SplitSeq(strings.ToLower(joined), "|") {
		k.list = append(k.list, strings.TrimSpace(part))
	}
	return nil
}

func (k relativeKinds) MarshalJSON() ([]byte, error) { return json.Marshal(k.list) }
