package cli

import (
	_ "embed"
	"io"

	"github.com/spf13/cobra"
)

//go:generate go run ./_licenses

//go:embed notices.txt
var licenses string

func licensesCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "licenses",
		Aliases: []string{"licences", "license", "licence"},
		Short:   "Print the licences of ftft, its dependencies and its fonts",
		Long: `Print the licences of all that the program contains: ftft itself, Go, the modules that it is built from, and the fonts of its
figures.`,
		Example: `  ftft licenses
  ftft licenses | less`,
		Annotations: next("ftft --version", "Show which build this is"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := io.WriteString(cmd.OutOrStdout(), licenses)
			return err
		},
	}
}
