package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"ftft/train"
)

func embedCommand(runs *string) *cobra.Command {
	return &cobra.Command{
		Use:   "embed RUN",
		Short: "Write a run's embeddings.npy: what representative selections are made by",
		Long: `Write a run's embeddings.npy, [examples, width] in half precision: of each training example the mean over its tokens of what the last
layer of the run's newest checkpoint gives. "ftft select RUN --strategy representative" reads them. For other models and data there is
"ftft predict MODEL DATA --embeddings".`,
		Example: `  ftft embed demo-reference
  ftft embed demo-reference --runs elsewhere`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := runOf(*runs, args[0])
			if err != nil {
				return err
			}
			if err := train.EmbedRun(dir, progress(cmd.ErrOrStderr())); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%s written\n", dir.Embeddings())
			return nil
		},
		ValidArgsFunction: completeRuns(runs),
	}
}
