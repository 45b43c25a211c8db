package scalar

import (
	"math/big"
	"strings"
	"testing"
)

func TestWholeNumbersAreOneID(t *testing.T) {
	for want, forms := range map[string][]string{
		"7":                          {"7", "7.0", "7.", "7.000", "7.0e+00", "7.000000000000000000e+00", "70.0e-1", "0.7e+1"},
		"-1":                         {"-1", "-1.0", "-1.0e0"},
		"0":                          {"0", "0.0", "-0.0", "0.0e+05"},
		"10000000000000000":          {"1e+16", "1.0e16", "10000000000000000.0"},
		"12345678901234567890123456": {"12345678901234567890123456", "12345678901234567890123456.0"},
		"true":                       {"true"},
	} {
		for _, form := range forms {
			if got := ID(form); got != want {
				t.Errorf("%s is the ID %s, want %s", form, got, want)
			}
		}
	}
	for _, text := range []string{
		"", "007", "007.0", "+7", "1.10", "7.5", "1e3", "5e12", "1.0e400", "1.5e0", "v1.0", "1.0.0", "a+b", ".", "-", "-.0", "1.0e", "1.0e+",
		"1e+x",
		" 7.0", "7.0 ", "True", "1.0e30",
	} {
		if got := ID(text); got != text {
			t.Errorf("%q is the ID %q; it should stay as it is", text, got)
		}
	}
}

func TestNumbersOfJSONMayHaveAnExponentAlone(t *testing.T) {
	for text, want := range map[string]string{"1e3": "1000", "2E1": "20", "700e-2": "7", "1.5": "1.5", "1e-3": "1e-3", "-0": "-0"} {
		if got, err := (Value{Number, text}).ID(); err != nil || got != want {
			t.Errorf("%s is the ID %s, %v; want %s", text, got, err, want)
		}
	}
}

func TestBooleansAreClasses(t *testing.T) {
	for text, want := range map[string]string{"True": "true", "FALSE": "false", "true": "true", "1": "1", "1.0": "1", "tRUE": "tRUE"} {
		if got := Class(text); got != want {
			t.Errorf("%s is the class %s, want %s", text, got, want)
		}
	}
}

func TestLabelsAreFoundInEachForm(t *testing.T) {
	for _, c := range []struct {
		value  Value
		labels []string
		want   int
	}{
		{OfText("1.0"), []string{"0", "1"}, 1},
		{OfText("1.0"), []string{"1", "1.0"}, 1},
		{Value{Number, "1"}, []string{"0.0", "1.0"}, 1},
		{Value{Boolean, "true"}, []string{"False", "True"}, 1},
		{OfText("FALSE"), []string{"False", "True"}, 0},
		{Value{Number, "1"}, []string{"false", "true"}, -1},
		{Value{List, `["a"]`}, []string{"a"}, -1},
		{OfText(""), []string{"a", ""}, 1},
		{Value{}, []string{"a"}, -1},
	} {
		if got := c.value.Index(c.labels); got != c.want {
			t.Errorf("%v is label %d of %q, want %d", c.value, got, c.labels, c.want)
		}
	}
}

func TestValuesThatAreNoScalarsAreNamed(t *testing.T) {
	for _, c := range []struct {
		value           Value
		id, class, text string
	}{
		{Value{Kind: Null}, "is null", "is null", "is null"},
		{OfText(""), "is empty", "is empty", ""},
		{Value{NotFinite, "NaN"}, "is NaN; an ID is a text or a number", "is NaN; a label is", "is NaN"},
		{Value{List, `["a"]`}, `is a list (["a"]); an ID`, `is a list (["a"])`, `is a list (["a"])`},
		{Value{Object, `{}`}, "is an object ({})", "is an object ({})", "is an object ({})"},
		{Value{Bytes, "\xff"}, "is bytes that are no text", "is bytes", "is bytes"},
		{Value{Boolean, "true"}, "", "", ""},
		{Value{Number, "7.50"}, "", "", ""},
		{Value{List, strings.Repeat("é", 40)}, "is a list (" + strings.Repeat("é", 30) + "…)", "is a list", "is a list"},
	} {
		for name, check := range map[string]struct {
			want string
			get  func() (string, error)
		}{"ID": {c.id, c.value.ID}, "Class": {c.class, c.value.Class}, "AsText": {c.text, c.value.AsText}} {
			_, err := check.get()
			if (err != nil) != (check.want != "") || err != nil && !strings.HasPrefix(err.Error(), check.want) {
				t.Errorf("%s of %v: %v, want %q", name, c.value, err, check.want)
			}
		}
	}
}

func TestUnlabelledValues(t *testing.T) {
	for _, v := range []Value{
		{}, {NotFinite, "NaN"}, OfText(""), OfText(" "), OfText("-"), OfText("-1"), OfText("-1.0"), {Number, "-1"}, {Number, "-1.0"},
		OfText("nan"), OfText("NaN"),
	} {
		if !v.Unlabelled() {
			t.Errorf("%v is a label", v)
		}
	}
	for _, v := range []Value{OfText("0"), {Number, "-2"}, {Boolean, "false"}, OfText("--"), OfText("none"), {List, "[]"}} {
		if v.Unlabelled() {
			t.Errorf("%v is no label", v)
		}
	}
}

// FuzzID checks that a form is stable and equal in value to the text.
func FuzzID(f *testing.F) {
	for _, text := range []string{"7.0", "1.0e+05", "-0.0", "10.50e1", "1.0e-1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id := ID(text)
		if again := ID(id); again != id {
			t.Fatalf("%q -> %q -> %q", text, id, again)
		}
		if id == text || len(text) > 100 {
			return
		}
		want, ok := new(big.Rat).SetString(strings.TrimSuffix(text, "."))
		got, whole := new(big.Int).SetString(id, 10)
		if !whole || ok && want.Cmp(new(big.Rat).SetInt(got)) != 0 {
			t.Fatalf("%q became %q", text, id)
		}
	})
}
