package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"ftft/tui"
	"ftft/tui/recording"
)

func lessonCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lesson",
		Short: "Learn FTFT and the workbench on recorded runs",
		Long: `Learn FTFT and the workbench in thirteen steps, on recorded runs. Nothing is trained, and none of your files are touched.

The program contains two experiments on its built-in data (2 MB, compressed): the demo, and one with a reference that is too weak. Each
step is a state of the workbench's own screens with a text below. All keys work, and space goes to the next step. The figures in
the texts come from the recording.`,
		Example: `  ftft lesson
  ftft lesson --theme light`,
		Annotations: next("ftft run demo", "Run the lesson's experiment yourself"),
		RunE:        func(cmd *cobra.Command, _ []string) error { return lesson(cmd) },
	}
	addScreenFlags(cmd)
	return cmd
}

// lesson unpacks the recorded runs into a temporary folder, which it removes when the screen closes.
func lesson(cmd *cobra.Command) (err error) {
	if !onTerminal() {
		return usageError{fmt.Errorf("the lesson needs a terminal")}
	}
	options, err := screenOptions(cmd)
	if err != nil {
		return err
	}
	ctx, stop := untilHangup(finishing(cmd))
	defer stop()
	folder, err := newLessonFolder()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.remove()) }()
	root := folder.path
	if err := recording.Unpack(root); err != nil {
		return err
	}
	recorded := &texts{}
	if options.Lesson, err = tui.OpenLesson(root, recorded.example); err != nil {
		return err
	}
	options.Root, options.Texts, options.Columns = root, recorded.example, recorded.columns
	_, err = tui.Run(ctx, options)
	return err
}
