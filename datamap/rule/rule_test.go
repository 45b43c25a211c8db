package rule

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// tableOf returns a table of the given columns.
func tableOf(guids []string, numbers map[string][]float64, texts map[string][]string) Table {
	names := slices.AppendSeq(slices.Collect(maps.Keys(numbers)), maps.Keys(texts))
	slices.Sort(names)
	return Table{GUIDs: guids, Names: names, Column: func(name string) (Column, error) {
		return Column{Numbers: numbers[name], Texts: texts[name]}, nil
	}}
}

// random returns a table of n examples. Some lack aum, and many have the same correctness.
func random(n int) (Table, map[string][]float64, map[string][]string) {
	r := rand.New(rand.NewPCG(uint64(n), 1))
	numbers, texts := map[string][]float64{}, map[string][]string{}
	for i := range n {
		aum := r.NormFloat64()
		if r.IntN(5) == 0 {
			aum = math.NaN()
		}
		for name, x := range map[string]float64{"confidence": r.Float64(), "variability": r.Float64() / 2, "correctness": float64(r.IntN(7)),
			"aum": aum, "length": float64(r.IntN(80))} {
			numbers[name] = append(numbers[name], x)
		}
		labels, sentences := []string{"entailment", "neutral", "contradiction"},
			[]string{"It is not.", "No notes", "Ça va, ÉTÉ", "nothing at all", " no ", ""}
		for name, s := range map[string]string{"label": labels[r.IntN(3)], "predicted": labels[r.IntN(3)], "text": sentences[r.IntN(6)],
			"guid": fmt.Sprintf("%s-%d", []string{"train", "dev"}[r.IntN(2)], i*7919%100_003), "category": []string{"a", "b", "c"}[r.IntN(3)]} {
			texts[name] = append(texts[name], s)
		}
	}
	return tableOf(texts["guid"], numbers, texts), numbers, texts
}

// The documentation's examples agree with Go code, over enough examples for several blocks.
func TestMatchAgreesWithGo(t *testing.T) {
	table, numbers, texts := random(10_000)
	confidence, variability, aum := numbers["confidence"], numbers["variability"], numbers["aum"]
	label, text, category := texts["label"], texts["text"], texts["category"]
	sorted := slices.Sorted(slices.Values(variability))
	order := make([]int, len(confidence))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		if numbers["correctness"][i] != numbers["correctness"][j] {
			return int(numbers["correctness"][i] - numbers["correctness"][j])
		}
		return strings.Compare(texts["guid"][i], texts["guid"][j])
	})
	negation := regexp.MustCompile(`\bnot?\b`)
	for rule, want := range map[string]func(i int) bool{
		`variability > 0.2 && confidence < 0.7 && label == "neutral"`: func(i int) bool {
			return variability[i] > 0.2 && confidence[i] < 0.7 && label[i] == "neutral"
		},
		`variability >= quantile(variability, 0.67)`: func(i int) bool {
			return variability[i] >= sorted[6699]+(0.67*9999-6699)*(sorted[6700]-sorted[6699])
		},
		`rank(correctness) < 500`: func(i int) bool { return slices.Contains(order[:500], i) },
		`text contains "not" and not (guid startsWith "dev")`: func(i int) bool {
			return strings.Contains(text[i], "not") && !strings.HasPrefix(texts["guid"][i], "dev")
		},
		`predicted != label || aum < 0`:    func(i int) bool { return texts["predicted"][i] != label[i] || aum[i] < 0 },
		`length > 40`:                      func(i int) bool { return numbers["length"][i] > 40 },
		`lower(text) matches "\\bnot?\\b"`: func(i int) bool { return negation.MatchString(strings.ToLower(text[i])) },
		`category in ["a", "b"]`:           func(i int) bool { return category[i] != "c" },
		`category not in ["a", "b"]`:       func(i int) bool { return category[i] == "c" },
		`abs(confidence - 0.5) < 0.1`:      func(i int) bool { return math.Abs(confidence[i]-0.5) < 0.1 },
		`0.2 < confidence <= 0.4`:          func(i int) bool { return confidence[i] > 0.2 && confidence[i] <= 0.4 },
		`label == "nobody has this"`:       func(int) bool { return false },
		`correctness in [-1, 3, 1 + 4] // and a comment`: func(i int) bool {
			return numbers["correctness"][i] == 3 || numbers["correctness"][i] == 5
		},
		`correctness % 2 == 1`:                                     func(i int) bool { return int(numbers["correctness"][i])%2 == 1 },
		`string(correctness) == "3" or float("1e1") != 10`:         func(i int) bool { return numbers["correctness"][i] == 3 },
		`int(confidence * 10) == 7 and float(text) == float(text)`: func(int) bool { return false },
		`text | lower() | hasPrefix("no")`: func(i int) bool {
			return strings.HasPrefix(strings.ToLower(text[i]), "no")
		},
		`aum == aum`:     func(i int) bool { return aum[i] == aum[i] },
		`rank(aum) >= 0`: func(i int) bool { return aum[i] == aum[i] },
		`aum != 0`:       func(int) bool { return true },
		`true`:           func(int) bool { return true },
	} {
		compiled, err := Compile(rule, table)
		if err != nil {
			t.Errorf("%s: %v", rule, err)
			continue
		}
		if compiled.String() != rule {
			t.Errorf("%s has become %s", rule, compiled)
		}
		for i, got := range compiled.Match() {
			if got != want(i) {
				t.Errorf("%s: example %d: %v", rule, i, got)
				break
			}
		}
	}
}

