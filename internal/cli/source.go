package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ftft/datamap"
	"ftft/datamap/marks"
	"ftft/datamap/source"
	"ftft/internal/fault"
	"ftft/internal/table"
	"ftft/train/rundir"
	"ftft/train/watch"
)

// sourceHelp describes what a SOURCE can be.
const sourceHelp = `SOURCE is a run, an experiment (which stands for its reference), or training dynamics that another program
recorded: a folder of dataset cartography's training dynamics (dynamics_epoch_N.jsonl, also compressed as .gz or .zst), its
td_metrics.jsonl or coordinates, the uid_to_logits.pt of FTFT's code, or an array of logits [epochs, examples, classes] (.npy). The
last two have no gold labels, and files of metrics may lack them: give them with --data F --guid COLUMN --label COLUMN, as class indices,
or as names with --labels A,B,... Usual columns of --data (premise and hypothesis, sentence1 and sentence2, tweet, gold_label, ...) are
found by their names. Class indices of a source get the names of the labels in --data if each index goes with one name. Probabilities in
place of logits are refused without --probabilities. For guids and labels, 7, 7.0 and "7" are the same; a column inside of an object is
named by its path, such as meta.id (ftft data --help tells more).

` + fileHelp

// sourceFlags holds the flags of a command that reads a source.
type sourceFlags struct {
	epochs                    string
	lenient, probabilities    bool
	flags                     *pflag.FlagSet
	data, guid, label, labels string
	text, truth               string
	file                      fileFlags // of --data
}

// add adds the flags to a command.
func (f *sourceFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.epochs, "epochs", "", "use only epochs A:B, counted from 0, without B; A or B may be omitted")
	cmd.Flags().BoolVar(&f.lenient, "lenient", false, "skip malformed and repeated records and an unfinished last epoch, and report them")
	cmd.Flags().BoolVar(&f.probabilities, "probabilities", false,
		"the source holds probabilities; --probabilities=false: logits that look like them")
	f.flags = cmd.Flags()
	cmd.Flags().StringVar(&f.data, "data", "", "file of the examples (JSONL, JSON, CSV, TSV, Parquet), joined by guid")
	cmd.Flags().StringVar(&f.guid, "guid", defaultGUID,
		`column of the guid in --data, or if it has no guid, another usual name; "" = the record's number, from 0`)
	cmd.Flags().StringVar(&f.label, "label", "", "column of the gold label in --data; default: label, or another usual name")
	cmd.Flags().StringVar(&f.text, "text", "", "columns of the texts in --data, A or A,B; default: text, or other usual names")
	cmd.Flags().StringVar(&f.labels, "labels", "", "names of the labels, in the order of the logits: A,B,...")
	f.file.add(cmd, "--data")
}

// addTruth adds the flag that names the column of the true labels.
func (f *sourceFlags) addTruth(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.truth, "truth", "", "column of the true label in --data, if it is known: reports how many suspects are wrong")
}

// A dataSource is a source with its data map, its marks and the records of its examples.
type dataSource struct {
	*datamap.Map
	name    string     // as it was given
	path    string     // the run's directory, or the source's own path
	run     rundir.Dir // "" if the source is not a run
	kind    string     // "run", or the kind of file
	numbers bool       // guids are numbers
	truth   string     // --truth
	data    *source.Data
	classes []string // --labels
	notice  string   // what was recognised in data; "" = nothing
	flags   []string // the flags that the source was opened with, such as --data=train.jsonl
	marked  marks.Set
	texts   *texts // of a run, read at the first use

	unchecked bool   // the records are those of a run without a hash of its data; known after records
	labelFile string // of a run whose labels are in a file of their own; known after records
}

// unknownGUID returns the error that no example has a guid.
func (s *dataSource) unknownGUID(guid string) *fault.Bad {
	message := fmt.Sprintf("no example on the map has guid %s (%d examples", oneLine(guid), s.Len())
	if s.Len() > 0 {
		message += ", the first one is " + oneLine(s.GUIDs[0])
	}
	return fault.At(s.name, 0, message+")")
}

