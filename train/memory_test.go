package train

import (
	"strings"
	"testing"

	"ftft/internal/input"
	"ftft/train/nn"
	"ftft/train/nn/spec"
)

// The largest model that must fit into 24 GB: the sizes of DeBERTa-v3-large, on batches of 32 texts of 256 tokens.
func TestMemoryOfALargeModel(t *testing.T) {
	s := spec.Scratch(24, 1024, 16, 4096, 128100, 512, []string{"a", "b", "c"})
	sizing, err := NewSizing(s, true)
	if err != nil {
		t.Fatal(err)
	}
	need := func(size int, frozen bool) float64 {
		return float64(sizing.Memory(nn.Capacity{Sequences: size, Tokens: 256 * size, Longest: 256}, frozen).Total()) / 1e9
	}
	whole, part, least := need(32, false), need(4, false), need(4, true)
	if !(whole > part+5 && part > least+2 && part < 24) {
		t.Errorf("%.1f GB, %.1f with a micro batch, %.1f with frozen embeddings as well", whole, part, least)
	}
	frozen := 24 * float64(s.Tables()) / 1e9
	if saved := part - least; saved < 0.99*frozen || saved > 1.01*frozen {
		t.Errorf("frozen embeddings save %.2f GB, want %.2f", saved, frozen)
	}
	if sizing, err = NewSizing(s, false); err != nil {
		t.Fatal(err)
	}
	m := sizing.Memory(nn.Capacity{Sequences: 32, Tokens: 256 * 32, Longest: 256}, false)
	if total := float64(m.Total()) / 1e9; total > 4 || m.Gradients+m.Moments+m.Checkpoints > 0 {
		t.Errorf("prediction: %+v", m)
	}
}

func TestRefusalNamesWhatFits(t *testing.T) {
	s := spec.Scratch(4, 64, 4, 256, 60000, 64, []string{"a", "b"})
	capacity := func(size int) nn.Capacity { return nn.Capacity{Sequences: size, Tokens: 64 * size, Longest: 64} }
	sizing, err := NewSizing(s, true)
	if err != nil {
		t.Fatal(err)
	}
	need := func(size int, frozen bool) int64 { return sizing.Memory(capacity(size), frozen).Total() }
	const page = 4096
	for _, test := range []struct {
		available int64
		frozen    bool
		want      string
	}{
		{need(32, false), false, ""},
		{need(32, false) - page, false, "with micro_batch = 16 it takes "},
		{need(8, false), false, "with micro_batch = 8 it takes "},
		{need(1, false) - page, false, "with freeze_embeddings = true it takes "},
		{100 << 20, false, "that is the model alone with frozen embeddings, without a batch: use a smaller model"},
		{need(2, true), false, "with micro_batch = 2 and freeze_embeddings = true it takes "},
		{need(2, true), true, "with micro_batch = 2 it takes "},
		{need(1, true) - page, false, "even with micro_batch = 1 and freeze_embeddings = true it takes "},
		{need(1, true) - page, true, "even with micro_batch = 1 it takes "},
	} {
		restore := input.SetBudget((test.available + 1) / 2)
		err := checkMemory(s, 32, test.frozen, capacity)
		restore()
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), "available: "+test.want)) {
			t.Errorf("%d bytes, frozen %v: %v, want %q", test.available, test.frozen, err, test.want)
		}
	}
}
