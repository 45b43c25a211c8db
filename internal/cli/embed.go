package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"ftft/train"
)

func embedCommand(runs *string) *cobra.Command {
	return &cobra.Command{
		Use:   "embed RUN",
		Short: "Compute a run's embeddings, for representative selections",
		Long: `Compute a run's embeddings.npy, [examples, width] in half precision. The embedding of an example is the mean over its tokens of the
last layer's output, at the run's newest checkpoint. The strategy representative selects by them. For other models and data, use
"ftft predict MODEL DATA --embeddings".`,
		Example: `  ftft embed demo-reference
  ftft embed demo-reference --runs elsewhere`,
		Annotations: next("ftft select RUN --strategy representative", "Select representative examples"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := runOf(*runs, args[0])
			if err != nil {
				return err
			}
			if err := train.EmbedRun(dir, countdown(cmd.ErrOrStderr())); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "wrote %s\n", dir.Embeddings())
			return nil
		},
		ValidArgsFunction: completeRuns(runs),
	}
}
