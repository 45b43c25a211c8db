package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ftft/internal/fault"
	"ftft/internal/hub"
	"ftft/train"
	"ftft/train/nn"
	"ftft/train/nn/spec"
	"ftft/train/tokenizer"
)

func modelCommand() *cobra.Command {
	var asJSON bool
	var flags memoryFlags
	cmd := &cobra.Command{
		Use:   "model MODEL",
		Short: "Describe a model folder: shape, parameters, missing weights, memory",
		Long: `Describe a model folder: its shape, its parameters, which weights training would initialise because the file lacks them, and the
memory that training and prediction take, without the data. The flags are the settings of a config that the memory depends on. The values
of the weights are not read.

The families of models, by the model_type in config.json: ` + strings.Join(spec.Families(), ", ") + `.
Positions are the longest sequence in tokens.

The weights are model.safetensors or pytorch_model.bin, or the shards that model.safetensors.index.json or pytorch_model.bin.index.json
names; the first of these is read. Nothing that is in a .bin is run. hub:ORG/NAME, or hub:ORG/NAME@REVISION of a branch, a tag or a full
commit, is the model that hf download has put into the hub's cache; nothing is downloaded.

These tokenizers can be read: ` + tokenizersHelp + `.`,
		Example: `  ftft model models/minilm-l6
  ftft model hub:bert-base-uncased
  ftft model models/deberta-v3-large --batch-size 32 --max-length 256 --micro-batch 4 --freeze-embeddings
  ftft model runs/demo-ftft/checkpoints/step-507 --json`,
		Annotations: next(
			"ftft run CONFIG --set main.model=MODEL", "Fine-tune the model",
			"ftft predict MODEL DATA", "Predict with a fine-tuned model",
		),
		RunE: func(cmd *cobra.Command, args []string) error {
			folder, err := modelFolder(args[0])
			if err != nil {
				return err
			}
			labels, err := nn.Labels(folder)
			if err != nil {
				return err
			}
			if labels == nil {
				labels = []string{} // an encoder has no labels; nil would mean those of its config.json
			}
			s, report, err := nn.Inspect(folder, labels)
			if err != nil {
				return err
			}
			if len(labels) == 0 { // training adds a classifier with as many labels as the data have
				classifier := s.Names().Classifier
				report.Initialised = append(report.Initialised, classifier+".weight", classifier+".bias")
			}
			vocabulary, err := checkedTokenizer(folder, s)
			if err != nil {
				return err
			}
			memory, err := flags.of(s)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]any{
					"folder": folder, "config": json.RawMessage(s.JSON()), "parameters": s.Parameters(), "body": s.Parameters().Body(),
					"initialised": orEmpty(report.Initialised), "ignored": orEmpty(report.Ignored),
					"memory": memory,
				})
			}
			p := s.Parameters()
			return printTable(cmd.OutOrStdout(), append([][]string{
				{"family", s.Family},
				{"layers", fmt.Sprintf("%d of width %d, %d heads, feed-forward %d (%s)", s.Layers, s.Hidden, s.Heads, s.Intermediate, s.Activation)},
				{"vocabulary", vocabularyOf(s)},
				{"tokenizer", vocabulary},
				{"dropout", fmt.Sprintf("%g, attention %g, classifier %g", s.Dropout, s.AttentionDropout, s.ClassifierDropout)},
				{"labels", fault.Names(s.Labels)},
				{"parameters", fmt.Sprintf("%d: embeddings %d, encoder %d, head %d", p.Total, p.Embeddings, p.Encoder, p.Head)},
				{"without embeddings", fmt.Sprintf("%d, which compute is reckoned by", p.Body())},
				{"head", headOf(s, report)},
				{"initialised", cmp.Or(strings.Join(report.Initialised, ", "), "none")},
				{"not needed", cmp.Or(strings.Join(report.Ignored, ", "), "none")},
			}, memory.rows()...))
		},
	}
	flags.add(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.ValidArgsFunction = completeModels
	return cmd
}

// modelFolder returns the folder of a MODEL: of a name of the hub, that in its cache.
func modelFolder(model string) (string, error) {
	if !hub.Is(model) {
		return model, nil
	}
	s, err := hub.Resolve(model)
	return s.Folder, err
}

// vocabularyOf describes a model's embeddings.
func vocabularyOf(s spec.Spec) string {
	width := ""
	if s.Embedding != s.Hidden {
		width = fmt.Sprintf(" of width %d", s.Embedding)
	}
	return fmt.Sprintf("%d tokens%s, %d positions", s.Vocabulary, width, s.Longest())
}

// tokenizersHelp lists the tokenizers that models may have.
const tokenizersHelp = `WordPiece, byte-level BPE (and other BPE) and Unigram in a tokenizer.json of Hugging Face's tokenizers,
WordPiece in vocab.txt, byte-level BPE in vocab.json with merges.txt, Unigram in spm.model (DeBERTa) and in
sentencepiece.bpe.model (XLM-R, CamemBERT)`

// headOf describes which parts of the head a model folder has, by the names of their tensors.
func headOf(s spec.Spec, report nn.Report) string {
	names := s.Names()
	has := func(name string) bool { return !slices.Contains(report.Initialised, name+".weight") }
	dense, classifier := names.HeadDense, names.Classifier
	switch {
	case has(dense) && has(classifier):
		return fmt.Sprintf("%s and %s of %d labels, both trained", dense, classifier, len(s.Labels))
	case has(dense):
		return fmt.Sprintf("%s; %s would be new", dense, classifier)
	case has(classifier):
		return fmt.Sprintf("%s of %d labels; %s would be new", classifier, len(s.Labels), dense)
	}
	return fmt.Sprintf("none; %s and %s would be new", dense, classifier)
}

// checkedTokenizer describes the tokenizer of a model folder. It returns an error if the tokenizer does not fit the model.
func checkedTokenizer(folder string, s spec.Spec) (string, error) {
	t, err := tokenizer.Load(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "none in the folder", nil
	case err != nil:
		return "", err
	}
	return fmt.Sprintf("%s of %d tokens", t.Kind(), t.Size()), train.CheckFit(folder, s, t, s.Longest(), false)
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
