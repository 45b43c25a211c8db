package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ftft/datamap/marks"
	"ftft/internal/fault"
	"ftft/internal/input"
	"ftft/tui"
)

// markFlags holds the flags of ftft mark.
type markFlags struct {
	sourceFlags
	relabel, note, rule  string
	exclude, keep, clear bool
	asJSON               bool
	hasNote              bool // --note was given; an empty note removes the old one
}

func markCommand(runs *string) *cobra.Command {
	var m markFlags
	cmd := &cobra.Command{
		Use:   "mark SOURCE [GUID...]",
		Short: "Mark examples (relabel, exclude, keep, note) or list the marks",
		Long: `Mark examples (relabel, exclude, keep, note), or list the marks.

` + sourceHelp + `

Marks are stored beside the source: in marks.jsonl of a folder or in FILE.marks.jsonl, or in your state folder if the source is
read-only. Entries are only ever appended. Selections leave excluded examples out, ftft correct writes the corrected data, and ftft triage
no longer lists marked examples. Give guids as arguments, on standard input with - (one a line, or a JSON array), or by --rule.`,
		Example: `  ftft mark demo-reference train-17 train-29 --relabel neutral
  ftft mark demo-reference train-3 --exclude --note "no sentence"
  ftft mark demo-reference --rule 'aum<-4' --exclude
  ftft mark demo-reference - --keep < guids.txt
  ftft mark demo-reference`,
		Annotations: next(
			"ftft correct SOURCE --out FILE", "Write the corrected data",
			"ftft select SOURCE", "Select examples without the excluded ones",
		),
		RunE: func(cmd *cobra.Command, args []string) error {
			m.hasNote = cmd.Flags().Changed("note")
			return m.run(*runs, args[0], args[1:], cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
		ValidArgsFunction: completeRuns(runs),
	}
	m.add(cmd)
	cmd.Flags().StringVar(&m.relabel, "relabel", "", "record that the gold label should be this one")
	cmd.Flags().BoolVar(&m.exclude, "exclude", false, "exclude the examples from all selections")
	cmd.Flags().BoolVar(&m.keep, "keep", false, "record that the label is right")
	cmd.Flags().StringVar(&m.note, "note", "", "add a remark")
	cmd.Flags().BoolVar(&m.clear, "clear", false, "remove the examples' marks")
	cmd.Flags().StringVar(&m.rule, "rule", "", "mark the examples that match this rule (ftft select --help)")
	cmd.Flags().BoolVar(&m.asJSON, "json", false, "list the marks as JSON")
	return cmd
}

func (m *markFlags) run(runs, name string, guids []string, in io.Reader, out, messages io.Writer) error {
	template, err := m.marks()
	if err != nil {
		return err
	}
	s, err := m.open(runs, name, messages)
	if err != nil {
		return err
	}
	if len(template) == 0 {
		if len(guids) > 0 || m.rule != "" {
			return usageError{errors.New("name the mark: --relabel LABEL, --exclude, --keep, --note TEXT or --clear")}
		}
		return m.print(s, out, messages)
	}
	if guids, err = m.guids(s, guids, in); err != nil {
		return err
	}
	if err := m.checkLabel(s); err != nil {
		return err
	}
	var list []marks.Mark
	now := time.Now().UTC()
	for _, guid := range guids {
		for _, mark := range template {
			mark.GUID, mark.Time = guid, now
			list = append(list, mark)
		}
	}
	if len(list) == 0 {
		return fault.At(name, 0, "no example is named by the rule or on standard input; nothing was marked")
	}
	if m.clear && !slices.ContainsFunc(guids, func(guid string) bool { _, marked := s.marked[guid]; return marked }) {
		return fault.At(name, 0, "none of these examples has a mark to clear; ftft mark SOURCE lists the marks")
	}
	path, err := marks.Append(s.path, list...)
	if err != nil {
		return err
	}
	fmt.Fprintf(messages, "marked %d in %s\n", len(guids), path)
	if m.relabel != "" || m.exclude {
		fmt.Fprintf(messages, "corrected data: %s\n", tui.Command{Args: s.correctArgs()}.Line())
	}
	return nil
}

// checkLabel returns an error if the labels are known and the new label is none of them. Labels are known by name, by class index
// or from the data.
func (m *markFlags) checkLabel(s *dataSource) error {
	if m.relabel == "" {
		return nil
	}
	known := slices.Clone(s.Labels)
	for class := range s.Classes {
		if s.Labels == nil {
			known = append(known, strconv.Itoa(class))
		}
	}
	if s.data != nil && s.data.Label != "" {
		column, _, err := s.recordColumn(s.data.Label)
		if err != nil {
			return err
		}
		slices.Sort(column)
		known = append(known, slices.Compact(column)...)
	}
	if len(known) > 0 && !slices.Contains(known, m.relabel) {
		return usageError{fmt.Errorf("--relabel %s: the labels are %s", m.relabel, strings.Join(known[:min(len(known), 20)], ", "))}
	}
	return nil
}

// marks returns the marks that each example gets.
func (m *markFlags) marks() (list []marks.Mark, err error) {
	for _, one := range []struct {
		given bool
		mark  marks.Mark
	}{
		{m.relabel != "", marks.Mark{Mark: marks.Relabel, Label: m.relabel}}, {m.exclude, marks.Mark{Mark: marks.Exclude}},
		{m.keep, marks.Mark{Mark: marks.Keep}}, {m.clear, marks.Mark{Mark: marks.Clear}},
	} {
		if one.given {
			list = append(list, one.mark)
		}
	}
	if len(list) > 1 {
		return nil, usageError{errors.New("give only one of --relabel, --exclude, --keep and --clear")}
	}
	if m.hasNote {
		list = append(list, marks.Mark{Mark: marks.Note, Note: m.note})
	}
	return list, nil
}

// guids returns the guids to mark, sorted. Each is on the map.
func (m *markFlags) guids(s *dataSource, guids []string, in io.Reader) ([]string, error) {
	if slices.Equal(guids, []string{"-"}) {
		text, err := input.From(input.Name(input.Stdin), in)
		if err == nil {
			text, err = input.Text(input.Name(input.Stdin), text)
		}
		if err != nil {
			return nil, err
		}
		if guids = nil; json.Unmarshal([]byte(text), &guids) != nil { // either the JSON array of ftft select --json or one guid a line
			lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
			guids = slices.DeleteFunc(lines, func(line string) bool { return line == "" })
		}
	}
	if m.rule != "" {
		matches, err := s.match(m.rule)
		if err != nil {
			return nil, err
		}
		for i, in := range matches {
			if in {
				guids = append(guids, s.GUIDs[i])
			}
		}
	} else if len(guids) == 0 {
		return nil, usageError{errors.New("name the examples: their guids, - to read guids from standard input, or --rule")}
	}
	known := make(map[string]bool, s.Len())
	for _, guid := range s.GUIDs {
		known[guid] = true
	}
	for _, guid := range guids {
		if !known[guid] {
			bad := s.unknownGUID(guid)
			bad.Problems[0].Message += "; nothing was marked"
			return nil, bad
		}
	}
	slices.Sort(guids)
	return slices.Compact(guids), nil
}

// print lists the current marks in dataset order.
func (m *markFlags) print(s *dataSource, out, messages io.Writer) error {
	type marked struct {
		GUID  string `json:"guid"`
		Gold  string `json:"gold,omitempty"`
		Mark  string `json:"mark,omitempty"`
		Label string `json:"label,omitempty"`
		Note  string `json:"note,omitempty"`
	}
	list := []marked{}
	rows := [][]string{{"guid", "gold", "mark", "label", "note"}}
	for i, guid := range s.GUIDs {
		state, ok := s.marked[guid]
		if !ok {
			continue
		}
		one := marked{GUID: guid, Mark: state.Mark, Label: state.Label, Note: state.Note}
		if s.Gold != nil {
			one.Gold = s.className(s.Gold[i])
		}
		list = append(list, one)
		rows = append(rows, []string{oneLine(guid), oneLine(one.Gold), one.Mark, oneLine(one.Label), oneLine(one.Note)})
	}
	if m.asJSON {
		return printJSON(out, list)
	}
	return printList(out, messages, rows, "No marks.")
}