func TestTableWithoutExamples(t *testing.T) {
	table := tableOf(nil, map[string][]float64{"aum": {}}, nil)
	rule, err := Compile("rank(aum) < 1 || aum > quantile(aum, 0.5) || std(aum) < max(aum)", table)
	if err != nil || len(rule.Match()) != 0 {
		t.Error(err)
	}
}

func TestColumnsAreFetchedOnceAndOnlyIfUsed(t *testing.T) {
	table, _, _ := random(10)
	calls := map[string]int{}
	column := table.Column
	table.Column = func(name string) (Column, error) { calls[name]++; return column(name) }
	if _, err := Compile(`confidence > 0.5 && rank(confidence) < 3 && quantile(aum, 0.5) > 0 && label == "aum"`, table); err != nil {
		t.Fatal(err)
	}
	if want := map[string]int{"confidence": 1, "aum": 1, "label": 1}; !maps.Equal(calls, want) {
		t.Error(calls)
	}

	cause := errors.New("the source has no logits: aum needs them")
	table.Column = func(string) (Column, error) { return Column{}, cause }
	_, err := Compile(`true || aum < 0`, table)
	if !errors.Is(err, cause) || err.Error() != "column 9: aum: the source has no logits: aum needs them\n  true || aum < 0\n          ^" {
		t.Error(err)
	}
	for _, wrong := range []Column{
		{}, {Numbers: make([]float64, 9)}, {Numbers: make([]float64, 10), Texts: []string{}}, {Texts: make([]string, 11)},
	} {
		table.Column = func(string) (Column, error) { return wrong, nil }
		if _, err := Compile(`aum == aum`, table); err == nil || !strings.Contains(err.Error(), "10 examples need one or the other") {
			t.Error(err)
		}
	}
}

func TestComplete(t *testing.T) {
	names := []string{"confidence", "correctness", "label", "sentence 1", "2nd", "not", "länge"}
	for _, c := range []struct{ text, want string }{
		{"co¦", "confidence correctness"},
		{"label == \"a\" && cor¦nfi < 0.5", "correctness"},
		{"me¦", "mean median"},
		{"l¦", "label länge len lower"},
		{"abs(lä¦", "länge"},
		{"label == \"co¦", ""},
		{`label == "a\"" and 'co¦`, ""},
		{"label == `a\\` && qu¦", "quantile"},
		{"nothing¦", ""},
		{"confidence >¦", "confidence correctness label länge " + strings.Join(functionNames(), " ")},
	} {
		before, after, _ := strings.Cut(c.text, "¦")
		if got := strings.Join(Complete(before+after, len(before), names), " "); got != c.want {
			t.Errorf("%s: %s", c.text, got)
		}
	}
	if Complete("con", 99, names) == nil || Complete("con", -1, names) == nil {
		t.Error("no completions outside of the text")
	}
}
