package cli

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"ftft/configs"
	"ftft/datamap"
	"ftft/internal/disk"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/train/watch/watchtest"
	"ftft/tui"
)

// shown returns a workbench with two complete runs, in a folder whose name a shell must quote.
func shown(t *testing.T) (app *tui.App, root string) {
	t.Helper()
	root = filepath.Join(t.TempDir(), "my 'runs' $HOME")
	config, err := configs.Load("../../testdata/tiny/tiny.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"other", "one"} {
		w := watchtest.New(rundir.Dir(filepath.Join(root, id)), watchtest.Plan{
			Manifest: rundir.Manifest{ID: id, Role: rundir.Reference, Seed: 7},
			Examples: 300, BatchSize: 10, Steps: 120, Evaluate: 4, Speed: 1,
		})
		w.Train(120)
		if err := disk.WriteFile(w.Dir.Config(), config.TOML()); err != nil {
			t.Fatal(err)
		}
		w.Finish(rundir.Finish{Status: rundir.Complete})
	}
	study := rundir.StudyDir(filepath.Join(root, "both"))
	if err := disk.Mkdir(string(study)); err != nil {
		t.Fatal(err)
	}
	plan := rundir.Study{Name: "both", State: rundir.Complete, Runs: []rundir.StudyRun{{ID: "one", Role: rundir.Reference, Seed: 7}}}
	if err := study.WriteStudy(plan); err != nil {
		t.Fatal(err)
	}
	source := watch.New(root)
	app = tui.New(tui.Options{Root: root, Feed: source, Focus: filepath.Join(root, "one")})
	app.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	for range 2 {
		app.Update(source.Poll(rundir.Dir(filepath.Join(root, "one"))))
	}
	return app, root
}

func press(app *tui.App, keys string) {
	for _, key := range keys {
		app.Update(tea.KeyPressMsg{Code: key, Text: string(key)})
	}
}

// Each command that a screen shows parses, and a shell splits its line into its arguments.
func TestShownCommandsCanBeTyped(t *testing.T) {
	app, _ := shown(t)
	checked := map[string]bool{}
	for _, keys := range []string{"1", "s", "ss", "]", "i", "2", "aAzbC", "+", "3", "4", "c", "0", "5", "j", "j", "j"} {
		press(app, keys)
		for _, command := range app.Commands() {
			cmd, rest, err := root().Find(command.Args)
			if err != nil || cmd.Name() == "ftft" {
				t.Errorf("after %s: %v is no command: %v", keys, command.Args, err)
				continue
			}
			if err := cmd.ParseFlags(rest); err != nil {
				t.Errorf("after %s: %v: %v", keys, command.Args, err)
			} else if err := cmd.Args(cmd, cmd.Flags().Args()); err != nil {
				t.Errorf("after %s: %v: %v", keys, command.Args, err)
			}
			checked[cmd.Name()] = true
			if sets, err := cmd.Flags().GetStringArray("set"); err == nil {
				if _, err := configs.Load(cmd.Flags().Arg(0), sets...); err != nil {
					t.Errorf("after %s: %v: %v", keys, command.Args, err)
				}
			}
			out, err := exec.Command("sh", "-c", `set -- `+strings.TrimPrefix(command.Line(), "ftft")+`; printf '%s\n' "$@"`).Output()
			if got := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n"); err != nil || !slices.Equal(got, command.Args) {
				t.Errorf("a shell reads %s as %q", command.Line(), got)
			}
		}
	}
	for _, name := range []string{"map", "select", "curves", "runs", "report", "run"} {
		if !checked[name] {
			t.Errorf("no screen shows ftft %s", name)
		}
	}
}

// The commands select the guids that the screen selects, by every strategy.
func TestShownCommandsGiveTheSame(t *testing.T) {
	app, folder := shown(t)
	m, err := readMap(rundir.Dir(filepath.Join(folder, "one")), 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	press(app, "1]]]")
	for _, strategy := range datamap.Strategies {
		ranking, err := m.Rank(strategy, 7)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, index := range ranking.Top(0.36) {
			want = append(want, m.GUIDs[index])
		}
		slices.Sort(want)
		got := strings.Fields(run(t, app.Commands()[0].Args...))
		got = slices.DeleteFunc(got, func(word string) bool { return !strings.HasPrefix(word, "ex-") })
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d guids, the screen selects %d", app.Commands()[0].Line(), len(got), len(want))
		}
		press(app, "s")
	}
	press(app, "2")
	if text := run(t, app.Commands()[1].Args...); !strings.Contains(text, "Training loss") {
		t.Errorf("%s", text)
	}
}