// times returns how often something happened.
func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// open opens a source. It reports on warnings what it skips.
func (f *sourceFlags) open(runs, name string, warnings io.Writer) (*dataSource, error) {
	from, to, err := parseEpochs(f.epochs)
	if err != nil {
		return nil, err
	}
	s := &dataSource{name: name, path: name, kind: "run", texts: &texts{}, flags: f.given(runs), truth: f.truth}
	switch {
	case f.data != "":
		if s.data, err = f.openData(); err != nil {
			return nil, err
		}
		warnOfShape(s.data.File, s.data.Warnings, warnings)
	case f.file.any():
		return nil, usageError{fmt.Errorf("%s describes --data; add --data", f.file.given()[0])}
	case f.guid != defaultGUID || f.label != "" || f.text != "":
		return nil, usageError{errors.New("--guid, --label and --text name columns of --data; add --data")}
	case f.truth != "":
		return nil, usageError{errors.New("--truth names a column of --data; add --data")}
	}
	values := f.values()
	if f.labels != "" {
		s.classes = strings.Split(f.labels, ",")
	}
	dir, notRun := runOf(runs, name)
	switch {
	case notRun == nil:
		s.run, s.path = dir, string(dir)
		if s.classes != nil {
			return nil, usageError{fmt.Errorf("--labels: %s is a run, which has its own labels", name)}
		}
		if values == source.Probabilities {
			return nil, usageError{fmt.Errorf("--probabilities: %s is a run, which holds logits", name)}
		}
		s.Map, err = readMap(dir, from, to)
	case !errors.As(notRun, new(*notFound)):
		return nil, notRun
	case source.Is(name) == "":
		_, err = source.Open(name, source.Options{To: -1})
		if info, statErr := os.Stat(name); statErr == nil && !info.IsDir() { // no run is a file
			return nil, err
		}
		return nil, fmt.Errorf("%w; not training dynamics of another program either: %w", notRun, err)
	default:
		var opened *source.Source
		options := source.Options{From: from, To: to, Lenient: f.lenient, Data: s.data, Labels: s.classes, Values: values}
		if opened, err = source.Open(name, options); err == nil {
			s.Map, s.kind, s.numbers = opened.Map, opened.Kind, opened.Numbers
			s.notice = noticeOf(s.data, opened)
			if opened.Notice != "" {
				fmt.Fprintf(warnings, "%s: %s\n", name, opened.Notice)
			}
			for _, skip := range opened.Skipped {
				fmt.Fprintf(warnings, "skipped: %s, %s; first %s\n", skip.Reason, times(skip.Count), skip.First)
			}
		}
	}
	if none := (*datamap.NoEpoch)(nil); errors.As(err, &none) {
		return nil, usageError{fmt.Errorf("--epochs: %w", err)}
	}
	if errors.As(err, new(source.Misuse)) {
		return nil, usageError{err}
	}
	if err != nil {
		return nil, err
	}
	if s.Len() == 0 {
		return nil, fault.At(name, 0, "no examples are left")
	}
	if s.notice != "" {
		fmt.Fprintln(warnings, s.notice)
	}
	s.warnOfMismatches(warnings)
	s.marked, err = marks.Read(s.path)
	return s, err
}

// warnOfMismatches reports examples that have no record in --data, or another label there.
func (s *dataSource) warnOfMismatches(warnings io.Writer) {
	if s.data == nil {
		return
	}
	if _, missing := s.data.Unmatched(s.GUIDs); len(missing) > 0 {
		hint := ""
		if len(missing) == s.Len() {
			hint = "; --guid COLUMN names the column of the guids"
		}
		fmt.Fprintf(warnings, "%d of the %d examples have no record in %s, such as %s%s\n", len(missing), s.Len(), s.data.File, missing[0], hint)
	}
	if s.Gold == nil {
		return
	}
	if other := s.data.Contradicted(s.GUIDs, s.Gold, s.Classes, s.Labels); len(other) > 0 {
		fmt.Fprintf(warnings, "%d of the %d examples have another label in %s than in the source, such as %s\n",
			len(other), s.Len(), s.data.File, other[0])
	}
}

// noticeOf describes in one line the columns and the class names that were recognised in the data; "" = none.
func noticeOf(data *source.Data, opened *source.Source) string {
	if data == nil {
		return ""
	}
	found := slices.Clone(data.Recognised)
	if opened.Named != nil {
		names := make([]string, len(opened.Named))
		for class, name := range opened.Named {
			names[class] = fmt.Sprintf("%d %s", class, oneLine(name))
		}
		found = append(found, "classes "+strings.Join(names, ", "))
	}
	if opened.Conflict != "" {
		found = append(found, opened.Conflict+", so classes have no names: give them with --labels")
	}
	if len(found) == 0 {
		return ""
	}
	return strings.Join(found, "; ") + " (from " + filepath.Base(data.File) + ")" // the name last: a narrow screen cuts it
}

