package configs

import (
	"maps"
	"testing"

	"github.com/BurntSushi/toml"
)

func TestPositions(t *testing.T) {
	text := "\ufeffa = \"\"\"\n[x] # \\\"\"\"\"\"\n# ] = \r\n" + // lines 1-3: a string that looks like a table
		`b.'c d' = [ # 4
  { e = '}', f = [1,
    2] }, # 6
] # 7
when = 1979-05-27 07:32:00 # 8
[[t.u]] # 9
  v = 1
[t.u.w] # 11
"k.l" = {} # 12
[[t.u]] # 13
v = 1
[t.u.w] # 15
v = ''''it''''`
	var tree map[string]any
	if _, err := toml.Decode(text, &tree); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{
		"a": 1, "b": 4, "b.c d": 4, "b.c d[0]": 5, "b.c d[0].e": 5, "b.c d[0].f": 5, "b.c d[0].f[0]": 5, "b.c d[0].f[1]": 6,
		"when": 8, "t.u": 9, "t.u[0]": 9, "t.u[0].v": 10, "t.u[0].w": 11, "t.u[0].w.k.l": 12,
		"t.u[1]": 13, "t.u[1].v": 14, "t.u[1].w": 15, "t.u[1].w.v": 16,
	}
	if got := positions(text); !maps.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
