package job

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestJobIDIsFoundInWhatSubmitCommandsPrint(t *testing.T) {
	for output, want := range map[string]string{
		"123\n":                                   "123",
		"123;cluster\n":                           "123",
		"Submitted batch job 123\n":               "123",
		"sbatch: lua: 4 GPUs\n\n123\n":            "123",
		"123\nThank you\n":                        "123",
		"Submitted batch job 123 on cluster c1\n": "123",
		"Job <456> is submitted to default queue <normal>.\n":     "456",
		"Your job 789 (\"train\") has been submitted\n":           "789",
		"Submitting job(s).\n1 job(s) submitted to cluster 42.\n": "42",
		"1234.pbs.example.org\n":                                  "1234.pbs.example.org",
		"77[].server\n":                                           "77[].server",
		"Loading python/3.11\njob-7f3a\n":                         "job-7f3a",
		"Welcome\n":                                               "",
		"":                                                        "",
		"error: 3 nodes are down\nbye\n":                          "",
	} {
		if got := jobID(output); got != want {
			t.Errorf("%q: %q, want %q", output, got, want)
		}
	}
}

func TestStatesOfSchedulersAreRead(t *testing.T) {
	states := parseStates("1|PENDING|Priority|2026-11-28T12:00:00\n2|RUNNING|None|N/A\nnoise\n3|CANCELLED by 1000\n" +
		"4 queued\n5|COMPLETED+|(null)|\n6|Strange|x\n7|OUT_OF_MEMORY|OutOfMemory|\n")
	for id, want := range map[string]phase{"1": waiting, "2": running, "3": ended, "4": waiting, "5": ended, "6": unknown, "7": ended} {
		if c, ok := states[id]; !ok || c.phase != want {
			t.Errorf("%s: %+v", id, c)
		}
	}
	if len(states) != 7 {
		t.Errorf("%+v", states)
	}
	if c := states["1"]; c.reason != "Priority" || !c.starts.Equal(time.Date(2026, 11, 28, 12, 0, 0, 0, time.Local)) {
		t.Errorf("%+v", c)
	}
	if c := states["2"]; c.reason != "" || !c.starts.IsZero() {
		t.Errorf("%+v", c)
	}
}

func TestLastOutputIsThatOfTheAttempt(t *testing.T) {
	for text, want := range map[string]string{
		headerMark + " one\nfirst\n\n" + headerMark + " two\nsecond\n\n": "second",
		headerMark + " one\nfirst\n" + headerMark + " two\n":             "",
		"10%\r50%\r100%\n": "100%",
		"\x1b[31mred\n":    "",
		"Traceback (most recent call last):\n  File \"a.py\"\nOSError: [Errno 28] No space left on device\n" +
			"[rank1]: RuntimeError: [gloo/transport/tcp/pair.cc:561] Connection closed by peer [127.0.0.1]:4284.\n" +
			"torch.distributed.elastic.multiprocessing.errors.ChildFailedError:\n" +
			"=====\nRoot Cause (first observed failure):\n  exitcode  : 1 (pid: 7)\n=====\n": "OSError: [Errno 28] No space left on device",
		"[rank0]: ValueError: labels\n=====\n": "[rank0]: ValueError: labels",
		"a word\n=====\n":                      "a word",
		strings.Repeat("x", 400) + "\n":        strings.Repeat("x", lineLength) + "…",
	} {
		path := t.TempDir() + "/output.log"
		must(appendTo(path, text))
		got := lastOutput(path)
		if strings.HasPrefix(text, "\x1b") {
			if strings.Contains(got, "\x1b") || !strings.Contains(got, "red") {
				t.Errorf("%q", got)
			}
		} else if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func FuzzStates(f *testing.F) {
	f.Add("1|PENDING|Priority|2026-11-28T12:00:00\n2 running\n", "JobState=FAILED ExitCode=1:9")
	f.Fuzz(func(t *testing.T, output, other string) {
		for id, c := range parseStates(output) {
			if id == "" || c.word != stateWord(c.word) {
				t.Errorf("%q: %+v", id, c)
			}
		}
		if id := jobID(output); strings.ContainsAny(id, " \n\t") {
			t.Errorf("the ID %q", id)
		}
		parseControl(other)
		parseAccount(other)
		lastLines(output, 3)
	})
}

// What a command of a scheduler prints is bounded, and a message has no colours.
func TestOutputOfCallsIsBounded(t *testing.T) {
	_, _, err := call(t.Context(), []string{"sh", "-c", "yes | head -c 17000000"})
	if err == nil || !strings.Contains(err.Error(), "printed more than 16 MB") {
		t.Error(err)
	}
	_, _, err = call(t.Context(), []string{"sh", "-c", `printf '\033[31mno\033[0m quota\n' >&2; exit 2`})
	if err == nil || err.Error() != `"sh" ended with exit code 2: no quota` {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err = call(ended, []string{"sleep", "60"}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
