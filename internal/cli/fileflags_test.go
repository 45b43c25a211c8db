package cli

import (
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// sourceFlagsOf parses arguments as a command that reads a source does.
func sourceFlagsOf(t *testing.T, args ...string) *sourceFlags {
	t.Helper()
	var f sourceFlags
	cmd := &cobra.Command{Use: "x"}
	f.add(cmd)
	if err := cmd.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	return &f
}

func TestCommandsInHintsKeepHowDataAreWritten(t *testing.T) {
	args := []string{"--data=a.txt", "--guid=1", "--label=3", "--text=2",
		"--format=csv", `--delimiter=;`, "--header=false", "--quoting=none", "--encoding=gb18030"}
	f := sourceFlagsOf(t, args...)
	again := sourceFlagsOf(t, f.given(defaultRuns)...)
	if !reflect.DeepEqual(again.file, f.file) || !slices.Contains(f.given(defaultRuns), "--delimiter=;") || *f != (sourceFlags{
		data: "a.txt", guid: "1", label: "3", text: "2", flags: f.flags, file: fileFlags{"csv", ";", "false", "none", "gb18030"}}) {
		t.Errorf("%+v, %q", f, f.given(defaultRuns))
	}
	for _, c := range []struct{ args, want string }{
		{"--header=no", `--header is "no"; it must be true or false`},
		{"--delimiter=::", `--delimiter: "::" is not a delimiter`},
		{"--encoding=klingon", `--encoding: "klingon" is unknown`},
		{"--format=xls", `--format: "xls" is unknown`},
		{"--quoting=all", `--quoting: "all" is unknown`},
	} {
		f := sourceFlagsOf(t, c.args)
		if _, err := f.file.options(); err == nil || !strings.Contains(err.Error(), c.want) || exitCode(err) != exitUsage {
			t.Errorf("%s: %v, want %s", c.args, err, c.want)
		}
	}
}

func TestDataOfAnyShapeAreJoined(t *testing.T) {
	for _, c := range []struct{ name, content, args, notice, warning string }{
		{"a.csv", "uid;text;label\n7;a, b;yes\n8;c;no\n", "", "semicolon-separated, header, values may be quoted", ""},
		{"a.csv", "guid,text,label\n7,\xba\xc3,yes\n8,c,no\n", "--encoding=gb18030", "comma-separated, header, values may be quoted, gb18030",
			""},
		{"a.csv", "7|a|yes\n8|c|no\n", "--header=false --guid=1 --label=3 --text=2", "pipe-separated, no header", ""},
		{"a.tsv", "guid\ttext\tlabel\n7\t\"a \"\"b\"\"\"\tyes\n8\tc\tno\n", "", "",
			"1 value is in quotes, 1 of them with doubled quotes inside (the first on line 2), and quotes are read as text; --quoting=csv takes"},
		{"a.csv", "7,a,yes\n8,c,yes\n", "--guid=7 --label=yes --text=a", "",
			"looks like an example: its column 1, 7, is a number as in the rows below; --header=false"},
	} {
		path := filepath.Join(t.TempDir(), c.name)
		if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		f := sourceFlagsOf(t, append(strings.Fields(c.args), "--data="+path)...)
		data, err := f.openData()
		if err != nil {
			t.Errorf("%q %s: %v", c.content, c.args, err)
			continue
		}
		var warnings strings.Builder
		warnOfShape(data.File, data.Warnings, io.Writer(&warnings))
		if _, ok := data.Row("8"); !ok || !strings.Contains(strings.Join(data.Recognised, "; "), c.notice) ||
			!strings.Contains(warnings.String(), c.warning) || (c.warning == "") != (warnings.Len() == 0) {
			t.Errorf("%q %s: %q, %q", c.content, c.args, data.Recognised, warnings.String())
		}
	}
}
