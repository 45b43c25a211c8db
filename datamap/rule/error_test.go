package rule

import (
	"errors"
	"strings"
	"testing"
)

// A bar in the text is where the error is.
func TestErrors(t *testing.T) {
	table, _, _ := random(20)
	for _, c := range []struct{ text, message string }{
		{"variability > 0.2 && ¦confidnce < 0.7", "no column `confidnce`; did you mean confidence? there are aum, category, confidence, correctness, guid, label, length, predicted, text, variability"},
		{"label == ¦neutral", "no column `neutral` (text stands in quotes: \"neutral\"); there are"},
		{"¦Confidence > 0", "did you mean confidence?"},
		{"¦", "the rule is empty"},
		{"¦ \n", "the rule is empty"},
		{"confidence <¦", "the rule ends too early"},
		{"(confidence < 1¦", "the rule ends too early"},
		{"label ¦= \"neutral\"", "equality is =="},
		{"confidence < 1 ¦) && true", "`)` is not expected here"},
		{"confidence ¦& 1", "`&` is not expected here"},
		{"confidence < 1 ¦confidence", "`confidence` is not expected here"},
		{"label == \"neutral¦", "not terminated"},
		{"label == \"¦\xff\"", "this is no UTF-8"},
		{"label == \"é\" && label ¦< 3", "`<` cannot compare text with a number"},
		{"confidence ¦== label", "`==` cannot compare a number with text"},
		{"text == \"\" ¦== 1", "cannot compare a condition with a number"},
		{"(text == \"\") ¦< true", "`<` compares numbers or texts, not conditions"},
		{"confidence ¦+ 1", "a rule is a condition, such as confidence < 0.5, and this is a number"},
		{"¦label", "and this is text"},
		{"¦confidence && label == \"\"", "`&&` takes conditions, and this is a number"},
		{"true or ¦label", "`or` takes conditions, and this is text"},
		{"¦not guid startsWith \"dev\"", "`not` takes a condition, and this is text; it binds tightly"},
		{"¦-label == \"\"", "`-` takes a number, and this is text"},
		{"label ¦- 1 == \"\"", "`-` takes two numbers, not text and a number"},
		{"confidence ¦contains \"a\"", "`contains` takes two texts, not a number and text"},
		{"text ¦matches 3", "`matches` takes two texts, not text and a number"},
		{"text matches ¦label", "the same of every example"},
		{"text matches ¦\"(\"", "missing closing )"},
		{"text matches \"a\" || text matches ¦\"[ab]{400}c{400}\"", "and 500 is the most in a rule"},
		{"label ¦in \"neutral\"", "after `in` stands a list"},
		{"label in [\"a\", ¦1]", "`in` cannot compare text with a number"},
		{"label in [\"a\", ¦predicted]", "a list holds constants, no columns"},
		{"true ¦in [true]", "`in` looks for a number or text"},
		{"¦[1] == [1]", "a list stands after `in` alone"},
		{"rank(confidence ¦+ 1) < 2", "`rank` takes the name of a column of numbers here"},
		{"rank(¦label) < 2", "`rank` takes the name of a column of numbers here"},
		{"rank(¦3) < 2", "`rank` takes the name of a column of numbers here"},
		{"¦rank() < 2", "`rank` takes another number of arguments: 1, not 0"},
		{"¦quantile(confidence) < 2", "`quantile` takes another number of arguments: 2, not 1"},
		{"quantile(confidence, ¦1.5) < 2", "`quantile` takes a constant from 0 to 1 here"},
		{"quantile(confidence, ¦-0.1) < 2", "`quantile` takes a constant from 0 to 1 here"},
		{"quantile(confidence, ¦aum) < 2", "`quantile` takes a constant from 0 to 1 here"},
		{"quantile(confidence, 0 ¦/ 0) < 2", "`quantile` takes a constant from 0 to 1 here"},
		{"quantile(¦0.67, confidence) < 2", "`quantile` takes the name of a column of numbers here"},
		{"len(¦confidence) < 2", "`len` takes text here"},
		{"abs(¦text) < 2", "`abs` takes a number here"},
		{"string(¦true) == \"\"", "`string` takes a number or text here"},
		{"¦quantil(confidence, 1) < 2", "no function `quantil`; did you mean quantile? there are quantile, rank,"},
	} {
		before, after, _ := strings.Cut(c.text, "¦")
		text := before + after
		_, err := Compile(text, table)
		e := (*Error)(nil)
		if !errors.As(err, &e) || e.Text != text || e.At != len(before) || !strings.Contains(e.Message, c.message) {
			t.Errorf("%s: %+v", c.text, err)
		}
	}
}

