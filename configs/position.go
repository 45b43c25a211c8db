package configs

import (
	"fmt"
	"strconv"
	"strings"
)

// positions returns the line of every key of a valid TOML document by its path, with list elements numbered:
// "data.eval[1].path". (The TOML library records lines too, but merges those of tables in a list.)
func positions(text string) map[string]int {
	s := scanner{text: text, line: 1, at: map[string]int{}, tables: map[string]int{}}
	table := ""
	for s.space(true); s.i < len(s.text); s.space(true) {
		if s.text[s.i] != '[' {
			s.pair(table)
			continue
		}
		list := strings.HasPrefix(s.text[s.i:], "[[")
		s.skip("[")
		table = s.header(list)
		s.skip("]")
	}
	return s.at
}

// scanner reads a valid TOML document.
type scanner struct {
	text   string
	i      int
	line   int
	at     map[string]int
	tables map[string]int // number of elements seen so far of each list of tables
}

// header reads the path of a [table] or of the next element of a [[list]] and records its line.
func (s *scanner) header(list bool) string {
	keys := s.keys()
	path := ""
	for i, key := range keys {
		path = join(path, key)
		n := s.tables[path]
		if list && i == len(keys)-1 {
			s.tables[path]++
			s.note(path)
			path = element(path, n)
		} else if n > 0 {
			path = element(path, n-1)
		}
	}
	s.note(path)
	return path
}

// pair reads key = value.
func (s *scanner) pair(table string) {
	path := table
	for _, key := range s.keys() {
		path = join(path, key)
		s.note(path)
	}
	s.i++ // =
	s.space(false)
	s.value(path)
}

// keys reads a dotted key up to the "=" or "]" after it.
func (s *scanner) keys() []string {
	var keys []string
	for {
		s.space(false)
		start := s.i
		switch s.text[s.i] {
		case '"':
			s.quoted()
			key, err := strconv.Unquote(s.text[start:s.i])
			if err != nil {
				key = s.text[start+1 : s.i-1] // Go lacks the escape: keep it as written
			}
			keys = append(keys, key)
		case '\'':
			s.quoted()
			keys = append(keys, s.text[start+1:s.i-1])
		default:
			s.until(" \t.=]")
			keys = append(keys, s.text[start:s.i])
		}
		s.space(false)
		if s.i >= len(s.text) || s.text[s.i] != '.' {
			return keys
		}
		s.i++
	}
}

// value skips a value and records the keys in it.
func (s *scanner) value(path string) {
	switch s.text[s.i] {
	case '"', '\'':
		s.quoted()
	case '[':
		s.i++
		for n := 0; s.more(']'); n++ {
			s.note(element(path, n))
			s.value(element(path, n))
		}
	case '{':
		s.i++
		for s.more('}') {
			s.pair(path)
		}
	default:
		s.until("\r\n,]}#") // a date may contain a space
	}
}

// more advances to the next element of a list or inline table. At the end it skips the closing bracket and returns false.
func (s *scanner) more(end byte) bool {
	s.space(true)
	if s.text[s.i] == ',' {
		s.i++
		s.space(true)
	}
	if s.text[s.i] == end {
		s.i++
		return false
	}
	return true
}

// quoted skips a string of any of TOML's four kinds.
func (s *scanner) quoted() {
	quote := s.text[s.i : s.i+1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(s.text[s.i:], triple) {
		quote = triple
	}
	for s.i += len(quote); !strings.HasPrefix(s.text[s.i:], quote); s.i++ {
		switch {
		case s.text[s.i] == '\n':
			s.line++
		case s.text[s.i] == '\\' && quote[0] == '"':
			s.i++
			if s.text[s.i] == '\n' {
				s.line++
			}
		}
	}
	s.i += len(quote)
	if len(quote) == 3 { // up to two quotes may precede the closing three
		s.skip(quote[:1])
	}
}

// space skips spaces and, if lines is set, line breaks and comments.
func (s *scanner) space(lines bool) {
	for s.i < len(s.text) {
		switch c := s.text[s.i]; {
		case c == ' ' || c == '\t':
		case lines && c == '#':
			s.until("\n")
			continue
		case lines && c == '\n':
			s.line++
		case lines && c == '\r':
		case lines && strings.HasPrefix(s.text[s.i:], "\ufeff"):
			s.i += 2
		default:
			return
		}
		s.i++
	}
}

func (s *scanner) until(stops string) {
	for s.i < len(s.text) && !strings.ContainsRune(stops, rune(s.text[s.i])) {
		s.i++
	}
}

func (s *scanner) skip(set string) {
	for s.i < len(s.text) && strings.Contains(set, s.text[s.i:s.i+1]) {
		s.i++
	}
}

// note records the line of a path on its first occurrence.
func (s *scanner) note(path string) {
	if _, seen := s.at[path]; !seen {
		s.at[path] = s.line
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func element(path string, n int) string { return fmt.Sprintf("%s[%d]", path, n) }
