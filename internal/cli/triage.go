package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ftft/datamap"
	"ftft/tui/view"
)

func triageCommand(runs *string) *cobra.Command {
	var f sourceFlags
	var by string
	var top int
	var marked, asJSON bool
	cmd := &cobra.Command{
		Use:   "triage SOURCE",
		Short: "List examples whose gold label is probably wrong",
		Long: `List examples whose gold label is probably wrong, the most suspect first, with the label that the model suggests.

` + sourceHelp + `

` + triageHelp() + `

Record your decision with ftft mark. Marked examples leave the list, and ftft correct writes the corrected data. Where the truth is
known (a column named by --truth, or built-in data, which record the labels that they flip), ftft reports how many of the listed labels are
wrong. The workbench has the same list: view 6.`,
		Example: `  ftft triage demo-reference --top 50
  ftft triage roberta-snli/ --by aum --data snli_train.jsonl --text premise,hypothesis
  ftft triage demo-reference --by cleanlab --top 0 --json`,
		Annotations: next(
			"ftft mark SOURCE GUID --relabel LABEL", "Correct a label",
			"ftft mark SOURCE GUID --keep", "Confirm a label",
			"ftft correct SOURCE --out FILE", "Write the corrected data",
		),
		RunE: func(cmd *cobra.Command, args []string) error {
			way, err := datamap.FindTriage(by)
			if err != nil {
				return usageError{fmt.Errorf("--by: %w", err)}
			}
			if top < 0 {
				return usageError{fmt.Errorf("--top is %d; it must be 0 (all) or more", top)}
			}
			s, err := f.open(*runs, args[0], cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			suspects, err := s.Suspects(way)
			if err != nil {
				return err
			}
			list, indices := s.listSuspects(way, suspects, top, marked)
			wrong, err := s.wrong()
			if err != nil {
				return err
			}
			if asJSON {
				result := map[string]any{"by": way.Name, "formula": way.Formula, "source": way.Source, "suspects": list}
				if wrong != nil {
					p := datamap.PrecisionOf(wrong, indices)
					result["precision"] = map[string]any{"wrong": p.Wrong, "share": p.Share(), "chance": p.Chance()}
				}
				return printJSON(cmd.OutOrStdout(), result)
			}
			if wrong != nil {
				fmt.Fprintln(cmd.ErrOrStderr(), view.Precision(datamap.PrecisionOf(wrong, indices), "listed", s.truthColumn()))
			}
			return printList(cmd.OutOrStdout(), cmd.ErrOrStderr(), suspectRows(list), "No suspects.")
		},
		ValidArgsFunction: completeRuns(runs),
	}
	f.add(cmd)
	f.addTruth(cmd)
	cmd.Flags().StringVar(&by, "by", datamap.Triages[0].Name, "ranking: "+strings.Join(triageNames(), ", "))
	completeFlag(cmd, "by", triageNames)
	cmd.Flags().IntVar(&top, "top", 20, "number of examples to list; 0 = all suspects")
	cmd.Flags().BoolVar(&marked, "marked", false, "also list marked examples")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func triageNames() (names []string) {
	for _, t := range datamap.Triages {
		names = append(names, t.Name)
	}
	return names
}

// triageHelp describes the rankings.
func triageHelp() string {
	var ways []string
	for _, t := range datamap.Triages {
		ways = append(ways, fmt.Sprintf("%s ranks by %s (%s)", t.Name, t.Formula, t.Source))
	}
	return strings.Join(ways, "; ") + "; each from the lowest."
}

// A suspect is a listed example whose label may be wrong.
type suspect struct {
	GUID        string  `json:"guid"`
	Score       float64 `json:"score"`
	Label       string  `json:"label"`
	Suggested   string  `json:"suggested"`
	P           float64 `json:"p_suggested"`
	Confidence  float64 `json:"confidence"`
	Variability float64 `json:"variability"`
	Mark        string  `json:"mark,omitempty"`
	Reason      string  `json:"reason"`
	Text        string  `json:"text,omitempty"`
}

// listSuspects returns the first top suspects, or all if top is 0, with their texts if the source has them. indices are those of the map.
func (s *dataSource) listSuspects(way datamap.Triage, suspects []datamap.Suspect, top int, marked bool) (list []suspect, indices []int) {
	list = []suspect{}
	texts, err := s.textColumn()
	if err != nil {
		texts = nil // the list is useful without them
	}
	for _, one := range suspects {
		guid := s.GUIDs[one.Index]
		mark := s.marked[guid].Mark
		if mark != "" && !marked {
			continue
		}
		if top > 0 && len(list) == top {
			break
		}
		entry := suspect{
			GUID: guid, Score: one.Score, Label: s.className(s.Gold[one.Index]), Suggested: s.className(one.Suggested), P: one.P,
			Confidence: s.Confidence[one.Index], Variability: s.Variability[one.Index], Mark: mark,
			Reason: s.Reason(way, one, s.className),
		}
		if texts != nil {
			entry.Text = texts[one.Index]
		}
		list, indices = append(list, entry), append(indices, one.Index)
	}
	return list, indices
}

func suspectRows(list []suspect) [][]string {
	rows := [][]string{{"guid", "label", "suggested", "p", "confidence", "variability", "score", "mark", "text"}}
	for _, s := range list {
		rows = append(rows, []string{
			oneLine(s.GUID), oneLine(s.Label), oneLine(s.Suggested), fmt.Sprintf("%.3f", s.P), fmt.Sprintf("%.3f", s.Confidence),
			fmt.Sprintf("%.3f", s.Variability), fmt.Sprintf("%.4g", s.Score), s.Mark, oneLine(s.Text),
		})
	}
	return rows
}
