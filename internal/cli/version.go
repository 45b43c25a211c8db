package cli

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"ftft/internal/version"
	"ftft/train/nn/kernel"
)

// addVersion gives the root command the flag --version. The text is made only when the flag is given, because naming some
// builds means hashing the program.
func addVersion(root *cobra.Command) {
	cobra.AddTemplateFunc("build", build)
	root.Version = "by the template" // cobra adds the flag only if this is not empty
	root.SetVersionTemplate("ftft version {{build}}\n")
}

// build describes the program: the version that runs record, when its revision was committed, the Go version, the platform
// and the kernels that this processor gets.
func build() string {
	details := []string{runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, kernel.Fastest().String() + " kernels"}
	if at := version.Time(); at != "" {
		details = append([]string{at}, details...)
	}
	return fmt.Sprintf("%s (%s)", version.String(), strings.Join(details, ", "))
}
