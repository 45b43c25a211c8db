package cli

import (
	"bufio"
	"encoding/json"

	"github.com/spf13/cobra"

	"ftft/internal/fault"
	"ftft/train"
	"ftft/train/corpus"
)

func tokenizeCommand() *cobra.Command {
	var text string
	var maxLength int
	var file fileFlags
	cmd := &cobra.Command{
		Use:   "tokenize MODEL FILE",
		Short: "Print the token IDs of a file's texts, one JSON array a line",
		Long: `Print the token IDs of a file's texts, special tokens included: one JSON array a line, in the file's order, without padding, and
without truncation unless --max-length is given. In a .txt file each line is a text. In other files (.jsonl, .json, .csv, .tsv, .parquet)
--text names the column, or the two columns of a pair.

MODEL is a folder or a tokenizer.json. These tokenizers can be read: ` + tokenizersHelp + `.

` + fileHelp,
		Example: `  ftft tokenize models/minilm-l6 tweets.csv --text tweet
  ftft tokenize models/minilm-l6 snli_dev.jsonl --text premise,hypothesis --max-length 128`,
		Annotations: next("ftft predict MODEL DATA", "Predict the texts' labels"),
		RunE: func(cmd *cobra.Command, args []string) error {
			folder, err := modelFolder(args[0])
			if err != nil {
				return err
			}
			t, err := train.LoadTokenizer(folder)
			if err != nil {
				return err
			}
			columns, err := textColumns(text)
			if err != nil {
				return err
			}
			if columns.File, err = file.options(); err != nil {
				return err
			}
			set, err := corpus.ReadFile(args[1], columns, nil)
			if err != nil {
				return err
			}
			warnOfShape(args[1], set.Account.Doubts, cmd.ErrOrStderr())
			if len(set.Examples) == 0 {
				return fault.At(args[1], 0, "no text is in the file")
			}
			out := bufio.NewWriter(cmd.OutOrStdout())
			encoder := json.NewEncoder(out)
			for _, e := range set.Examples {
				if err := encoder.Encode(t.Encode(e.Text, e.TextPair, columns.TextPair != "", maxLength).IDs); err != nil {
					return err
				}
			}
			return out.Flush()
		},
	}
	cmd.Flags().StringVar(&text, "text", "text", "column of the text, or the two columns of a pair: A,B")
	file.add(cmd, "FILE")
	cmd.Flags().IntVar(&maxLength, "max-length", 0, "truncate to this many tokens, the longer text first; 0 = do not")
	cmd.ValidArgsFunction = completeModels
	return cmd
}
