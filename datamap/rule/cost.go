package rule

import (
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
)

// cost estimates the work that a part of a rule takes for all examples together.
type cost struct {
	bytes float64 // of its texts; 0 for numbers and conditions
	steps float64 // each about a nanosecond of one core, with those of its own parts
}

// maxSteps limits the work of a rule, to less than half a minute of one core. Most rules take less than a hundredth of it for
// 400,000 examples.
const maxSteps = 25e9

// Steps for each example or byte, measured.
const (
	stepsOfNumber    = 4   // an operator or a function of numbers
	stepsOfText      = 30  // for each text that is read or made
	stepsOfPower     = 80  // a ** b
	stepsOfFormat    = 150 // string(number), and float(text) beside its bytes
	stepsOfCopy      = 0.2 // for each byte that a comparison reads
	stepsOfSearch    = 0.8 // for each byte that len, contains and the like read
	stepsOfCase      = 3   // for each byte that lower and upper read
	stepsOfMachine   = 8   // for each instruction of a pattern that a byte keeps alive
	formattedNumber  = 18  // bytes
	sampledExamples  = 32
	sampledBytes     = 2 << 10 // of each sampled example
	sampledSteps     = 200_000 // of a pattern's machine
	stepsWhenUnknown = 10      // of a pattern's machine for each byte, where the sampled texts are empty
)

// sum returns the cost of parts together.
func sum(parts ...value) (c cost) {
	for _, p := range parts {
		c.bytes += p.bytes
		c.steps += p.steps
	}
	return c
}

// limit returns an error at a part whose work exceeds what a rule may take.
func (c *compiler) limit(node ast.Node, v value) error {
	if v.steps <= maxSteps {
		return nil
	}
	return c.wrong(node, "too costly for %d examples: %.0f times the work that a rule may take. %s", len(c.table.GUIDs),
		max(2, v.steps/maxSteps+0.5), "Use fewer functions of texts, or a shorter pattern")
}

// joined returns the text that the texts of several functions make together. It copies each once.
func joined(parts []func(i int) string) func(i int) string {
	return func(i int) string {
		texts := make([]string, 0, 8)
		for _, part := range parts {
			texts = append(texts, part(i))
		}
		return strings.Join(texts, "")
	}
}

// machineSteps estimates how many instructions of a pattern's program a byte of the texts keeps alive, from some of the texts.
func (c *compiler) machineSteps(program *syntax.Prog, texts func(i int) string) float64 {
	m := machine{program: program, seen: make([]int, len(program.Inst))}
	n, bytes := len(c.table.GUIDs), 0
	for k := range min(sampledExamples, n) {
		text := texts(k * n / min(sampledExamples, n))
		text = text[:min(len(text), sampledBytes)]
		bytes += m.run(text)
		if m.steps > sampledSteps {
			break
		}
	}
	if bytes == 0 {
		return stepsWhenUnknown
	}
	return float64(m.steps) / float64(bytes)
}

// machine runs a pattern's program on all alternatives at once, as package regexp does, only to count the steps.
type machine struct {
	program *syntax.Prog
	seen    []int // by instruction: the position at which it was last reached, from 1
	at      int   // the position, counted over all texts
	steps   int
	stack   []uint32
}

// run counts the steps that a text takes up to the first match, and returns the number of bytes read.
func (m *machine) run(text string) (bytes int) {
	var alive, next []uint32
	before := rune(-1)
	for i := 0; ; {
		after, size := rune(-1), 0
		if i < len(text) {
			after, size = utf8.DecodeRuneInString(text[i:])
		}
		m.at++
		flags := syntax.EmptyOpContext(before, after)
		next = next[:0]
		for _, pc := range append(alive, uint32(m.program.Start)) {
			var matched bool
			if next, matched = m.follow(pc, flags, next); matched || m.steps > sampledSteps {
				return i + 1
			}
		}
		if size == 0 {
			return i + 1
		}
		alive = alive[:0]
		for _, pc := range next {
			if inst := &m.program.Inst[pc]; inst.MatchRune(after) {
				alive = append(alive, inst.Out)
			}
		}
		before = after
		i += size
	}
}

// follow appends the instructions that read a character and are reached from pc without reading one. It reports whether the
// pattern matches.
func (m *machine) follow(pc uint32, flags syntax.EmptyOp, reached []uint32) (all []uint32, matched bool) {
	m.stack = append(m.stack[:0], pc)
	for len(m.stack) > 0 {
		pc := m.stack[len(m.stack)-1]
		m.stack = m.stack[:len(m.stack)-1]
		if m.seen[pc] == m.at {
			continue
		}
		m.seen[pc] = m.at
		m.steps++
		switch inst := &m.program.Inst[pc]; inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			m.stack = append(m.stack, inst.Out, inst.Arg)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(inst.Arg)&^flags == 0 {
				m.stack = append(m.stack, inst.Out)
			}
		case syntax.InstCapture, syntax.InstNop:
			m.stack = append(m.stack, inst.Out)
		case syntax.InstMatch:
			return reached, true
		case syntax.InstFail:
		default:
			reached = append(reached, pc)
		}
	}
	return reached, false
}
