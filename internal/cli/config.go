package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/spf13/cobra"

	"ftft/configs"
)

func configCommand() *cobra.Command {
	var sets []string
	var list, asJSON bool
	cmd := &cobra.Command{
		Use:   "config [CONFIG|PRESET]",
		Short: "Print a resolved config, or each of its errors with its line",
		Long:  `Print a config with all defaults and overrides resolved, as TOML, or each of its errors with its line. --list lists the presets.`,
		Example: `  ftft config demo > experiment.toml
  ftft config experiment.toml --set train.epochs=3
  ftft config --list`,
		Annotations: next(
			"ftft data CONFIG", "Check the data of the experiment",
			"ftft run CONFIG", "Run the experiment",
		),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case list && asJSON:
				presets := []map[string]string{}
				for _, p := range configs.Presets() {
					presets = append(presets, map[string]string{"name": p.Name, "summary": p.Summary, "needs": p.Needs})
				}
				return printJSON(cmd.OutOrStdout(), presets)
			case list:
				return printPresets(cmd.OutOrStdout())
			case len(args) == 0:
				return missing(cmd, 0)
			}
			cfg, err := configs.Load(args[0], sets...)
			if err != nil {
				return err
			}
			if asJSON {
				tree := map[string]any{} // with the key names of the file
				if err := toml.Unmarshal(cfg.TOML(), &tree); err != nil {
					return err
				}
				return printJSON(cmd.OutOrStdout(), tree)
			}
			_, err = product(cmd).Write(cfg.TOML())
			return err
		},
		ValidArgsFunction: completePresets,
	}
	cmd.Flags().StringArrayVar(&sets, "set", nil, "override a key of the config: table.key=value (repeatable)")
	cmd.Flags().BoolVar(&list, "list", false, "list the presets")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// printPresets lists the presets, with the files that they need.
func printPresets(w io.Writer) error {
	var text strings.Builder
	for _, p := range configs.Presets() {
		fmt.Fprintf(&text, "%-16s %s\n", p.Name, p.Summary)
		for line := range strings.Lines(p.Needs) {
			text.WriteString("    " + line)
		}
		if p.Needs != "" {
			text.WriteString("\n\n")
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// withNeeds adds to an error about an experiment's data what its preset needs, if name is that of a preset and a file is missing.
func withNeeds(err error, name string, cfg configs.Config) error {
	preset, found := configs.FindPreset(name)
	missing := slices.ContainsFunc(cfg.Files(), func(path string) bool {
		_, err := os.Stat(path)
		return errors.Is(err, fs.ErrNotExist)
	})
	if err == nil || !found || !missing {
		return err
	}
	return fmt.Errorf("%w\n\nThe preset %s needs --set data.root=DIR. %s", err, name, preset.Needs)
}
