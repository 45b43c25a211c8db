package input

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAvailableIsTheLeastOfAllLimits(t *testing.T) {
	const free = "MemTotal: 100 kB\nMemAvailable:  2000000 kB\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"no files": {nil, 0},
		"no group": {map[string]string{"proc/meminfo": free}, 2000000 << 10},
		"version 2": {map[string]string{"proc/meminfo": free, "proc/self/cgroup": "0::/a/b\n", "groups/a/b/memory.max": "max\n",
			"groups/a/memory.max": "1000000000\n", "groups/a/memory.current": "400000000\n",
			"groups/a/memory.stat": "anon 1\ninactive_file 100000000\n"}, 700_000_000},
		"version 1": {map[string]string{"proc/meminfo": free, "proc/self/cgroup": "3:cpu:/x\n2:memory:/a\n",
			"groups/memory/a/memory.limit_in_bytes": "9223372036854771712\n", "groups/memory/memory.limit_in_bytes": "500000000\n",
			"groups/memory/memory.usage_in_bytes": "100000000\n"}, 400_000_000},
		"used up": {map[string]string{"proc/meminfo": free, "proc/self/cgroup": "0::/\n", "groups/memory.max": "1000\n",
			"groups/memory.current": "2000\n"}, 1},
	} {
		dir := t.TempDir()
		for path, text := range c.files {
			path = filepath.Join(dir, path)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		m := memory{proc: filepath.Join(dir, "proc"), groups: filepath.Join(dir, "groups")}
		if got := m.available(); got != c.want {
			t.Errorf("%s: %d bytes, expected %d", name, got, c.want)
		}
	}
	if got := system.available(); got < 1<<20 || got > 1<<50 {
		t.Errorf("this machine has %d bytes available", got)
	}
}
