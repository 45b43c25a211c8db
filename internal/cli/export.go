package cli

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/spf13/cobra"

	"ftft/datamap"
	"ftft/datamap/cartography"
	"ftft/datamap/torch"
	"ftft/internal/disk"
	"ftft/train/job/trainer"
)

// exporters holds, by format, the functions that write a source to a path.
var exporters = map[string]func(s *dataSource, path string) error{
	"cartography": exportCartography,
	"pt":          exportTorch,
	"csv":         exportCSV,
	"parquet":     exportParquet,
}

var exportFormats = []string{"cartography", "pt", "csv", "parquet"}

func exportCommand(runs *string) *cobra.Command {
	var f sourceFlags
	var path string
	cmd := &cobra.Command{
		Use:   "export SOURCE|trainer [FORMAT]",
		Short: "Export training dynamics (cartography, pt, csv, parquet), or a trainer",
		Long: `Export training dynamics for other programs, or the Python files with which other programs train runs.

` + sourceHelp + `

cartography is a folder with training_dynamics/dynamics_epoch_N.jsonl, which its scripts and ftft read. pt is FTFT's uid_to_logits.pt, which
torch.load(weights_only=True) opens. csv and parquet are a table with one row per example: guid, row, gold, label, every metric, and the
gold label's probability at each epoch. Examples that were not trained on are left out.

ftft export trainer --out DIR writes train_hf.py, which trains the runs of an experiment whose engine is torchrun, accelerate, slurm or
command; ftft_trainer.py, for a script of yours with the Trainer of transformers; ftft_run.py, for any training loop in Python, and
train_plain.py, an example of one; and README.md, which says how to use them. It never overwrites a file that has changed.

` + formulasHelp,
		Example: `  ftft export demo-reference cartography --out demo-dynamics
  ftft export demo-reference pt --out uid_to_logits.pt
  ftft export roberta-snli/ parquet --out map.parquet
  ftft export trainer --out trainer`,
		Annotations: next("ftft map PATH", "Draw the map of what was exported"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return exportTrainer(cmd, args[0], path)
			}
			export, ok := exporters[args[1]]
			if !ok {
				return usageError{fmt.Errorf("unknown format %q; the formats are %s", args[1], strings.Join(exportFormats, ", "))}
			}
			if path == "" {
				return errNoOutput
			}
			s, err := f.open(*runs, args[0], cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if err := s.output(path); err != nil {
				return err
			}
			if err := export(s, path); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "wrote %d examples to %s\n", s.Len(), path)
			return nil
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, text string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 1 {
				return exportFormats, cobra.ShellCompDirectiveNoFileComp
			}
			names, directive := completeRuns(runs)(cmd, args, text)
			if len(args) == 0 {
				names = append(names, trainerWord)
			}
			return names, directive
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&path, "out", "", "file to write; for cartography a folder that does not exist yet, for trainer a folder")
	return cmd
}

// trainerWord is the argument that exports the trainer. A run of this name needs a FORMAT, as every run does.
const trainerWord = "trainer"

var errNoOutput = usageError{errors.New("name the output with --out PATH")}

// exportTrainer writes the files with which other programs train runs.
func exportTrainer(cmd *cobra.Command, word, folder string) error {
	if word != trainerWord {
		return missing(cmd, 1)
	}
	if folder == "" {
		return errNoOutput
	}
	written, err := trainer.Write(folder)
	if err != nil {
		return err
	}
	out := cmd.ErrOrStderr()
	if len(written) == 0 {
		fmt.Fprintf(out, "%s has the trainer already\n", folder)
		return nil
	}
	fmt.Fprintf(out, "wrote %s to %s\n", strings.Join(written, ", "), folder)
	script, err := filepath.Abs(filepath.Join(folder, "train_hf.py"))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "An experiment trains with it by: [engine] kind = \"torchrun\", script = %q. %s says more.\n",
		script, filepath.Join(folder, "README.md"))
	return nil
}

// exportCartography writes the folder under a temporary name and renames it, because cartography takes the number of files that it
// finds for the number of epochs.
func exportCartography(s *dataSource, path string) error {
	if err := s.needLogits("cartography"); err != nil {
		return err
	}
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("%s already exists; name a new folder", path)
	}
	return disk.WriteFolder(disk.Follow(path), func(folder string) error { return cartography.WriteDynamics(folder, s.Map, s.numbers) })
}

