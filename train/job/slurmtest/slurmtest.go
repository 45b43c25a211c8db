// Package slurmtest starts Slurm on this machine for tests of what submits jobs to it.
//
// slurm.sh holds what makes Debian's packages slurm-wlm and munge run in a folder, without systemd; it serves by hand as well. Only tests
// import this package; it imports nothing of the project. Begin reading at Start.
package slurmtest

import (
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

//go:embed slurm.sh
var script []byte

// Packages is how Debian installs what Start needs.
const Packages = "apt-get install -y --no-install-recommends slurm-wlm munge"

// Slurm is a running Slurm of one or more nodes on this machine.
type Slurm struct {
	Dir string // holds slurm.conf, the daemons' logs and the files of their process IDs
	t   testing.TB
}

// Start starts a Slurm of so many nodes for the duration of the test and sets SLURM_CONF, by which all commands find it. The test is
// skipped where Slurm is not installed.
func Start(t *testing.T, nodes int) *Slurm {
	t.Helper()
	for _, program := range []string{"bash", "munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "scancel"} {
		if _, err := lookPath(program); err != nil {
			t.Skipf("no %s on this machine; on Debian: %s", program, Packages)
		}
	}
	// Sockets need a short path, and t.TempDir contains the name of the test.
	dir, err := os.MkdirTemp("", "slurm")
	if err != nil {
		t.Fatal(err)
	}
	s := &Slurm{Dir: dir, t: t}
	t.Cleanup(func() {
		if out, err := s.script("down").CombinedOutput(); err != nil {
			t.Errorf("slurm.sh down: %v\n%s", err, out)
		}
		os.RemoveAll(dir)
	})
	if out, err := s.script("up", strconv.Itoa(nodes)).CombinedOutput(); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "slurmctld.log"))
		t.Fatalf("slurm.sh up: %v\n%s\n%s", err, out, log)
	}
	t.Setenv("SLURM_CONF", filepath.Join(dir, "slurm.conf"))
	return s
}

// Run runs one of Slurm's commands and returns its standard output without the last newline.
func (s *Slurm) Run(name string, args ...string) string {
	s.t.Helper()
	command := exec.Command(name, args...)
	command.Env = append(os.Environ(), "SLURM_CONF="+filepath.Join(s.Dir, "slurm.conf"))
	out, err := command.Output()
	if err != nil {
		message := ""
		if exit, ok := err.(*exec.ExitError); ok {
			message = string(exit.Stderr)
		}
		s.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, message)
	}
	return strings.TrimSuffix(string(out), "\n")
}

// script is slurm.sh with an action.
func (s *Slurm) script(action string, args ...string) *exec.Cmd {
	return exec.Command("bash", append([]string{"-c", string(script), "slurm.sh", action, s.Dir}, args...)...)
}

// lookPath finds a program, in the folders of daemons as well, which are not in every user's PATH.
func lookPath(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil {
		return path, nil
	}
	return exec.LookPath(filepath.Join("/usr/sbin", name))
}
