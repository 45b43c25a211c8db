package rule

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"
	"testing"

	"ftft/internal/limit"
)

// sentences returns a table of n texts of 100 bytes, and of numbers.
func sentences(n int) Table {
	guids, texts, numbers := make([]string, n), make([]string, n), make([]float64, n)
	for i := range n {
		guids[i], numbers[i] = fmt.Sprint(i), float64(i)/3
		texts[i] = fmt.Sprintf("%-100.100s",
			fmt.Sprintf("A man number %d is not playing a Guitar in front of %d people, and they listen to what he plays.", i, i%100))
	}
	return tableOf(guids, map[string][]float64{"x": numbers}, map[string][]string{"text": texts})
}

// large400 is a table as large as MultiNLI.
var large400 = sync.OnceValue(func() Table { return sentences(400_000) })

// Each would take between one and three minutes for 400,000 examples.
func TestCostlyRulesAreRefused(t *testing.T) {
	table := large400()
	for _, c := range []struct {
		text string
		at   string // the part that is too costly begins with this
	}{
		{`text matches "` + strings.Repeat(".?", 150) + `x"`, "matches"},
		{"len(" + strings.Repeat("upper(lower(", 150) + "text" + strings.Repeat(")", 301) + " > 3", "lower("},
		{"len(upper(lower(upper(text" + strings.Repeat(" + text", 400) + ")))) > 3", "upper("},
		{"x > 0 and " + strings.Repeat("len(upper(text + text + text + text)) > 7 or ", 50) + "x > 1", "or "},
	} {
		limit.Check(t, 64<<20, 20, func() {
			_, err := Compile(c.text, table)
			wrong := (*Error)(nil)
			if !errors.As(err, &wrong) || !strings.Contains(wrong.Message, "too costly for 400000 examples: ") || wrong.Unfinished() {
				t.Fatalf("%.40s: %.200v", c.text, err)
			}
			if got := c.text[wrong.At:]; !strings.HasPrefix(got, c.at) {
				t.Errorf("%.40s: the error is at %.20q, expected %q", c.text, got, c.at)
			}
		})
	}
}

func TestUsualRulesAreFarFromTheLimit(t *testing.T) {
	table := large400()
	for text, share := range map[string]float64{
		`x > 0.5 and x < quantile(x, 0.9) or rank(x) > 7`:             0.01,
		`text contains "guitar" and not (text startsWith "A")`:        0.01,
		`lower(text) contains "guitar" or text in ["a", "b"]`:         0.03,
		`text matches "\\bnot?\\b"`:                                   0.05,
		`text matches "(?i)guitar|piano|violin|drums|trumpet|singer"`: 0.3,
		`len(text + text + text) > 10`:                                0.01,
		"len(text" + strings.Repeat(" + text", 490) + ") > 3":         1,
	} {
		root, err := parse(text)
		if err != nil {
			t.Fatal(err)
		}
		c := &compiler{text: text, table: table, columns: map[string]*column{}}
		v, err := c.compile(root)
		if err != nil || v.steps <= 0 || v.steps > share*maxSteps {
			t.Errorf("%.60s: %.3f of the limit, expected at most %.2f; %v", text, v.steps/maxSteps, share, err)
		}
	}
}

func TestLongSumsOfTextsCopyOnce(t *testing.T) {
	table := sentences(1000)
	want := 100 * 400
	text := "len((text + text) + (text + (text" + strings.Repeat(" + text", 396) + `))) == ` + fmt.Sprint(want)
	limit.Check(t, 128<<20, 60, func() { // copying at every + would take 8 GB
		r, err := Compile(text, table)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(r.Match(), false) {
			t.Error("the texts lack a part")
		}
	})
	r, err := Compile(`"<" + lower(text + "A") + (">" + text) == "<" + lower(text) + "a>" + text`, table)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(r.Match(), false) {
		t.Error("the parts are joined in another order")
	}
}

// Each byte keeps alive what the definition of the pattern says.
func TestMachineCountsSteps(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		least, most   int
	}{
		{"b", "aaaa", 5, 15},  // the start alone, at every byte
		{"^b", "aaaa", 5, 15}, // not followed after the start
		{strings.Repeat("a?", 50) + "b", strings.Repeat("a", 100), 5000, 20_000}, // all fifty
		{"aaa$", "aaaa", 8, 40},
		{"a", "baaaaaaaaaaaaa", 2, 8}, // ends at the match
		{"", "aaaa", 1, 3},
	} {
		tree, err := syntax.Parse(c.pattern, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		program, err := syntax.Compile(tree.Simplify())
		if err != nil {
			t.Fatal(err)
		}
		m := machine{program: program, seen: make([]int, len(program.Inst))}
		m.run(c.text)
		if m.steps < c.least || m.steps > c.most {
			t.Errorf("%q on %.10q: %d steps, expected from %d to %d", c.pattern, c.text, m.steps, c.least, c.most)
		}
	}
}
