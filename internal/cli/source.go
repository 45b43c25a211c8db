package cli

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"ftft/datamap"
	"ftft/datamap/marks"
	"ftft/datamap/source"
	"ftft/train/rundir"
	"ftft/train/study"
	"ftft/train/watch"
)

// sourceHelp describes what a SOURCE can be.
const sourceHelp = `SOURCE is a run, an experiment (which stands for its reference), or training dynamics that another program
recorded: a folder of dataset cartography's training dynamics (dynamics_epoch_N.jsonl, also compressed as .gz or .zst), its
td_metrics.jsonl or coordinates, the uid_to_logits.pt of FTFT's code, or an array of logits [epochs, examples, classes] (.npy). The
last two have no gold labels, and files of metrics may lack them: give them with --data F --guid COLUMN --label COLUMN, as class indices,
or as names with --labels A,B,...`

// sourceFlags say how a source is opened and what belongs to it.
type sourceFlags struct {
	epochs                    string
	lenient                   bool
	data, guid, label, labels string
	text                      string
}

// add gives a command the flags.
func (f *sourceFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.epochs, "epochs", "", "use only epochs A:B, from A up to but not including B, counted from 0; A or B may be omitted")
	cmd.Flags().BoolVar(&f.lenient, "lenient", false, "skip malformed records and report how many")
	cmd.Flags().StringVar(&f.data, "data", "", "file of the examples (JSONL, CSV, TSV, Parquet), joined by guid")
	cmd.Flags().StringVar(&f.guid, "guid", defaultGUID, `column of the guid in --data; "" = the record's number, from 0`)
	cmd.Flags().StringVar(&f.label, "label", "", "column of the gold label in --data; default: label, if there is one")
	cmd.Flags().StringVar(&f.text, "text", "", "columns of the texts in --data, A or A,B; default: text, if there is one")
	cmd.Flags().StringVar(&f.labels, "labels", "", "names of the labels, in the order of the logits: A,B,...")
}

// A dataSource is one that has been opened.
type dataSource struct {
	*datamap.Map
	name    string     // as it was given
	path    string     // the run's directory, or the source's own path
	run     rundir.Dir // "" if it is none
	kind    string     // "run", or the foreign source's
	numbers bool       // guids are numbers
	data    *source.Data
	classes []string // the labels' names as they were given
	marked  marks.Set
	texts   *texts // of a run's examples, read when first asked for
}

// open opens a source. What is left out of it is said on warnings.
func (f *sourceFlags) open(runs, name string, warnings io.Writer) (*dataSource, error) {
	from, to, err := parseEpochs(f.epochs)
	if err != nil {
		return nil, err
	}
	s := &dataSource{name: name, path: name, kind: "run", texts: &texts{}}
	switch {
	case f.data != "":
		if s.data, err = f.openData(); err != nil {
			return nil, err
		}
	case f.guid != defaultGUID || f.label != "" || f.text != "":
		return nil, usageError{errors.New("--guid, --label and --text name columns of --data, which is not there")}
	}
	if f.labels != "" {
		s.classes = strings.Split(f.labels, ",")
	}
	dir, notRun := runOf(runs, name)
	switch {
	case notRun == nil:
		s.run, s.path = dir, string(dir)
		if s.classes != nil {
			return nil, usageError{fmt.Errorf("--labels: %s is a run, which says its labels itself", name)}
		}
		if s.Map, err = readMap(dir); err == nil && f.epochs != "" {
			s.Map, err = s.Map.Between(from, to)
		}
	case !errors.As(notRun, new(*noRun)):
		return nil, notRun
	case source.Is(name) == "":
		_, err = source.Open(name, source.Options{To: -1})
		return nil, fmt.Errorf("%w; nor is it somebody else's dynamics: %w", notRun, err)
	default:
		var opened *source.Source
		if opened, err = source.Open(name, source.Options{From: from, To: to, Lenient: f.lenient, Data: s.data, Labels: s.classes}); err == nil {
			s.Map, s.kind, s.numbers = opened.Map, opened.Kind, opened.Numbers
			for _, skip := range opened.Skipped {
				fmt.Fprintf(warnings, "left out: %s, %d times; first %s\n", skip.Reason, skip.Count, skip.First)
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
		return nil, fmt.Errorf("%s: no example is left", name)
	}
	s.sayMatches(warnings)
	s.marked, err = marks.Read(s.path)
	return s, err
}

// sayMatches says how far the data are of the source's examples.
func (s *dataSource) sayMatches(warnings io.Writer) {
	if s.data == nil {
		return
	}
	if _, missing := s.data.Unmatched(s.GUIDs); len(missing) > 0 {
		fmt.Fprintf(warnings, "%d of the %d examples have no record in %s, such as %s\n", len(missing), s.Len(), s.data.File, missing[0])
	}
	if s.Gold == nil {
		return
	}
	if other := s.data.Contradicted(s.GUIDs, s.Gold, s.Classes, s.Labels); len(other) > 0 {
		fmt.Fprintf(warnings, "%d of the %d examples have another label in %s than the source has, such as %s\n", len(other), s.Len(), s.data.File, other[0])
	}
}

// defaultGUID is the column of guids where none is named.
const defaultGUID = "guid"

// openData reads the examples' records.
func (f *sourceFlags) openData() (*source.Data, error) {
	var text []string
	if f.text != "" {
		text = strings.Split(f.text, ",")
	}
	return source.OpenData(f.data, f.guid, f.label, text)
}

// parseEpochs reads A:B; to is -1 where B is left out.
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
		return 0, 0, usageError{fmt.Errorf("--epochs %s: give A:B, such as 2: or 1:5", text)}
	}
	return from, to, nil
}

// readMap draws the data map of a run.
func readMap(dir rundir.Dir) (*datamap.Map, error) {
	form, err := watch.FormOf(dir)
	if err != nil {
		return nil, err
	}
	m, err := study.ReadMap(dir, form)
	if err != nil {
		return nil, fmt.Errorf("data map of %s: %w", dir.ID(), err)
	}
	return m, nil
}

// checkFraction says whether a fraction is one.
func checkFraction(fraction float64) error {
	if !(fraction > 0 && fraction <= 1) {
		return usageError{fmt.Errorf("--fraction is %g; it is a share of the examples, above 0 and up to 1", fraction)}
	}
	return nil
}
