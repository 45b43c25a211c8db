package cli

import (
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
					presets = append(presets, map[string]string{"name": p.Name, "summary": p.Summary})
				}
				return printJSON(cmd.OutOrStdout(), presets)
			case list:
				var rows [][]string
				for _, p := range configs.Presets() {
					rows = append(rows, []string{p.Name, p.Summary})
				}
				return printTable(cmd.OutOrStdout(), rows)
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
			_, err = cmd.OutOrStdout().Write(cfg.TOML())
			return err
		},
		ValidArgsFunction: completePresets,
	}
	cmd.Flags().StringArrayVar(&sets, "set", nil, "override a key of the config: table.key=value (repeatable)")
	cmd.Flags().BoolVar(&list, "list", false, "list the presets")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