func exportTorch(s *dataSource, path string) error {
	if err := s.needLogits("pt"); err != nil {
		return err
	}
	epochs := make([][]float32, s.Epochs)
	for e := range epochs {
		all := s.Logits(e)
		for _, row := range s.Rows {
			epochs[e] = append(epochs[e], all[int(row)*s.Classes:(int(row)+1)*s.Classes]...)
		}
	}
	return disk.WriteOutput(path, func(w io.Writer) error { return torch.Write(w, s.GUIDs, s.numbers, s.Classes, epochs) })
}

func (s *dataSource) needLogits(format string) error {
	if s.HasLogits() {
		return nil
	}
	return fmt.Errorf("%s has only summaries, and %s needs logits; export csv or parquet instead", s.name, format)
}

// A field is a column of the exported table. It has either texts or numbers.
type field struct {
	name    string
	texts   []string
	numbers []float64
	whole   bool // the numbers are integers
}

// fields returns the columns of the table.
func (s *dataSource) fields() []field {
	rows := make([]float64, s.Len())
	for i, row := range s.Rows {
		rows[i] = float64(row)
	}
	list := []field{{name: "guid", texts: s.GUIDs}, {name: "row", numbers: rows, whole: true}}
	if s.Gold != nil {
		gold := make([]float64, s.Len())
		for i, class := range s.Gold {
			gold[i] = float64(class)
		}
		list = append(list, field{name: "gold", numbers: gold, whole: true})
		if s.Labels != nil {
			list = append(list, field{name: "label", texts: s.names(s.Gold)})
		}
	}
	for _, metric := range datamap.Metrics {
		if s.Check(metric) == nil {
			list = append(list, field{name: metric.Name, numbers: s.Values(metric), whole: metric.Whole})
		}
	}
	for e, probabilities := range s.PGold {
		numbers := make([]float64, s.Len())
		for i, p := range probabilities {
			numbers[i] = float64(p)
		}
		list = append(list, field{name: fmt.Sprintf("p_gold_%d", s.First+e), numbers: numbers})
	}
	return list
}

func exportCSV(s *dataSource, path string) error {
	fields := s.fields()
	return disk.WriteOutput(path, func(w io.Writer) error {
		out := bufio.NewWriterSize(w, 1<<16)
		table := csv.NewWriter(out)
		record := make([]string, len(fields))
		for c, f := range fields {
			record[c] = f.name
		}
		for i := -1; i < s.Len(); i++ {
			for c, f := range fields {
				switch {
				case i < 0:
				case f.texts != nil:
					record[c] = f.texts[i]
				default:
					record[c] = strconv.FormatFloat(f.numbers[i], 'g', -1, 64)
				}
			}
			if err := table.Write(record); err != nil {
				return err
			}
		}
		table.Flush()
		if err := table.Error(); err != nil {
			return err
		}
		return out.Flush()
	})
}

func exportParquet(s *dataSource, path string) error {
	fields := s.fields()
	group := parquet.Group{}
	for _, f := range fields {
		switch {
		case f.texts != nil:
			group[f.name] = parquet.String()
		case f.whole:
			group[f.name] = parquet.Int(64)
		default:
			group[f.name] = parquet.Leaf(parquet.DoubleType)
		}
	}
	schema := parquet.NewSchema("map", group)
	return disk.WriteOutput(path, func(w io.Writer) error {
		out := parquet.NewWriter(w, schema, parquet.Compression(&parquet.Zstd), parquet.CreatedBy("ftft", "", ""))
		// The schema sorts its columns by name.
		slices.SortFunc(fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
		row := make(parquet.Row, len(fields))
		for i := range s.Len() {
			for c, f := range fields {
				var v parquet.Value
				switch {
				case f.texts != nil:
					v = parquet.ByteArrayValue([]byte(f.texts[i]))
				case f.whole:
					v = parquet.Int64Value(int64(f.numbers[i]))
				default:
					v = parquet.DoubleValue(f.numbers[i])
				}
				row[c] = v.Level(0, 0, c)
			}
			if _, err := out.WriteRows([]parquet.Row{row}); err != nil {
				return err
			}
		}
		return out.Close()
	})
}
