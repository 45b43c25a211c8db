// Package version names the build of the running program: by the revision of its source, or by a hash of its machine code
// where the build carries no revision. Runs record the name, and resume refuses a run that another version started. The
// package imports nothing of the project. Begin reading at String.
package version

import (
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"sync"
)

// digits is the number of hexadecimal digits that a version has of a revision or a hash.
const digits = 12

// String returns the version of the running program, which is the same in all processes of one build:
//
//	v1.2.0                           a release
//	1c5b0e6b8d1f                     a build of that revision
//	1c5b0e6b8d1f+code.9f86d081884c   a build of that revision with changes; the hash tells one change from another
//	devel+code.9f86d081884c          a build that carries no revision, such as that of "go run"
//
// The first call hashes the program if it must, which takes about 30 ms.
var String = sync.OnceValue(func() string {
	info, _ := debug.ReadBuildInfo()
	return name(info, codeHash)
})

// Time returns the time of the revision that the program was built from, as RFC 3339, or "" if the build carries none.
func Time() string {
	info, _ := debug.ReadBuildInfo()
	return setting(info, "vcs.time")
}

// name names a build. It calls code for the hash of the machine code only if the name has one.
func name(info *debug.BuildInfo, code func() string) string {
	revision := setting(info, "vcs.revision")
	revision = revision[:min(digits, len(revision))]
	changed := setting(info, "vcs.modified") == "true"
	switch {
	case !changed && info != nil && isRelease(info.Main.Version):
		return info.Main.Version
	case revision != "" && !changed:
		return revision
	case revision != "":
		return revision + "+code." + code()
	}
	return "devel+code." + code()
}

// isRelease reports whether a module's version is that of a tag, rather than "(devel)" or a pseudo-version.
func isRelease(version string) bool {
	return strings.HasPrefix(version, "v") && !strings.ContainsAny(version, "-+")
}

// setting returns a setting of the build, or "".
func setting(info *debug.BuildInfo, key string) string {
	if info == nil {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// codeHash returns the hash of the running program, or "unknown" if the system does not let it be read.
func codeHash() string {
	// "go run" deletes its binary when it ends, and a child may live longer. Linux keeps the file readable under /proc.
	sum, err := hashFile("/proc/self/exe")
	if err == nil {
		return sum
	}
	path, err := os.Executable()
	if err != nil {
		return "unknown"
	}
	if sum, err = hashFile(path); err != nil {
		return "unknown"
	}
	return sum
}

// hashFile hashes the code, the constants and the initial data of an ELF program, and any other file whole. The rest of an
// ELF file, such as its symbols, differs between "go run" and "go build" of one source.
func hashFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	parts := []io.Reader{file}
	if program, err := elf.NewFile(file); err == nil {
		parts = nil
		for _, name := range []string{".text", ".rodata", ".noptrdata", ".data"} {
			if section := program.Section(name); section != nil {
				parts = append(parts, section.Open())
			}
		}
	}
	sum := sha256.New()
	for _, part := range parts {
		if _, err := io.Copy(sum, part); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil))[:digits], nil
}
