package view

import "testing"

// IDs that differ at the end stay apart in few cells.
func TestNamesAreCutInTheMiddle(t *testing.T) {
	for _, c := range []struct {
		name string
		w    int
		want string
	}{
		{"demo-ftft", 9, "demo-ftft"},
		{"snli-0399-reference", 16, "snl…99-reference"},
		{"snli-0399-reference", 2, "s…"},
	} {
		if got := Shorten(c.name, c.w); got != c.want || Width(got) > c.w {
			t.Errorf("%s in %d cells: %q, want %q", c.name, c.w, got, c.want)
		}
	}
}
