package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A command that finds nothing of what it is asked for, or not all, fails with bad data and writes no file.
func TestNothingIsNoSuccess(t *testing.T) {
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	for epoch := range 2 {
		var lines strings.Builder
		for i := range 6 {
			fmt.Fprintf(&lines, `{"guid": "g%d", "logits_epoch_%d": [%d.5, %d], "gold": %d}`+"\n", i, epoch, i, epoch*i, i%2)
		}
		name := path(fmt.Sprintf("carto/training_dynamics/dynamics_epoch_%d.jsonl", epoch))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(lines.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for epoch := range 2 { // with other gold labels
		name := path(fmt.Sprintf("carto/training_dynamics/dynamics_epoch_%d.jsonl", epoch))
		text, err := os.ReadFile(name)
		if err == nil {
			other := strings.NewReplacer(`"gold": 0`, `"gold": 1`, `"gold": 1`, `"gold": 0`).Replace(string(text))
			err = os.MkdirAll(path("other"), 0o755)
			if err == nil {
				err = os.WriteFile(path("other/"+filepath.Base(name)), []byte(other), 0o644)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"fewer.csv": "guid,text,label\ng0,a,0\ng1,b,1\n", "others.csv": "guid,text,label\nx,a,0\n",
		"all.csv": "guid,text,label\ng0,a,0\ng1,b,1\ng2,c,0\ng3,d,1\ng4,e,0\ng5,f,1\n", "none.txt": "",
	} {
		if err := os.WriteFile(path(name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	attempt := func(line string) (string, error) {
		var out bytes.Buffer
		cmd := root()
		cmd.SetOut(&out)
		cmd.SetErr(&out)
		cmd.SetIn(strings.NewReader(""))
		args := words(strings.ReplaceAll(line, "@", folder+string(filepath.Separator)))
		cmd.SetArgs(args)
		err := cmd.Execute()
		return out.String(), err
	}
	for _, c := range []struct{ line, message string }{
		{"select @carto --data @fewer.csv --fraction 1 --rows @out", "has no row of 4 of the 6 selected examples, such as guid \"g2\""},
		{"select @carto --data @others.csv --rows @out --selection @out.json", "has no row of 1 of the 1 selected examples"},
		{"select @carto --rule 'variability > 9'", "none of the 6 examples matches the rule variability > 9"},
		{"select @carto --rule 'variability > 9' --fraction 0.5", "none of the 6 examples matches"},
		{"select @carto --rule 'variability > 9' --data @all.csv --rows @out --selection @out", "none of the 6"},
		{"mark @carto --rule 'variability > 9' --keep", "nothing was marked"},
		{"mark @carto nobody --keep", "no example on the map has guid nobody"},
		{"map @carto --explain aum nobody", "no example on the map has guid nobody (6 examples, the first one is g0)"},
		{"mark @carto g1 --clear", "none of these examples has a mark to clear"},
		{"compare @carto @other", "guid g0 has the gold label 0 in one source and 1 in the other"},
		{"correct @carto --data @all.csv --out @out", "no mark changes it"},
	} {
		out, err := attempt(c.line)
		if exitCode(err) != exitData || !strings.Contains(err.Error(), c.message) {
			t.Errorf("ftft %s: exit code %d, %v\n%s", c.line, exitCode(err), err, out)
		}
	}
	if _, err := attempt("mark @carto g1 g2 --exclude"); err != nil {
		t.Fatal(err)
	}
	for line, message := range map[string]string{
		"correct @carto --data @others.csv --out @out":                  "has no row of 2 marked examples, such as guid \"g1\"",
		"select @carto --rule 'mark == \"exclude\" && confidence > -1'": "none of the 4 examples that the marks do not exclude matches",
	} {
		if out, err := attempt(line); exitCode(err) != exitData || !strings.Contains(err.Error(), message) {
			t.Errorf("ftft %s: exit code %d, %v\n%s", line, exitCode(err), err, out)
		}
	}
	if left, _ := filepath.Glob(path("out*")); len(left) > 0 {
		t.Errorf("written: %q", left)
	}
}
