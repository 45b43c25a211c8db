package rundir

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"ftft/internal/disk"
)

func newRun(t testing.TB) Dir {
	t.Helper()
	dir := Dir(t.TempDir())
	if err := dir.Make(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func openLog(t testing.TB, dir Dir, attempt int) *Log {
	t.Helper()
	log, err := OpenLog(dir, attempt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	return log
}

func logged(t testing.TB, log *Log, step int, body Body) {
	t.Helper()
	if err := log.Append(step, body); err != nil {
		t.Fatal(err)
	}
}

func readEvents(t testing.TB, dir Dir) []Event {
	t.Helper()
	events, err := ReadEvents(dir)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func TestLogIsContinued(t *testing.T) {
	dir := newRun(t)
	log := openLog(t, dir, 0)
	for step, body := range bodies {
		logged(t, log, step, body)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	log = openLog(t, dir, 0)
	if log.Attempt() != 2 {
		t.Errorf("the second attempt is number %d", log.Attempt())
	}
	logged(t, log, 9, &Resume{})
	events := readEvents(t, dir)
	if last := events[len(events)-1]; last.Seq != int64(len(bodies)+1) || last.Attempt != 2 {
		t.Errorf("the log continues with %+v", last)
	}
	if _, err := OpenLog(dir, 1); err == nil || !strings.Contains(err.Error(), "attempt 2") {
		t.Errorf("attempt 1 after attempt 2: error %v", err)
	}
}

func TestLogCutsAPartialLine(t *testing.T) {
	long := strings.Repeat("x", 200_000) // longer than one read
	tests := []struct {
		name    string
		content string
		seq     int64 // of the next event
		err     string
	}{
		{"empty", "", 1, ""},
		{"only torn", `{"seq":1,"ki`, 1, ""},
		{"whole", `{"seq":1,"kind":"epoch"}` + "\n", 2, ""},
		{"whole and torn", `{"seq":1,"kind":"epoch"}` + "\n" + `{"seq":2,`, 2, ""},
		{"long line", `{"seq":1,"kind":"epoch"}` + "\n" + `{"seq":2,"kind":"lunch","menu":"` + long + `"}` + "\n", 3, ""},
		{"long torn line", `{"seq":1,"kind":"epoch"}` + "\n" + `{"seq":2,"kind":"lunch","menu":"` + long, 2, ""},
		{"another file", "hello\n", 0, "its last line is not an event"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := newRun(t)
			if err := os.WriteFile(dir.Events(), []byte(test.content), 0o666); err != nil {
				t.Fatal(err)
			}
			log, err := OpenLog(dir, 1)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("error %v, want one with %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer log.Close()
			logged(t, log, 1, &Heartbeat{})
			events := readEvents(t, dir)
			if last := events[len(events)-1]; last.Seq != test.seq || last.Kind != "heartbeat" {
				t.Errorf("the next event is %+v, want seq %d", last, test.seq)
			}
		})
	}
}

// A limit on the size of files stands for a full disk: a write fails after part of a line.
func TestLogOnAFullDisk(t *testing.T) {
	dir := newRun(t)
	log := openLog(t, dir, 1)
	logged(t, log, 0, &Heartbeat{})
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &before); err != nil {
		t.Skip(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: uint64(log.size) + 20, Max: before.Max}); err != nil {
		t.Skip(err)
	}
	err := log.Append(1, &Warning{Message: "too much"})
	if restore := unix.Setrlimit(unix.RLIMIT_FSIZE, &before); restore != nil {
		t.Fatal(restore)
	}
	if !errors.Is(err, unix.EFBIG) {
		t.Fatalf("error %v, want EFBIG", err)
	}
	logged(t, log, 2, &Epoch{})
	events := readEvents(t, dir)
	if len(events) != 2 || events[1].Seq != 2 || events[1].Kind != "epoch" {
		t.Errorf("after a failed write the log has %+v", events)
	}
}

func TestLogFromSeveralGoroutines(t *testing.T) {
	dir := newRun(t)
	log := openLog(t, dir, 1)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				if err := log.Append(0, &Heartbeat{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	for i, event := range readEvents(t, dir) {
		if event.Seq != int64(i+1) {
			t.Fatalf("line %d has seq %d", i+1, event.Seq)
		}
	}
}

func TestThrottle(t *testing.T) {
	dir := newRun(t)
	synctest.Test(t, func(t *testing.T) {
		log := openLog(t, dir, 1)
		throttle := NewThrottle(log)
		for step := 1; step <= 1000; step++ { // 10 seconds at 100 steps per second
			if err := throttle.Step(step, float32(step), Steps{Tokens: int64(step)}); err != nil {
				t.Fatal(err)
			}
			if step == 510 {
				if err := throttle.Append(step, &Epoch{}); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(10 * time.Millisecond)
		}
		if err := throttle.Flush(); err != nil {
			t.Fatal(err)
		}
	})
	stepEvents, next := 0, 1
	for _, event := range readEvents(t, dir) {
		switch body := event.Body.(type) {
		case *Steps:
			stepEvents++
			for _, loss := range body.Losses {
				if loss != float32(next) {
					t.Fatalf("loss %g instead of that of step %d", loss, next)
				}
				next++
			}
			if event.Step != next-1 || body.Tokens != int64(event.Step) {
				t.Fatalf("an event of step %d and %d tokens ends with step %d", event.Step, body.Tokens, next-1)
			}
		case *Epoch:
			if next != 511 {
				t.Errorf("an event at step 510 comes after step %d", next-1)
			}
		}
	}
	if next != 1001 {
		t.Errorf("%d of 1000 losses are logged", next-1)
	}
	if stepEvents > 42 {
		t.Errorf("%d step events in 10 seconds", stepEvents)
	}
}

func TestTail(t *testing.T) {
	dir := newRun(t)
	tail := OpenTail(dir)
	poll := func(want ...int64) {
		t.Helper()
		events, err := tail.Poll()
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for _, event := range events {
			got = append(got, event.Seq)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("polled %v, want %v", got, want)
		}
	}
	add := func(text string) {
		t.Helper()
		file, err := os.OpenFile(dir.Events(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if _, err := file.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}
	poll() // no file yet
	add(`{"seq":1,"kind":"epoch"}` + "\n" + `{"seq":2,"ki`)
	poll(1)
	poll()
	add(`nd":"epoch"}` + "\n")
	poll(2)
	poll()

	// Shortened, then replaced by a file as long as what was read.
	if err := os.WriteFile(dir.Events(), []byte(`{"seq":1,"kind":"epoch"}`+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	poll(1)
	if err := disk.WriteFile(dir.Events(), []byte(`{"seq":5,"kind":"epoch"}`+"\n"+`{"seq":6,"kind":"epoch"}`+"\n")); err != nil {
		t.Fatal(err)
	}
	poll(5, 6)
	if tail.Restarts() != 2 {
		t.Errorf("%d restarts noticed, want 2", tail.Restarts())
	}

	// A line that is not an event is skipped and reported once.
	add("\x00\x00\n" + `{"seq":7,"kind":"epoch"}` + "\n")
	events, err := tail.Poll()
	var corrupt *Corrupt
	if !errors.As(err, &corrupt) || !strings.HasPrefix(err.Error(), dir.Events()+":3: not an event: not JSON") || len(events) != 1 {
		t.Errorf("a corrupt line gives %v, %v", events, err)
	}
	poll()
}

func TestTailReadsInParts(t *testing.T) {
	dir := newRun(t)
	var text strings.Builder
	const n = 20_000
	for i := range n {
		fmt.Fprintf(&text, `{"seq":%d,"kind":"epoch","epoch":%d}`+"\n", i+1, i)
	}
	fmt.Fprintf(&text, `{"seq":%d,"kind":"warning","message":"%s"}`+"\n", n+1, strings.Repeat("m", 3*pollBytes))
	if err := os.WriteFile(dir.Events(), []byte(text.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	tail, seen, polls := OpenTail(dir), 0, 0
	for {
		events, err := tail.Poll()
		if err != nil {
			t.Fatal(err)
		}
		if len(events) == 0 {
			break
		}
		seen += len(events)
		polls++
	}
	if seen != n+1 || polls < 3 {
		t.Errorf("%d events in %d polls", seen, polls)
	}
	if all := readEvents(t, dir); len(all) != n+1 {
		t.Errorf("ReadEvents returns %d events", len(all))
	}
}

func FuzzReadEvents(f *testing.F) {
	for _, body := range bodies {
		line, _ := Event{Body: body, Seq: 1, Attempt: 1}.MarshalJSON()
		f.Add(append(line, '\n'))
	}
	f.Add([]byte(`{"kind":"step","step":-9223372036854775808,"losses":[null],"LOSSES":[1,2]}` + "\n" + `{"kind":"resume","step":3}` + "\n"))
	f.Add([]byte("\n\n{}\n{"))
	f.Fuzz(func(t *testing.T, content []byte) {
		dir := Dir(t.TempDir())
		if err := os.WriteFile(dir.Events(), content, 0o666); err != nil {
			t.Fatal(err)
		}
		events, _ := ReadEvents(dir)
		for _, event := range events {
			if _, err := event.MarshalJSON(); err != nil {
				t.Fatalf("%+v was read and cannot be written: %v", event, err)
			}
		}
		StatusOf(events, false)
		if log, err := OpenLog(dir, 0); err == nil {
			if err := log.Append(0, &Heartbeat{}); err != nil {
				t.Fatal(err)
			}
			log.Close()
		}
	})
}
