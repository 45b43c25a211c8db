package input

import (
	"bufio"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// memory tells how much memory there is by the files that Linux shows it in.
type memory struct {
	proc   string // where procfs is mounted
	groups string // where the control groups are mounted
}

var system = memory{proc: "/proc", groups: "/sys/fs/cgroup"}

// available returns how many bytes this process can still allocate, 0 if that is unknown.
func (m memory) available() int64 {
	var least int64
	consider := func(bytes int64, known bool) {
		if bytes = max(bytes, 1); known && (least == 0 || bytes < least) {
			least = bytes
		}
	}
	kilobytes, known := number(filepath.Join(m.proc, "meminfo"), "MemAvailable:")
	consider(kilobytes<<10, known)
	pages := m.pages()
	for _, of := range []struct{ resource, field int }{{unix.RLIMIT_AS, 0}, {unix.RLIMIT_DATA, 5}} {
		var limit unix.Rlimit
		if unix.Getrlimit(of.resource, &limit) == nil && limit.Cur < 1<<60 && of.field < len(pages) {
			consider(int64(limit.Cur)-pages[of.field]*int64(os.Getpagesize()), true)
		}
	}
	if limit := debug.SetMemoryLimit(-1); limit < 1<<60 && len(pages) > 1 { // GOMEMLIMIT
		consider(limit-pages[1]*int64(os.Getpagesize()), true)
	}
	m.eachGroup(func(limit, used int64) { consider(limit-used, true) })
	return least
}

// pages returns the sizes of this process in pages: total, resident, shared, text, 0, data.
func (m memory) pages() []int64 {
	text, _ := os.ReadFile(filepath.Join(m.proc, "self/statm"))
	var sizes []int64
	for _, field := range strings.Fields(string(text)) {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return nil
		}
		sizes = append(sizes, n)
	}
	return sizes
}

// eachGroup visits the memory limits of this process's control groups (version 2, and the memory controller of version 1) and
// of those above them. What is used leaves out the pages of files that the kernel can drop.
func (m memory) eachGroup(visit func(limit, used int64)) {
	lines, _ := os.ReadFile(filepath.Join(m.proc, "self/cgroup"))
	for line := range strings.Lines(string(lines)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3) // number:controllers:path
		if len(parts) < 3 {
			continue
		}
		root, limitName, usedName, droppable := m.groups, "memory.max", "memory.current", "inactive_file"
		if parts[1] != "" {
			if !strings.Contains(","+parts[1]+",", ",memory,") {
				continue
			}
			root = filepath.Join(m.groups, "memory")
			limitName, usedName, droppable = "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
		}
		for path := filepath.Clean("/" + parts[2]); ; path = filepath.Dir(path) {
			folder := filepath.Join(root, path)
			limit, limited := number(filepath.Join(folder, limitName), "")
			used, _ := number(filepath.Join(folder, usedName), "")
			files, _ := number(filepath.Join(folder, "memory.stat"), droppable)
			if limited && limit < 1<<60 {
				visit(limit, used-files)
			}
			if path == "/" {
				break
			}
		}
	}
}

// number returns the number that follows a name at the start of a line; without a name, the file's first number.
func number(path, name string) (n int64, ok bool) {
	file, err := os.Open(path)
	if err != nil {
		return 0, false
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if name != "" {
			if len(fields) == 0 || fields[0] != name {
				continue
			}
			fields = fields[1:]
		}
		if len(fields) == 0 {
			return 0, false
		}
		n, err := strconv.ParseInt(fields[0], 10, 64)
		return n, err == nil
	}
	return 0, false
}
