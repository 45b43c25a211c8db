package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ftft/internal/fault"
	"ftft/train/nn/spec"
)

// placeholders tells what the arguments in the commands' Use lines stand for.
var placeholders = map[string]string{
	"ACTION":         "pause, resume, stop, checkpoint, patience, evaluations or note",
	"COMMAND":        "the name of a command",
	"CONFIG|PRESET":  "a config file or a preset (ftft config --list)",
	"DATA":           "a data file (.jsonl, .json, .csv, .tsv, .parquet, .arrow), or a pattern or folder of several",
	"DIR":            "the directory of an experiment",
	"FILE":           "a data file: .jsonl, .json, .csv, .tsv, .parquet or .txt",
	"FORMAT":         "cartography, pt, csv or parquet",
	"GUID":           "the guid of an example",
	"MODEL":          spec.Folder + "; or hub:ORG/NAME[@REVISION], a model of the hub's cache",
	"SHELL":          "bash, zsh, fish or powershell",
	"RUN":            "the name or directory of a run",
	"RUN|EXPERIMENT": "the name or directory of a run or an experiment",
	"SOURCE":         "a run, an experiment, or a folder or file of training dynamics",
	"SOURCE|trainer": "a run, an experiment, or a folder or file of training dynamics",
	"VALUE":          "what the action needs",
	"WORD":           "a word in the name, experiment, arm, strategy or state of a run",
}

// An argument is a placeholder of a Use line.
type argument struct {
	name               string
	optional, repeated bool
}

// arguments reads a Use line such as "mark SOURCE [GUID...]".
func arguments(use string) []argument {
	var list []argument
	for _, word := range strings.Fields(use)[1:] {
		var a argument
		if strings.HasPrefix(word, "[") {
			a.optional, word = true, strings.Trim(word, "[]")
		}
		a.name, a.repeated = strings.CutSuffix(word, "...")
		list = append(list, a)
	}
	return list
}

// checkArguments reports an argument that the command's Use line asks for and that is missing, or one too many.
func checkArguments(cmd *cobra.Command, args []string) error {
	if !cmd.HasParent() && len(args) > 0 {
		return located(cmd, usageError{unknown("command", args[0], commandNames(cmd))})
	}
	list := arguments(cmd.Use)
	if len(args) < len(list) && !list[len(args)].optional {
		return missing(cmd, len(args))
	}
	if len(args) > len(list) && (len(list) == 0 || !list[len(list)-1].repeated) {
		_, takes, found := strings.Cut(cmd.Use, " ")
		if !found {
			takes = "no argument"
		}
		return located(cmd, usageError{fmt.Errorf("%s takes %s; %q is one argument too many", cmd.CommandPath(), takes, args[len(list)])})
	}
	return nil
}

// missing is the error of a command that lacks its i-th argument.
func missing(cmd *cobra.Command, i int) error {
	list := arguments(cmd.Use)
	name := list[i].name
	article := "a "
	if strings.ContainsRune("AEIOU", rune(name[0])) {
		article = "an "
	}
	if slices.ContainsFunc(list[:i], func(a argument) bool { return a.name == name }) {
		article = "a second "
	}
	return located(cmd, usageError{fmt.Errorf("%s needs %s%s: %s", cmd.CommandPath(), article, name, placeholders[name])})
}

// flagError explains an invalid value of a flag, and adds the nearest flag to the error of one that the command does not have.
func flagError(cmd *cobra.Command, err error) error {
	var absent *pflag.NotExistError
	if errors.As(err, &absent) && len(absent.GetSpecifiedName()) > 1 {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		err = unknown("flag", "--"+absent.GetSpecifiedName(), names)
	}
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		flag := invalid.GetFlag()
		must := kinds[flag.Value.Type()]
		if o, ok := flag.Value.(*oneOf); ok {
			must = "one of " + strings.Join(o.words, ", ")
		}
		if must != "" {
			err = fmt.Errorf("--%s %q: must be %s", flag.Name, invalid.GetValue(), must)
		}
	}
	return located(cmd, usageError{err})
}

// kinds describes the values of flags by type, except oneOf's. A text is never invalid.
var kinds = map[string]string{
	"bool":    "true or false",
	"float64": "a number",
	"int":     "a whole number",
	"int64":   "a whole number",
}

// unknown is the error of a word that is none of the names, with the nearest of them.
func unknown(kind, word string, names []string) error {
	text := fmt.Sprintf("unknown %s: %s", kind, word)
	if nearest := fault.Nearest(word, names); nearest != "" {
		text += "; did you mean " + nearest + "?"
	}
	return errors.New(text)
}

// commandNames returns the names of the commands that the help lists.
func commandNames(root *cobra.Command) []string {
	var names []string
	for _, c := range root.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	return names
}