func TestErrorShowsThePlace(t *testing.T) {
	for _, c := range []struct {
		e    Error
		want string
	}{
		{Error{Text: "a < b", At: 4, Message: "no b"}, "column 5: no b\n  a < b\n      ^"},
		{Error{Text: "é == \"日本\" < b", At: 17, Message: "no b"}, "column 13: no b\n  é == \"日本\" < b\n                ^"},
		{Error{Text: "a < 1 &&\n\tb < 1\n", At: 10, Message: "no b"}, "line 2, column 2: no b\n   b < 1\n   ^"},
		{Error{Text: "\x1b[31ma\xff", At: 99, Message: "odd"}, "column 8: odd\n   [31ma\uFFFD\n         ^"},
	} {
		if got := c.e.Error(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// Whatever of expr could loop, grow, keep values or reach beyond the columns is refused.
func TestNothingButAFilter(t *testing.T) {
	table, _, _ := random(20)
	for text, message := range map[string]string{
		"any(text, # == \"a\")":                                   "",
		"all([1, 2], {# > 0})":                                    "",
		"filter([1], true) == [1]":                                "no function `filter`",
		"::filter([1], true) == [1]":                              "",
		"count(1..10, # > 0) > 1":                                 "",
		"map(label, 1) == [1]":                                    "no function `map`",
		"reduce([1], 1) == 1":                                     "no function `reduce`",
		"[1] | map(1) == [1]":                                     "no function `map`",
		"sum([1]) > 0":                                            "no function `sum`",
		"confidence in 1..1000000000":                             "after `in` stands a list",
		"len(1..1000000000) > 0":                                  "`..` is not part of a rule",
		"repeat(text, 1000000) == text":                           "no function `repeat`",
		"text | repeat(1000000) == text":                          "no function `repeat`",
		"::repeat(text, 1000000) == text":                         "no function `repeat`",
		"split(text, \"\") == text":                               "no function `split`",
		"now() == now()":                                          "no function `now`",
		"date(text) == text":                                      "no function `date`",
		"fromJSON(text) == text":                                  "no function `fromJSON`",
		"toBase64(text) == text":                                  "no function `toBase64`",
		"get($env, \"guid\") == text":                             "no function `get`",
		"$env == 1":                                               "no column `$env`",
		"$env.guid == text":                                       "taking a part",
		"$env[\"guid\"] == text":                                  "taking a part",
		"$env?.guid == text":                                      "taking a part",
		"text.foo() == text":                                      "a function is called by its name alone",
		"text[0] == text":                                         "taking a part",
		"text[0:1] == text":                                       "taking a part",
		"let a = text + text; a == text":                          "`let` is not part of a rule",
		"true; true":                                              "`;` is not part of a rule",
		"true ? true : false":                                     "`? :` is not part of a rule",
		"if true { true } else { false }":                         "",
		"true && if true { true } else { false }":                 "",
		"(confidence ?? 1) > 0":                                   "`??` is not part of a rule",
		"confidence == nil":                                       "`nil` is not part of a rule",
		"{\"a\": 1} == 1":                                         "`{ }` is not part of a rule",
		"b\"a\" == text":                                          "this is not part of a rule",
		"#":                                                       "",
		strings.Repeat("(", 4000):                                 "",
		strings.Repeat("!", 4000) + "true":                        "more than 1000 parts",
		strings.Repeat("-", 4000) + "1 > 0":                       "more than 1000 parts",
		"confidence in [" + strings.Repeat("1,", 2000) + "1]":     "more than 1000 parts",
		"label == \"" + strings.Repeat("a", 4096) + "\"":          "the rule has 4107 bytes, and 4096 is the most",
		"text matches \"(a{30}){30}\"":                            "is the most in a rule",
		"text matches \"((a{10}){10}){11}\"":                      "invalid repeat count",
		"text matches \"" + strings.Repeat("a{1000}", 500) + "\"": "is the most in a rule",
	} {
		_, err := Compile(text, table)
		if e := (*Error)(nil); !errors.As(err, &e) || !strings.Contains(e.Message, message) {
			t.Errorf("%s: %v", text[:min(60, len(text))], err)
		}
	}
}
