package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"ftft/datamap/dynamics"
	"ftft/internal/disk"
	"ftft/internal/fault"
	"ftft/internal/safe"
	"ftft/train"
	"ftft/train/corpus"
	"ftft/train/metric"
	"ftft/train/nn"
	"ftft/train/tokenizer"
)

// predictFlags holds the arguments and flags of ftft predict.
type predictFlags struct {
	model, data               string
	text, guid, label, logits string
	embeddings                string
	maxLength, batch          int
	asJSON                    bool
	file                      fileFlags // of data
}

// classifies reports whether logits are asked for, which need a classifier.
func (p *predictFlags) classifies() bool {
	return p.embeddings == "" || p.label != "" || p.logits != ""
}

func predictCommand() *cobra.Command {
	var p predictFlags
	cmd := &cobra.Command{
		Use:   "predict MODEL DATA",
		Short: "Predict a data file: labels, logits, scores or embeddings",
		Long: `Predict a data file with a model: print predicted labels and logits, or scores with --label; write logits with --logits and
embeddings with --embeddings.

MODEL is a folder with a classifier, such as a checkpoint of a run. Logits are float32 in the order of the model's id2label:
[n, classes] in a .npy file, or one JSON object a line in a .jsonl file. Gold labels are the model's label names or class indices.
Rows without a gold label (null, an empty value, "-", -1, NaN) are predicted and counted, and not in the scores. Empty texts are encoded as
special tokens alone. Without --label, --logits and --embeddings, predictions are printed as one JSON object a line.

` + fileHelp + `

Embeddings are float16, [n, hidden] in a .npy file: the mean of the last layer's hidden states over an example's tokens, which
sentence-transformers calls mean pooling. A model without a classifier can give them too.`,
		Example: `  ftft predict runs/snli-minilm-ftft/checkpoints/step-2148 snli_test.jsonl --text premise,hypothesis --label label
  ftft predict model data.csv --text tweet --logits logits.npy
  ftft predict models/minilm-l6 snli_train.jsonl --text premise,hypothesis --embeddings vectors.npy`,
		Annotations: next("ftft select SOURCE --strategy representative --embeddings FILE", "Select representative examples"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if p.model, err = modelFolder(args[0]); err != nil {
				return err
			}
			p.data = args[1]
			return p.run(cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVar(&p.text, "text", "text", "column of the text, or the two columns of a pair: A,B")
	cmd.Flags().StringVar(&p.guid, "guid", "", "column of the guid; default: the record's number")
	cmd.Flags().StringVar(&p.label, "label", "", "column of the gold label")
	cmd.Flags().StringVar(&p.logits, "logits", "", "file to write the logits to: .npy or .jsonl")
	cmd.Flags().StringVar(&p.embeddings, "embeddings", "", "file to write the embeddings to: .npy")
	p.file.add(cmd, "DATA")
	cmd.Flags().IntVar(&p.maxLength, "max-length", 0, "truncate to this many tokens; 0 = the model's positions")
	cmd.Flags().IntVar(&p.batch, "batch-size", 32, "examples per batch")
	cmd.Flags().BoolVar(&p.asJSON, "json", false, "print the scores as JSON")
	cmd.ValidArgsFunction = completeModels
	return cmd
}

func (p *predictFlags) run(out, messages io.Writer) error {
	if p.logits != "" && !strings.HasSuffix(p.logits, ".npy") && !strings.HasSuffix(p.logits, ".jsonl") {
		return usageError{fmt.Errorf("--logits %s: the name must end with .npy or .jsonl", p.logits)}
	}
	if p.embeddings != "" && !strings.HasSuffix(p.embeddings, ".npy") {
		return usageError{fmt.Errorf("--embeddings %s: the name must end with .npy", p.embeddings)}
	}
	if p.batch < 1 {
		return usageError{fmt.Errorf("--batch-size is %d; it must be 1 or more", p.batch)}
	}
	if p.maxLength < 0 {
		return usageError{fmt.Errorf("--max-length is %d; it must be 0 (the model's positions) or more", p.maxLength)}
	}
	columns, err := textColumns(p.text)
	if err != nil {
		return err
	}
	if columns.File, err = p.file.options(); err != nil {
		return err
	}
	labels, err := nn.Labels(p.model)
	if err != nil {
		return err
	}
	if len(labels) == 0 && p.classifies() {
		return fault.At(p.model, 0, "it has no classifier, only an encoder: fine-tune it first, or ask for --embeddings alone")
	}
	columns.GUID, columns.Label, columns.LabelMap = p.guid, p.label, byIndex(labels)
	set, err := corpus.ReadFile(p.data, columns, labels)
	if err != nil {
		return err
	}
	warnOfShape(p.data, set.Account.Doubts, messages)
	if len(set.Examples) == 0 {
		return &corpus.Bad{Problems: []corpus.Problem{{File: p.data, Message: "no example is in the file"}}}
	}
	if p.label != "" && set.Account.Unlabelled == len(set.Examples) {
		return fault.At(p.data, 0, fmt.Sprintf("no row has a gold label in column %q; leave out --label for predictions alone", p.label))
	}
	if n := set.Account.Empty; n > 0 {
		fmt.Fprintf(messages, "%d of %d with an empty text, encoded as special tokens alone\n", n, len(set.Examples))
	}
	net, encoded, err := p.open(set, labels)
	if err != nil {
		return err
	}
	defer net.Close()
	if p.embeddings != "" {
		if err := p.writeEmbeddings(net, set, encoded, messages); err != nil {
			return err
		}
	}
	if !p.classifies() {
		return nil
	}
	logits, _, _, err := train.Predict(net, encoded, p.batch, countdownOf(messages, encoded.Len()))
	if err != nil {
		return train.Named(err, p.model, set.Examples)
	}
	if err := p.writeLogits(set, labels, logits); err != nil {
		return err
	}
	switch {
	case p.label != "":
		return p.printScores(out, set, labels, logits)
	case p.logits == "":
		return writePredictions(out, set, labels, logits)
	}
	return nil
}

// open loads the model and encodes the set for it.
func (p *predictFlags) open(set corpus.Set, labels []string) (*nn.Net[float32], *train.Encoded, error) {
	if !p.classifies() {
		labels = []string{} // only the encoder
	}
	s, weights, loaded, err := nn.Load(p.model, labels, 1)
	if err != nil {
		return nil, nil, err
	}
	if p.classifies() && len(loaded.Initialised) > 0 {
		message := fmt.Sprintf("the weights lack %s, and a new one would predict at random; fine-tune the model first", loaded.Initialised[0])
		return nil, nil, fault.At(p.model, 0, message)
	}
	t, err := tokenizer.Load(p.model)
	if err != nil {
		return nil, nil, err
	}
	if p.maxLength > s.Longest() {
		return nil, nil, usageError{fmt.Errorf("--max-length is %d; the model has %d positions", p.maxLength, s.Longest())}
	}
	if p.maxLength == 0 {
		p.maxLength = s.Longest()
	}
	if err := train.CheckFit(p.model, s, t, p.maxLength, train.HavePairs(set.Examples)); err != nil {
		return nil, nil, err
	}
	encoded := train.Encode(t, set.Examples, p.maxLength)
	p.batch = min(p.batch, encoded.Len())
	net, err := nn.New[float32](s, weights, nn.Options{
		MaxTokens: encoded.Capacity(p.batch), MaxSequences: p.batch, OwnWeights: true,
	})
	return net, encoded, err
}

// countdownOf returns a countdown for a function that reports how many examples out of all are done.
func countdownOf(out io.Writer, all int) func(done int) error {
	count := countdown(out)
	return func(done int) error {
		count(done, all)
		return nil
	}
}

func (p *predictFlags) writeEmbeddings(net *nn.Net[float32], set corpus.Set, encoded *train.Encoded, messages io.Writer) error {
	vectors, err := train.Embed(net, encoded, p.batch, countdownOf(messages, encoded.Len()))
	if err != nil {
		return train.Named(err, p.model, set.Examples)
	}
	return disk.WriteOutput(p.embeddings, func(w io.Writer) error {
		return dynamics.EncodeNPYFloat16(w, vectors, encoded.Len(), net.Spec.Hidden)
	})
}

func (p *predictFlags) writeLogits(set corpus.Set, labels []string, logits []float32) error {
	switch {
	case p.logits == "":
		return nil
	case strings.HasSuffix(p.logits, ".npy"):
		return disk.WriteOutput(p.logits, func(w io.Writer) error { return dynamics.EncodeNPY(w, logits, len(set.Examples), len(labels)) })
	default:
		write := func(w io.Writer) error { return writePredictions(w, set, labels, logits) }
		return disk.WriteOutput(p.logits, write)
	}
}

// writePredictions writes one JSON object per example: guid, predicted label and logits.
func writePredictions(w io.Writer, set corpus.Set, labels []string, logits []float32) error {
	out := bufio.NewWriter(w)
	for i, e := range set.Examples {
		own := logits[i*len(labels) : (i+1)*len(labels)]
		line, err := json.Marshal(struct {
			GUID   string    `json:"guid"`
			Label  string    `json:"label"`
			Logits []float32 `json:"logits"`
		}{e.GUID, labels[metric.Predict(own)], own})
		if err != nil {
			return err
		}
		if _, err := out.WriteString(safe.JSON(string(line)) + "\n"); err != nil {
			return err
		}
	}
	return out.Flush()
}

// printScores prints the scores of the examples with a gold label.
func (p *predictFlags) printScores(out io.Writer, set corpus.Set, labels []string, logits []float32) error {
	var gold []int32
	var labelled []float32
	for i, e := range set.Examples {
		if e.Gold >= 0 {
			gold = append(gold, int32(e.Gold))
			labelled = append(labelled, logits[i*len(labels):(i+1)*len(labels)]...)
		}
	}
	scores := metric.Score(labelled, gold, len(labels))
	confusion := metric.Confusion(labelled, gold, len(labels))
	if p.asJSON {
		return printJSON(out, struct {
			metric.Scores
			Unlabelled int      `json:"unlabelled"` // examples without a gold label, which the scores leave out
			Labels     []string `json:"labels"`
			Confusion  [][]int  `json:"confusion"` // by gold label, then predicted
		}{scores, set.Account.Unlabelled, labels, confusion})
	}
	rows := [][]string{{"gold \\ predicted"}}
	rows[0] = append(rows[0], labels...)
	for i, row := range confusion {
		cells := []string{labels[i]}
		for _, n := range row {
			cells = append(cells, strconv.Itoa(n))
		}
		rows = append(rows, cells)
	}
	if n := set.Account.Unlabelled; n > 0 {
		fmt.Fprintf(out, "%d of %d without a gold label, not in the scores\n", n, len(set.Examples))
	}
	fmt.Fprintf(out, "%d examples: accuracy %.4f, macro-F1 %.4f, loss %.4f\n\n", scores.Examples, scores.Accuracy, scores.MacroF1, scores.Loss)
	return printTable(out, rows)
}
