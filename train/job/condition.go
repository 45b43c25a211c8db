package job

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// phase is what a scheduler, or the system, tells of a job.
type phase int

const (
	unknown phase = iota // the scheduler does not answer, or in words that this program does not know
	waiting              // it has not started, or is to start again
	running
	ended
	absent // the scheduler does not know the job
)

// condition is the state of a job as a scheduler, or the system, last told it.
type condition struct {
	phase  phase
	word   string    // the scheduler's for the state
	reason string    // the scheduler's, why it waits or ended
	starts time.Time // when the scheduler expects it to start
	exit   *int      // of a job that has ended; 128 + n for a signal n
}

// words are the states of schedulers, in upper case: Slurm's long and short names, and those that others are likely to use.
var words = func() map[string]phase {
	table := map[string]phase{}
	for phase, list := range map[phase]string{
		waiting: "PENDING PD CONFIGURING CF REQUEUED RQ REQUEUE_FED RF REQUEUE_HOLD RH RESV_DEL_HOLD RD SPECIAL_EXIT SE " +
			"QUEUED QUEUE Q QW HQW WAITING WAIT W IDLE HELD HOLD H SUBMITTED SUBMITTING NEW PEND SCHEDULED ACCEPTED STARTING PROVISIONING",
		running: "RUNNING R RUN COMPLETING CG SIGNALING SI STAGE_OUT SO RESIZING RS SUSPENDED S SUSPEND STOPPED ST STARTED ACTIVE EXITING E " +
			"IN_PROGRESS PROCESSING",
		ended: "COMPLETED CD COMPLETE C DONE FINISHED SUCCEEDED SUCCESS FAILED F FAILURE ERROR EXIT EXITED CANCELLED CANCELED CA " +
			"KILLED ABORTED TERMINATED DELETED REMOVED X BOOT_FAIL BF DEADLINE DL NODE_FAIL NF OUT_OF_MEMORY OOM PREEMPTED PR " +
			"REVOKED RV TIMEOUT TO TIMED_OUT EXPIRED",
		absent: "UNKNOWN_JOB NOT_FOUND GONE",
	} {
		for _, word := range strings.Fields(list) {
			table[word] = phase
		}
	}
	return table
}()

// stateWord returns the word of a state without what follows it: "CANCELLED by 1000" and "COMPLETED+" lose their ends.
func stateWord(text string) string {
	fields := strings.Fields(text)
	if len(fields) == 0 {
		return ""
	}
	return strings.ReplaceAll(strings.ToUpper(strings.TrimRight(fields[0], "+*:")), "-", "_")
}

// parseStates reads what a poll command printed: lines ID|STATE|REASON|START, where the last two may be missing, or the same words
// with spaces between them. Other lines are ignored.
func parseStates(output string) map[string]condition {
	states := map[string]condition{}
	for line := range strings.Lines(output) {
		var fields []string
		if strings.Contains(line, "|") {
			fields = strings.Split(line, "|")
		} else {
			fields = strings.Fields(line)
		}
		for i := range fields {
			fields[i] = strings.TrimSpace(fields[i])
		}
		if len(fields) < 2 || fields[0] == "" {
			continue
		}
		c := condition{word: stateWord(fields[1])}
		c.phase = words[c.word]
		if len(fields) > 2 && fields[2] != "None" && fields[2] != "(null)" {
			c.reason = fields[2]
		}
		if len(fields) > 3 {
			c.starts = startTime(fields[3])
		}
		states[fields[0]] = c
	}
	return states
}

// startTime reads when a job is expected to start: squeue's local time, RFC 3339, or seconds since 1970. Others are zero.
func startTime(text string) time.Time {
	if t, err := time.ParseInLocation("2006-01-02T15:04:05", text, time.Local); err == nil {
		return t.UTC()
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC()
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n > 1e9 {
		return time.Unix(n, 0).UTC()
	}
	return time.Time{}
}

var (
	jobState = regexp.MustCompile(`\bJobState=(\S+)`)
	reason   = regexp.MustCompile(`\bReason=(\S+)`)
	exitCode = regexp.MustCompile(`(?:\bExitCode=|\||^)(\d+):(\d+)\b`)
)

// parseControl reads what scontrol show job -o printed.
func parseControl(output string) (c condition, ok bool) {
	m := jobState.FindStringSubmatch(output)
	if m == nil {
		return c, false
	}
	c.word = stateWord(m[1])
	c.phase = words[c.word]
	if m := reason.FindStringSubmatch(output); m != nil && m[1] != "None" {
		c.reason = m[1]
	}
	c.exit = parseExit(output)
	return c, c.phase != unknown
}

// parseAccount reads what sacct printed of one job: the first field that is a state counts. The columns differ between sacct, which asks
// the accounting, and sacct -c, which reads the file of completed jobs.
func parseAccount(output string) (c condition, ok bool) {
	for line := range strings.Lines(output) {
		for field := range strings.SplitSeq(strings.TrimSpace(line), "|") {
			if word := stateWord(field); len(word) > 2 && words[word] != unknown {
				return condition{phase: words[word], word: word, exit: parseExit(strings.TrimSpace(line))}, true
			}
		}
	}
	return c, false
}

// parseExit returns the exit code in Slurm's form CODE:SIGNAL, nil if there is none.
func parseExit(text string) *int {
	m := exitCode.FindStringSubmatch(text)
	if m == nil {
		return nil
	}
	code, _ := strconv.Atoi(m[1])
	if signal, _ := strconv.Atoi(m[2]); signal != 0 {
		code = 128 + signal
	}
	return &code
}
