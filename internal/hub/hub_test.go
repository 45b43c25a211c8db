package hub

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ftft/internal/fault"
	"ftft/internal/limit"
)

const (
	first  = "0123456789abcdef0123456789abcdef01234567"
	second = "89abcdef0123456789abcdef0123456789abcdef"
)

// cache makes a cache as huggingface_hub lays it out (its scan_cache_dir accepts it), with a model in two commits, and returns its
// folder.
func cache(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	t.Setenv("HF_HUB_CACHE", folder)
	model := filepath.Join(folder, "models--org--name")
	write := func(path, text string) {
		t.Helper()
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(model, "refs", "main"), second)
	write(filepath.Join(model, "refs", "v1.0"), first)
	write(filepath.Join(model, "refs", "refs", "pr", "1"), first+"\n")
	write(filepath.Join(model, "refs", "gone"), strings.Repeat("f", 40))
	write(filepath.Join(model, "blobs", "aa"), "{}")
	write(filepath.Join(model, "blobs", "bb.0a1b2c3d.incomplete"), "")
	for _, commit := range []string{first, second} {
		snapshot := filepath.Join(model, "snapshots", commit)
		err := errors.Join(os.MkdirAll(snapshot, 0o755),
			os.Symlink("../../blobs/aa", filepath.Join(snapshot, "config.json")),
			os.Symlink("../../blobs/bb", filepath.Join(snapshot, "model.safetensors")),
			os.Symlink("../../blobs/cc", filepath.Join(snapshot, "vocab.txt")))
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(folder, "datasets--org--data", "snapshots", first), 0o755); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestResolveFindsBranchesTagsAndCommits(t *testing.T) {
	folder := cache(t)
	for name, want := range map[string]string{
		"hub:org/name": second, "hub:org/name@main": second, "hub:org/name@v1.0": first, "hub:org/name@refs/pr/1": first,
		"hub:org/name@" + first: first,
	} {
		got, err := Resolve(name)
		if err != nil || got.Commit != want || got.Folder != filepath.Join(folder, "models--org--name", "snapshots", want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestResolveNamesTheCommandThatFetches(t *testing.T) {
	folder := cache(t)
	for name, want := range map[string]string{
		"hub:org/other": "hub:org/other: not in the hub's cache, " + folder + `, which has "hub:org/name". ftft downloads nothing; ` +
			"fetch it with hf download org/other (in old versions: huggingface-cli download org/other)",
		"hub:bert-base-uncased@v2": "fetch it with hf download bert-base-uncased --revision v2 (",
		"hub:org/name@v2":          `has no files of the revision "v2"; revisions there: "main", "refs/pr/1" and "v1.0". ftft downloads`,
		"hub:org/name@gone":        "fetch it with hf download org/name --revision gone",
		"hub:org/name@refs":        `has no files of the revision "refs"`,
		"hub:org/name@main/x":      `has no files of the revision "main/x"`,
	} {
		_, err := Resolve(name)
		if bad := (*fault.Bad)(nil); !errors.As(err, &bad) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
	t.Setenv("HF_HUB_CACHE", filepath.Join(folder, "none"))
	if _, err := Resolve("hub:org/name"); err == nil || !strings.Contains(err.Error(), ", which has no models. ftft downloads nothing") {
		t.Errorf("without a cache: %v", err)
	}
}

func TestNamesCannotLeaveTheCache(t *testing.T) {
	cache(t)
	for _, name := range []string{
		"hub:", "hub:org/", "hub:/name", "hub:../x", "hub:org/..", "hub:.", "hub:a/b/c", "hub:org/na--me", "hub:org/na..me", "hub:/etc/passwd",
		"hub:org/name@", "hub:org/name@../x", "hub:org/name@/etc", "hub:org/name@a/../b", "hub:org/name@a//b", "hub:org/name@a/",
		"hub:org\\x/name", "hub:-org/name", "hub:org/name@" + strings.Repeat("a", 201), "hub:org/" + strings.Repeat("a", 97), "hub:o rg/name",
		"hub:org/name@x y", "hub:org/name@-f",
	} {
		if n, err := Parse(name); err == nil {
			t.Errorf("%s is accepted: %+v", name, n)
		}
		if _, err := Resolve(name); err == nil {
			t.Errorf("%s is resolved", name)
		}
	}
	// What a file in refs holds is a name as well.
	ref := filepath.Join(Cache(), "models--org--name", "refs", "main")
	for _, text := range []string{"..", "../../x", "", "/etc", strings.Repeat("a", 2000)} {
		if err := os.WriteFile(ref, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if s, err := Resolve("hub:org/name"); err == nil {
			t.Errorf("%q leads to %s", text, s.Folder)
		}
	}
}

func TestListNamesModelsAlone(t *testing.T) {
	folder := cache(t)
	for _, name := range []string{"models--a--b--c", "models--empty--one", "models--..", "version.txt"} {
		if err := os.MkdirAll(filepath.Join(folder, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(List(), " "); got != "hub:org/name" {
		t.Errorf("got %s", got)
	}
}

func TestNamedFindsAModelByItsBareName(t *testing.T) {
	cache(t)
	for folder, want := range map[string]string{
		"org/name": "hub:org/name", "/data/org/name": "hub:org/name", "name": "", "other/name": "", "/": "", ".": "", "": "",
	} {
		if got := Named(folder); got != want {
			t.Errorf("%s: got %q, want %q", folder, got, want)
		}
	}
}

// Whatever a name is, it leads to a snapshot in the cache or nowhere.
func FuzzResolve(f *testing.F) {
	for _, name := range []string{"hub:org/name", "hub:org/name@v1.0", "hub:name", "hub:../x@../../y", "hub:org/name@refs/pr/1"} {
		f.Add(name, second)
	}
	folder := f.TempDir()
	f.Setenv("HF_HUB_CACHE", folder)
	model := filepath.Join(folder, "models--org--name")
	for _, path := range []string{"refs", "snapshots/" + second} {
		if err := os.MkdirAll(filepath.Join(model, path), 0o755); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, name, commit string) {
		if err := os.WriteFile(filepath.Join(model, "refs", "main"), []byte(commit), 0o644); err != nil {
			t.Fatal(err)
		}
		limit.Check(t, 8<<20, 10, func() {
			s, err := Resolve(name)
			switch bad := (*fault.Bad)(nil); {
			case err == nil && filepath.Dir(s.Folder) != filepath.Join(model, "snapshots"):
				t.Errorf("%q leads to %s", name, s.Folder)
			case err != nil && !errors.As(err, &bad):
				t.Errorf("%q: %v", name, err)
			}
			List()
			Advice(filepath.Join(folder, name))
		})
	})
}

func TestAdviceNamesWhatASnapshotLacks(t *testing.T) {
	folder := cache(t)
	model := filepath.Join(folder, "models--org--name", "snapshots")
	for path, want := range map[string]string{
		filepath.Join(model, second, "tokenizer.json"): `not in the hub's cache, which has these files of this snapshot of org/name: ` +
			`"config.json"; fetch the others with hf download org/name (`,
		filepath.Join(model, first, "model.safetensors"): "a link to a file that is missing from the hub's cache, for its download has not " +
			"ended; fetch it with hf download org/name --revision " + first,
		filepath.Join(model, second, "vocab.txt"): "a link to a file that is missing from the hub's cache; fetch it with hf download org/name (",
		filepath.Join(folder, "vocab.txt"):        "",
		"models/bert/config.json":                 "",
		"snapshots/x/config.json":                 "",
	} {
		if got := Advice(path); got != want && (want == "" || !strings.HasPrefix(got, want)) {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

func TestCacheIsWherePythonLooks(t *testing.T) {
	home := "/home/someone"
	for _, c := range []struct{ set, want string }{
		{"", home + "/.cache/huggingface/hub"},
		{"XDG_CACHE_HOME=/xdg", "/xdg/huggingface/hub"},
		{"HF_HOME=/hf XDG_CACHE_HOME=/xdg", "/hf/hub"},
		{"HF_HOME=~/hf", home + "/hf/hub"},
		{"HF_HOME=$PLACE/hf", "/place/hf/hub"},
		{"HF_HOME=${NONE}/hf", "${NONE}/hf/hub"},
		{"HUGGINGFACE_HUB_CACHE=/old HF_HOME=/hf", "/old"},
		{"HUGGINGFACE_HUB_CACHE=~/old", home + "/old"},
		{"HF_HUB_CACHE=/new HUGGINGFACE_HUB_CACHE=/old HF_HOME=/hf", "/new"},
		{"HF_HUB_CACHE=~/${PLACE}", home + "//place"},
	} {
		t.Run(c.set, func(t *testing.T) {
			for _, name := range []string{"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"} {
				t.Setenv(name, "")
			}
			t.Setenv("HOME", home)
			t.Setenv("PLACE", "/place")
			for _, setting := range strings.Fields(c.set) {
				name, value, _ := strings.Cut(setting, "=")
				t.Setenv(name, value)
			}
			if got := Cache(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
