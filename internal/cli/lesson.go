package cli

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"ftft/tui"
	"ftft/tui/recording"
)

func lessonCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lesson",
		Short: "A guided tour of the workbench and of FTFT, on recorded runs",
		Long: `A guided tour of the workbench and of FTFT, in thirteen steps, on recorded runs: nothing is trained, and nothing of yours is touched.

The program holds two experiments on its built-in data (2 MB, packed): the demo, and one with a reference that is too weak. Each step is
a state of the workbench's own screens with a text below: all keys work, and space goes on. The figures in the texts are the recording's.`,
		Example: `  ftft lesson
  ftft lesson --theme light`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return lesson(cmd) },
	}
	addScreenFlags(cmd)
	return cmd
}

// lesson unpacks the recorded runs for as long as the screen is open.
func lesson(cmd *cobra.Command) (err error) {
	if !onTerminal() {
		return usageError{fmt.Errorf("the lesson needs a terminal")}
	}
	options, err := screenOptions(cmd)
	if err != nil {
		return err
	}
	root, err := os.MkdirTemp("", "ftft-lesson-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(root)) }()
	if err := recording.Unpack(root); err != nil {
		return err
	}
	read := &texts{}
	if options.Lesson, err = tui.OpenLesson(root, read.of); err != nil {
		return err
	}
	options.Root, options.Texts, options.Columns = root, read.of, read.columns
	_, err = tui.Run(cmd.Context(), options)
	return err
}