// given returns the flags that differ from their defaults, for a command about the same source.
func (f *sourceFlags) given(runs string) (flags []string) {
	for _, flag := range []struct{ name, value, otherwise string }{
		{"runs", runs, defaultRuns}, {"epochs", f.epochs, ""}, {"data", f.data, ""}, {"guid", f.guid, defaultGUID},
		{"label", f.label, ""}, {"labels", f.labels, ""}, {"text", f.text, ""},
	} {
		if flag.value != flag.otherwise {
			flags = append(flags, "--"+flag.name+"="+flag.value)
		}
	}
	flags = append(flags, f.file.given()...)
	if f.lenient {
		flags = append(flags, "--lenient")
	}
	switch f.values() {
	case source.Probabilities:
		flags = append(flags, "--probabilities")
	case source.Logits:
		flags = append(flags, "--probabilities=false")
	}
	return flags
}

// values returns what --probabilities says about the values of a source.
func (f *sourceFlags) values() source.Values {
	switch {
	case f.probabilities:
		return source.Probabilities
	case f.flags != nil && f.flags.Changed("probabilities"):
		return source.Logits
	}
	return source.Detect
}

// correctArgs returns the arguments of the command that writes the corrected data. What the user must fill in is in capitals.
func (s *dataSource) correctArgs() []string {
	args := append([]string{"correct", s.name}, s.flags...)
	switch {
	case s.data == nil && s.run == "":
		args = append(args, "--data", "FILE")
	case s.data != nil && s.data.Label == "":
		args = append(args, "--label", "COLUMN")
	}
	return args
}

// defaultGUID is the default of --guid.
const defaultGUID = "guid"

// openData reads the file of --data.
func (f *sourceFlags) openData() (*source.Data, error) {
	var text []string
	if f.text != "" {
		text = strings.Split(f.text, ",")
	}
	o, err := f.file.options(append([]string{f.guid, f.label}, text...)...)
	if err != nil {
		return nil, err
	}
	t, err := table.ReadWith(f.data, o)
	if err != nil {
		return nil, err
	}
	guid := f.guid
	if guid == defaultGUID {
		guid = source.GUIDColumn(t)
	}
	if guid != "" {
		if _, err := t.Column(guid); err != nil {
			return nil, fault.At(f.data, 0, fmt.Sprintf("%s; name the column of the guids with --guid COLUMN, or give "+
				`--guid "" where a guid is the number of the record, from 0`, fault.Message(err)))
		}
	}
	data, err := source.NewData(t, guid, f.label, text)
	if err == nil && guid != f.guid {
		data.Recognised = append([]string{"guids " + guid}, data.Recognised...)
	}
	if shape := shapeNotice(t); err == nil && shape != "" {
		data.Recognised = append([]string{shape}, data.Recognised...)
	}
	return data, err
}

// parseEpochs parses A:B. to is -1 if B is omitted.
func parseEpochs(text string) (from, to int, err error) {
	a, b, ok := strings.Cut(text, ":")
	to = -1
	if a != "" && ok {
		from, err = strconv.Atoi(a)
	}
	if b != "" && err == nil {
		to, err = strconv.Atoi(b)
	}
	if text != "" && (!ok || err != nil || from < 0 || b != "" && to < 0) {
		return 0, 0, usageError{fmt.Errorf("--epochs %s: must be A:B, such as 2: or 1:5", text)}
	}
	return from, to, nil
}

// readMap returns the data map of a run's epochs from..to-1; a to of -1 stands for the last.
func readMap(dir rundir.Dir, from, to int) (*datamap.Map, error) {
	form, err := watch.FormOf(dir)
	if err != nil {
		return nil, err
	}
	m, err := watch.ReadMapBetween(dir, form, from, to)
	if errors.As(err, new(*datamap.NoEpoch)) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("data map of %s: %w", dir.ID(), err)
	}
	return m, nil
}

// checkFraction returns an error unless 0 < fraction <= 1.
func checkFraction(fraction float64) error {
	if !(fraction > 0 && fraction <= 1) {
		return usageError{fmt.Errorf("--fraction is %g; it must be above 0 and at most 1", fraction)}
	}
	return nil
}
