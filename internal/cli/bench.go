package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"ftft/train/bench"
	"ftft/train/nn/kernel"
)

// benchFlags holds the flags of ftft bench.
type benchFlags struct {
	kernels, only    string
	threads, samples int
	asJSON           bool
}

// benchResult is the result of one case.
type benchResult struct {
	Name    string       `json:"name"`
	Seconds float64      `json:"seconds"`
	Rates   []bench.Rate `json:"rates"`
}

func benchCommand() *cobra.Command {
	var t benchFlags
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Time the engine on this machine",
		Long: `Time the engine on this machine: matrix products, the other operations, attention, and whole training steps on batches
of 32 tweets, of three sizes of BERT and of a model of each family.

Each figure is the median of several samples. The peak, measured first, is the rate of fused multiply-adds on registers alone.`,
		Example: `  ftft bench
  ftft bench --only step
  ftft bench --only product/forward --kernels avx2 --threads 1 --json`,
		Annotations: next("ftft run demo", "Run an experiment on built-in data"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return t.run(finishing(cmd), cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&t.only, "only", "", "run only the cases whose names match this regular expression")
	cmd.Flags().StringVar(&t.kernels, "kernels", "best", "kernels to time: best, avx512, avx2 or plain")
	cmd.Flags().IntVar(&t.threads, "threads", 0, "number of threads; 0 = one per core")
	cmd.Flags().IntVar(&t.samples, "samples", 5, "samples per case; the median counts")
	cmd.Flags().BoolVar(&t.asJSON, "json", false, "print JSON")
	completeFlag(cmd, "kernels", func() []string {
		names := []string{kernel.Best.String()}
		for _, p := range kernel.Paths() {
			names = append(names, p.String())
		}
		return names
	})
	return cmd
}

func (t benchFlags) run(ctx context.Context, w io.Writer) error {
	path, err := kernel.ParsePath(t.kernels)
	if err != nil {
		return usageError{err}
	}
	only, err := regexp.Compile(t.only)
	if err != nil {
		return usageError{fmt.Errorf("--only: %w", err)}
	}
	if t.samples < 1 || t.threads < 0 {
		return usageError{errors.New("--samples must be at least 1, --threads at least 0")}
	}
	var cases []bench.Case
	for _, c := range bench.Cases() {
		if only.MatchString(c.Name) {
			cases = append(cases, c)
		}
	}
	if len(cases) == 0 {
		return usageError{fmt.Errorf("--only %s matches no case, such as step/minilm-l6", t.only)}
	}
	e := kernel.NewEngine[float32](t.threads, path)
	defer e.Close()
	peak := e.Peak()
	if !t.asJSON {
		fmt.Fprintf(w, "%v, %d threads, peak %s GF/s\n", path, e.Threads(), digits(peak))
	}
	var results []benchResult
	for _, c := range cases {
		median, err := c.Median(ctx, e, t.samples)
		if errors.Is(err, context.Canceled) {
			return errInterrupted
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
		r := benchResult{c.Name, median.Seconds(), c.Rates(median.Seconds(), peak)}
		results = append(results, r)
		if !t.asJSON {
			fmt.Fprintf(w, "%-36s %10s", r.Name, median.Round(max(time.Nanosecond, median/1000)))
			for _, rate := range r.Rates {
				fmt.Fprintf(w, "  %7s %s", digits(rate.Value), rate.Unit)
			}
			fmt.Fprintln(w)
		}
	}
	if t.asJSON {
		return printJSON(w, map[string]any{"kernels": path.String(), "threads": e.Threads(), "peak": peak, "cases": results})
	}
	return nil
}

// digits formats a number with about four digits.
func digits(v float64) string {
	decimals := 0
	switch {
	case v < 1:
		decimals = 4
	case v < 10:
		decimals = 2
	case v < 1000:
		decimals = 1
	}
	return strconv.FormatFloat(v, 'f', decimals, 64)
}
