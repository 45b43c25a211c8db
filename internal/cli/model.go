package cli

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"ftft/train/nn"
	"ftft/train/nn/spec"
)

func modelCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "model MODEL",
		Short: "Describe a model folder: shape, parameters, missing weights",
		Long:  `Describe a model folder: its shape, its parameters, and which weights training would initialise because the file lacks them.`,
		Example: `  ftft model models/minilm-l6
  ftft model runs/demo-ftft/checkpoints/step-507 --json`,
		Annotations: next(
			"ftft run CONFIG --set main.model=MODEL", "Fine-tune the model",
			"ftft predict MODEL DATA", "Predict with a fine-tuned model",
		),
		RunE: func(cmd *cobra.Command, args []string) error {
			labels, err := labelsOf(args[0])
			if err != nil {
				return err
			}
			if labels == nil {
				labels = []string{} // an encoder has no labels; nil would mean those of its config.json
			}
			s, _, report, err := nn.Load(args[0], labels, 1)
			if err != nil {
				return err
			}
			if len(labels) == 0 { // training adds a classifier with as many labels as the data have
				report.Initialised = append(report.Initialised, spec.Classifier+".weight", spec.Classifier+".bias")
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]any{
					"folder": args[0], "config": json.RawMessage(s.JSON()), "parameters": s.Parameters(), "body": s.Parameters().Body(),
					"initialised": orEmpty(report.Initialised), "ignored": orEmpty(report.Ignored),
				})
			}
			p := s.Parameters()
			return printTable(cmd.OutOrStdout(), [][]string{
				{"family", s.Family},
				{"layers", fmt.Sprintf("%d of width %d, %d heads, feed-forward %d (%s)", s.Layers, s.Hidden, s.Heads, s.Intermediate, s.Activation)},
				{"vocabulary", fmt.Sprintf("%d tokens, %d positions", s.Vocabulary, s.Positions)},
				{"dropout", fmt.Sprintf("%g, attention %g, classifier %g", s.Dropout, s.AttentionDropout, s.ClassifierDropout)},
				{"labels", fmt.Sprintf("%q", s.Labels)},
				{"parameters", fmt.Sprintf("%d: embeddings %d, encoder %d, head %d", p.Total, p.Embeddings, p.Encoder, p.Head)},
				{"without embeddings", fmt.Sprintf("%d, which compute is reckoned by", p.Body())},
				{"initialised", fmt.Sprint(orEmpty(report.Initialised))},
				{"not needed", fmt.Sprint(orEmpty(report.Ignored))},
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
