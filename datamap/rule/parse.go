package rule

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
)

// Limits of a rule.
const (
	maxBytes = 4096 // of the text
	maxNodes = 1000 // of the tree: names, constants and operators
)

// parse returns the tree of a rule. Every call in it is an *ast.CallNode, because expr's own functions are disabled.
func parse(text string) (ast.Node, error) {
	if len(text) > maxBytes {
		return nil, &Error{Text: text, At: maxBytes, Message: fmt.Sprintf("the rule has %d bytes; the limit is %d", len(text), maxBytes)}
	}
	if valid := strings.ToValidUTF8(text, ""); len(valid) < len(text) {
		at := 0
		for at < len(valid) && text[at] == valid[at] {
			at++
		}
		return nil, &Error{Text: text, At: at, Message: "not UTF-8"}
	}
	if strings.TrimSpace(text) == "" {
		return nil, &Error{Text: text, Message: "the rule is empty"}
	}
	config := conf.CreateNew()
	for _, option := range []expr.Option{expr.DisableAllBuiltins(), expr.DisableIfOperator(), expr.MaxNodes(maxNodes)} {
		option(config)
	}
	for _, f := range builtin.Builtins {
		config.Functions[f.Name] = f // otherwise the parser would still accept filter, map and the like
	}
	tree, err := parser.ParseWithConfig(text, config)
	if err != nil {
		return nil, unreadable(text, err)
	}
	return tree.Node, nil
}

// unreadable translates an error of the parser.
func unreadable(text string, err error) error {
	e := (*file.Error)(nil)
	if !errors.As(err, &e) {
		return &Error{Text: text, Message: err.Error()}
	}
	from := offset(text, e.From)
	token := text[from:max(from, offset(text, e.To))]
	switch {
	case e.Message == "unexpected token EOF":
		return &Error{Text: text, At: len(text), Message: "the rule is incomplete", open: true}
	case token == "=" && strings.HasPrefix(e.Message, "unexpected token"):
		e.Message = "`=` is not expected here; use == to compare" // a common mistake
	case strings.HasPrefix(e.Message, "unexpected token"):
		e.Message = fmt.Sprintf("`%s` is not expected here", token)
	case strings.Contains(e.Message, "exceeds maximum allowed nodes"):
		e.Message = fmt.Sprintf("the rule has more than %d parts", maxNodes)
	}
	return &Error{Text: text, At: from, Message: e.Message}
}

// offset returns the byte offset of a character, counted from 0.
func offset(text string, character int) int {
	for at := range text {
		if character--; character < 0 {
			return at
		}
	}
	return len(text)
}

// InName reports whether a character can be part of a name.
func InName(r rune) bool {
	return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// words are the reserved words of the language.
var words = strings.Fields("true false nil not and or in contains startsWith endsWith matches let")

// usableNames returns the columns that a rule can name.
func usableNames(columns []string) []string {
	var names []string
	for _, name := range columns {
		first, _ := utf8.DecodeRuneInString(name)
		if name != "" && !unicode.IsDigit(first) && strings.TrimFunc(name, InName) == "" && !slices.Contains(words, name) {
			names = append(names, name)
		}
	}
	return names
}

// inQuotes reports whether a quoted text is still open at the end.
func inQuotes(text string) bool {
	var quote rune
	escaped := false
	for _, r := range text {
		switch {
		case escaped:
			escaped = false
		case r == '\\' && quote != 0 && quote != '`':
			escaped = true
		case r == quote:
			quote = 0
		case quote == 0 && strings.ContainsRune("\"'`", r):
			quote = r
		}
	}
	return quote != 0
}
