package metric

import "testing"

func TestScoresAreNamedByTheirSets(t *testing.T) {
	same := Set{"same", "id", "test"}
	hans, plain, sick := Set{"hans", "ood", "test"}, Set{"plain", "ood", "validation"}, Set{"sick", "ood", "test"}
	for _, c := range []struct {
		sets        []Set
		name, brief string
	}{
		{nil, "", ""},
		{[]Set{same}, "same (ID test)", "ID test"},
		{[]Set{hans, sick}, "mean of hans and sick (OOD test)", "OOD test, mean of 2"},
		{[]Set{plain, sick}, "mean of plain (OOD validation) and sick (OOD test)", "OOD validation + test, mean of 2"},
		{
			[]Set{same, hans, sick}, "mean of same (ID test), hans (OOD test) and sick (OOD test)",
			"ID + OOD test, mean of 3",
		},
	} {
		if got := NameSets(c.sets); got != c.name {
			t.Errorf("%v: %q, want %q", c.sets, got, c.name)
		}
		if got := NameSetsBriefly(c.sets); got != c.brief {
			t.Errorf("%v: %q, want %q", c.sets, got, c.brief)
		}
	}
}
