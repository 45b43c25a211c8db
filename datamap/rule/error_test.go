package rule

import (
	"errors"
	"strings"
	"testing"
)

// A bar marks the position of the error in the text.
func TestErrorsHaveAPosition(t *testing.T) {
	table, _, _ := random(20)
	for _, c := range []struct{ text, message string }{
		{"variability > 0.2 && ¦confidnce < 0.7", "no column `confidnce`; did you mean confidence? " +
			"available: aum, category, confidence, correctness, guid, label, length, predicted, text, variability"},
		{"label == ¦neutral", "no column `neutral` (put text in quotes: \"neutral\"); available:"},
		{"¦Confidence > 0", "did you mean confidence?"},
		{"¦", "the rule is empty"},
		{"¦ \n", "the rule is empty"},
		{"confidence <¦", "the rule is incomplete"},
		{"(confidence < 1¦", "the rule is incomplete"},
		{"label ¦= \"neutral\"", "use == to compare"},
		{"confidence < 1 ¦) && true", "`)` is not expected here"},
		{"confidence ¦& 1", "`&` is not expected here"},
		{"confidence < 1 ¦confidence", "`confidence` is not expected here"},
		{"label == \"neutral¦", "not terminated"},
		{"label == \"¦\xff\"", "not UTF-8"},
		{"label == \"é\" && label ¦< 3", "`<` cannot compare text with a number"},
		{"confidence ¦== label", "`==` cannot compare a number with text"},
		{"text == \"\" ¦== 1", "cannot compare a condition with a number"},
		{"(text == \"\") ¦< true", "`<` compares numbers or texts, not conditions"},
		{"confidence ¦+ 1", "a rule must be a condition, such as confidence < 0.5, not a number"},
		{"¦label", "not text"},
		{"¦confidence && label == \"\"", "`&&` needs conditions, not a number"},
		{"true or ¦label", "`or` needs conditions, not text"},
		{"¦not guid startsWith \"dev\"", "`not` needs a condition, not text; it binds tightly"},
		{"¦-label == \"\"", "`-` needs a number, not text"},
		{"label ¦- 1 == \"\"", "`-` needs two numbers, not text and a number"},
		{"confidence ¦contains \"a\"", "`contains` needs two texts, not a number and text"},
		{"text ¦matches 3", "`matches` needs two texts, not text and a number"},
		{"text matches ¦label", "must be a constant, not a column"},
		{"text matches ¦\"(\"", "missing closing )"},
		{"text matches \"a\" || text matches ¦\"[ab]{400}c{400}\"", "the limit is 500"},
		{"label ¦in \"neutral\"", "`in` needs a list"},
		{"label in [\"a\", ¦1]", "`in` cannot compare text with a number"},
		{"label in [\"a\", ¦predicted]", "a list may contain only constants, not columns"},
		{"true ¦in [true]", "`in` needs a number or text"},
		{"¦[1] == [1]", "a list is allowed only after `in`"},
		{"rank(confidence ¦+ 1) < 2", "`rank` needs the name of a column of numbers here"},
		{"rank(¦label) < 2", "`rank` needs the name of a column of numbers here"},
		{"rank(¦3) < 2", "`rank` needs the name of a column of numbers here"},
		{"¦rank() < 2", "`rank` needs 1 argument, not 0"},
		{"¦quantile(confidence) < 2", "`quantile` needs 2 arguments, not 1"},
		{"quantile(confidence, ¦1.5) < 2", "`quantile` needs a constant from 0 to 1 here"},
		{"quantile(confidence, ¦-0.1) < 2", "`quantile` needs a constant from 0 to 1 here"},
		{"quantile(confidence, ¦aum) < 2", "`quantile` needs a constant from 0 to 1 here"},
		{"quantile(confidence, 0 ¦/ 0) < 2", "`quantile` needs a constant from 0 to 1 here"},
		{"quantile(¦0.67, confidence) < 2", "`quantile` needs the name of a column of numbers here"},
		{"len(¦confidence) < 2", "`len` needs text here"},
		{"abs(¦text) < 2", "`abs` needs a number here"},
		{"string(¦true) == \"\"", "`string` needs a number or text here"},
		{"¦quantil(confidence, 1) < 2", "no function `quantil`; did you mean quantile? available: quantile, rank,"},
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

func TestErrorMarksThePosition(t *testing.T) {
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

// Every part of expr that could loop, grow, store values or reach beyond the columns is refused.
func TestRulesAreOnlyFilters(t *testing.T) {
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
		"confidence in 1..1000000000":                             "`in` needs a list",
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
		"$env.guid == text":                                       "access by `.` or `[ ]` is not part of a rule",
		"$env[\"guid\"] == text":                                  "access by `.` or `[ ]` is not part of a rule",
		"$env?.guid == text":                                      "access by `.` or `[ ]` is not part of a rule",
		"text.foo() == text":                                      "call a function by its name alone",
		"text[0] == text":                                         "access by `.` or `[ ]` is not part of a rule",
		"text[0:1] == text":                                       "access by `.` or `[ ]` is not part of a rule",
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
		"label == \"" + strings.Repeat("a", 4096) + "\"":          "the rule has 4107 bytes; the limit is 4096",
		"text matches \"(a{30}){30}\"":                            "the limit is 500",
		"text matches \"((a{10}){10}){11}\"":                      "invalid repeat count",
		"text matches \"" + strings.Repeat("a{1000}", 500) + "\"": "the limit is 500",
	} {
		_, err := Compile(text, table)
		if e := (*Error)(nil); !errors.As(err, &e) || !strings.Contains(e.Message, message) {
			t.Errorf("%s: %v", text[:min(60, len(text))], err)
		}
	}
}

// Who types a right rule sees no error on the way, only that it is unfinished. A wrong one is wrong at once.
func TestErrorsWaitForTheEndOfTheWord(t *testing.T) {
	table, _, _ := random(20)
	for _, text := range []string{
		`variability > 0.2 && confidence < 0.7`, `label == "neutral" or not (confidence >= 0.5)`,
		`label in ["neutral", 'a'] && rank(confidence) < 10`,
		`confidence + variability * 2 <= quantile(confidence, 0.67)`,
		`true && confidence + variability > 1`, `text contains "dog" and len(text) < 100`,
		`text matches "^a|b"`, `abs(confidence - 0.5) < 0.1`, `label != "x" || variability == 0`,
	} {
		for end := 1; end <= len(text); end++ {
			_, err := Compile(text[:end], table)
			if e := (*Error)(nil); err != nil && (!errors.As(err, &e) || !e.Unfinished()) {
				t.Errorf("%s: an error that does not wait: %v", text[:end], err)
			}
		}
	}
	for _, text := range []string{"confidense < 0.7", "label < 3", `label == neutral && true`, "true)", "confidence in 3 "} {
		_, err := Compile(text, table)
		if e := (*Error)(nil); !errors.As(err, &e) || e.Unfinished() {
			t.Errorf("%s: an error that waits: %v", text, err)
		}
	}
}
