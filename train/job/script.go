package job

import (
	"fmt"
	"regexp"
	"strings"

	"ftft/train/rundir"
)

// quote returns a word of the shell that stands for the text as it is. sbatch reads the words of #SBATCH lines in the same way.
func quote(text string) string {
	if text != "" && !unquoted.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// unquoted matches the characters that mean something to the shell.
var unquoted = regexp.MustCompile(`[^A-Za-z0-9_@%+=:,./-]`)

// quoteAll returns the words of a command as a line of the shell.
func quoteAll(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = quote(word)
	}
	return strings.Join(quoted, " ")
}

// jobName returns the name that a job has in the scheduler. It tells submissions apart, so that a job whose ID was not recorded is found.
func jobName(id, token string) string {
	return "ftft-" + strings.Map(func(r rune) rune {
		if r < 0x80 && (r == '-' || r == '_' || r == '.' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z') {
			return r
		}
		return '_'
	}, id) + "-" + token[:min(8, len(token))]
}

// batchScript returns the batch script of a Slurm job.
//
// The shell stays, because the signals that Slurm sends before a time limit (USR1, to the shell alone) would end torchrun without a
// checkpoint. It asks the trainer to end by SIGTERM, which saves the model, and puts the job back into the queue.
func (e *engine) batchScript(dir rundir.Dir, values map[string]string, token string) (string, error) {
	if strings.ContainsAny(string(dir), "\n\r") {
		return "", fmt.Errorf("the path %q has a line break, which sbatch cannot read: move the runs folder", string(dir))
	}
	var b strings.Builder
	b.WriteString("#!/bin/sh\n")
	option := func(name, value string) { fmt.Fprintf(&b, "#SBATCH --%s=%s\n", name, quote(value)) }
	option("job-name", jobName(dir.ID(), token))
	option("output", strings.ReplaceAll(dir.JobOutput(), "%", "%%"))
	option("open-mode", "append")
	b.WriteString("#SBATCH --requeue\n")
	option("signal", "B:USR1@120")
	if e.Partition != "" {
		option("partition", e.Partition)
	}
	if e.Time != "" {
		option("time", e.Time)
	}
	if e.Account != "" {
		option("account", e.Account)
	}
	option("nodes", fmt.Sprint(max(e.Nodes, 1)))
	option("ntasks-per-node", "1")
	if e.GPUs > 0 {
		option("gpus-per-node", fmt.Sprint(e.GPUs))
	}
	for _, line := range e.Sbatch {
		fmt.Fprintf(&b, "#SBATCH %s\n", line)
	}
	b.WriteByte('\n')
	for _, name := range sortedKeys(e.Env) {
		fmt.Fprintf(&b, "export %s=%s\n", name, quote(e.Env[name]))
	}
	fmt.Fprintf(&b, "export %s=%s %s=%s\n", runVariable, quote(string(dir)), tokenVariable, quote(token))
	b.WriteString(`echo "` + headerMark + ` job $SLURM_JOB_ID on $(hostname), restart ${SLURM_RESTART_COUNT:-0}"` + "\n\n")
	b.WriteString(e.launch(dir, values))
	return b.String(), nil
}

// headerMark begins the line that an attempt writes into its output first.
const headerMark = "== ftft:"

// launch returns the part of the script that trains.
func (e *engine) launch(dir rundir.Dir, values map[string]string) string {
	command := quoteAll(e.trainer(dir, values))
	before := ""
	if e.Nodes > 1 {
		// The script runs on the first node. The other nodes may not know it by its name in Slurm, which need not be one of a machine.
		before = "head=$(hostname)\n"
		run := []string{e.Python, "-m", "torch.distributed.run", "--nnodes", fmt.Sprint(e.Nodes), "--nproc-per-node", fmt.Sprint(e.Processes)}
		command = "srun --kill-on-bad-exit=1 " + quoteAll(run) + ` --rdzv-backend c10d --rdzv-id "$SLURM_JOB_ID"` +
			` --rdzv-endpoint "$head:$((20000 + SLURM_JOB_ID % 20000))" ` + quoteAll(e.work(dir, values))
	}
	return before + strings.ReplaceAll(`again=
trap 'again=1; kill -s TERM "$trainer"' USR1
trap 'kill -s TERM "$trainer"' TERM
COMMAND &
trainer=$!
wait "$trainer"
code=$?
while kill -s 0 "$trainer" 2>/dev/null; do
	wait "$trainer"
	code=$?
done
if [ -n "$again" ]; then
	scontrol requeue "$SLURM_JOB_ID"
fi
exit "$code"
`, "COMMAND", command)
}
