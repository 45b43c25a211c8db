package job

import (
	"regexp"
	"strings"
)

var (
	// token matches a line that is nothing but an ID, as of sbatch --parsable: 123, or 123;cluster.
	idLine = regexp.MustCompile(`^([0-9][A-Za-z0-9_.\[\]:-]*)(;\S+)?$`)
	// anyToken matches IDs of schedulers that do not count, such as job-7f3a.
	anyToken = regexp.MustCompile(`^[A-Za-z0-9_.\[\]:/-]*[0-9][A-Za-z0-9_.\[\]:/-]*$`)
	// sentence matches how schedulers say it: "Submitted batch job 123", "Job <123> is submitted", "Your job 123 has been submitted",
	// "submitted to cluster 123."
	sentence = regexp.MustCompile(`(?i)\b(?:job|cluster)\b[ :=#]*<?([0-9][A-Za-z0-9_\[\]-]*(?:\.[A-Za-z0-9_-]+)*)`)
)

// jobID returns the ID of a job in what a submit command printed, "" if there is none. The last line that has one counts: others may
// precede it.
func jobID(output string) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		line := strings.TrimSpace(lines[i])
		if m := idLine.FindStringSubmatch(line); m != nil {
			return m[1]
		}
		if i == len(lines)-1 && anyToken.MatchString(line) {
			return line
		}
		if m := sentence.FindStringSubmatch(line); m != nil {
			return m[1]
		}
	}
	return ""
}
