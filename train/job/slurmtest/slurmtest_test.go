package slurmtest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestSlurmRunsAJobOnEachNodeAndStops(t *testing.T) {
	var pids []int
	t.Run("slurm", func(t *testing.T) {
		s := Start(t, 2)
		files, err := filepath.Glob(filepath.Join(s.Dir, "*.pid"))
		if err != nil || len(files) != 4 {
			t.Fatalf("process IDs in %q, want those of munged, slurmctld and two slurmd; %v", files, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
		out := filepath.Join(t.TempDir(), "out")
		job := s.Run("sbatch", "--parsable", "--nodes=2", "--ntasks=2", "--output="+out, "--wrap", "srun printenv SLURMD_NODENAME")
		for s.Run("squeue", "-h", "-t", "all", "-j", job, "-o", "%T") != "COMPLETED" {
			time.Sleep(100 * time.Millisecond)
		}
		text, err := os.ReadFile(out)
		if nodes := strings.Fields(string(text)); err != nil || len(nodes) != 2 || nodes[0] == nodes[1] {
			t.Errorf("the job ran on %q, want node1 and node2; %v", nodes, err)
		}
		s.Run("sbatch", "--parsable", "--output=/dev/null", "--wrap", "exec sleep 600") // which must not outlive the test
	})
	for _, pid := range pids {
		if name, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline"); err == nil && len(name) > 0 {
			t.Errorf("the process %d of Slurm still runs: %q", pid, name)
		}
	}
}
