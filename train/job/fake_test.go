package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"ftft/configs"
	"ftft/internal/disk"
	"ftft/train/rundir"
)

// TestMain lets the test binary be the programs of these tests: a trainer, a supervisor, and the commands of a scheduler.
func TestMain(m *testing.M) {
	tick, pollFirst, pollLater = 5*time.Millisecond, 10*time.Millisecond, 10*time.Millisecond
	settle, requeueWithin = 20*time.Millisecond, 150*time.Millisecond
	stale, killAfter, cancelEvery, lingerFor = 400*time.Millisecond, 150*time.Millisecond, 50*time.Millisecond, 300*time.Millisecond
	grace, abandonAfter, retryEvery = 10*time.Second, time.Minute, 10*time.Millisecond
	if len(os.Args) < 2 || strings.HasPrefix(os.Args[1], "-test.") {
		os.Exit(m.Run())
	}
	if len(os.Args) < 3 {
		os.Exit(2)
	}
	switch os.Args[1] {
	case "trainer":
		os.Exit(fakeTrainer(rundir.Dir(os.Args[2]), os.Args[3:]))
	case "supervisor":
		os.Exit(fakeSupervisor(rundir.Dir(os.Args[2])))
	case "submit", "poll", "cancel":
		os.Exit(fakeScheduler(os.Args[1], os.Args[2], os.Args[3:]))
	}
	if os.Args[1] == "slurm" {
		os.Exit(slurmCommand(os.Args[3], os.Args[2], os.Args[4:]))
	}
	fmt.Fprintf(os.Stderr, "no program %q of the tests\n", os.Args[1:]) // never all tests again, which would start more of them
	os.Exit(2)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// fakeTrainer is a trainer. Its behaviour is an argument, or the content of the file "behaviour" of the run. It returns its exit code.
func fakeTrainer(dir rundir.Dir, behaviour []string) int {
	if text, err := os.ReadFile(filepath.Join(string(dir), "behaviour")); err == nil {
		behaviour = strings.Fields(string(text))
	}
	must(appendTo(filepath.Join(string(dir), "trainers"), strconv.Itoa(os.Getpid())+"\n"))
	fmt.Println("loading the model")
	switch behaviour[0] {
	case "exit": // before it writes anything
		fmt.Println(strings.Join(behaviour[2:], " "))
		code, err := strconv.Atoi(behaviour[1])
		must(err)
		return code
	case "silent":
		signal.Ignore(syscall.SIGTERM)
		time.Sleep(time.Minute)
	}
	if state, err := dir.ReadJobState(); err != nil || os.Getenv(tokenVariable) != "" && state.Submission != os.Getenv(tokenVariable) {
		fmt.Println("superseded by another submission", err)
		return 3
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	lock, err := rundir.Lock(dir)
	if err != nil {
		fmt.Println(err)
		return 4
	}
	defer lock.Release()
	old, err := rundir.ReadLog(dir)
	must(err)
	log, err := rundir.OpenLog(dir, 0)
	must(err)
	defer log.Close()
	host, _ := os.Hostname()
	if len(old) == 0 {
		must(log.Append(0, &rundir.Start{PID: os.Getpid(), Host: host, MaxSteps: 10}))
	} else {
		must(log.Append(0, &rundir.Resume{PID: os.Getpid(), Host: host}))
	}
	must(log.Append(1, &rundir.Steps{Losses: []float32{1}, Tokens: 100, Seconds: 1}))
	switch behaviour[0] {
	case "die":
		fmt.Println("Traceback\nRuntimeError: CUDA out of memory")
		return 7
	case "killed":
		must(syscall.Kill(os.Getpid(), syscall.SIGKILL))
	case "vanish": // like a machine that loses its power: neither a finish nor the lock
		time.Sleep(time.Minute)
	case "full":
		must(log.Append(1, &rundir.Finish{Status: rundir.Failed, Message: "write events.jsonl: no space left on device"}))
		return 1
	}
	finish := func(status string) int {
		must(log.Append(1, &rundir.Finish{Status: status}))
		return 0
	}
	for {
		select {
		case <-signals:
			return finish(rundir.Interrupted)
		case <-time.After(5 * time.Millisecond):
		}
		if exists(filepath.Join(string(dir), "go")) {
			return finish(rundir.Complete)
		}
		requests, err := dir.Requests()
		must(err)
		for _, request := range requests {
			must(log.Answer(dir, 1, request, "stopping"))
			return finish(rundir.Stopped)
		}
	}
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

func appendTo(path, text string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o666)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}

// fakeSupervisor supervises a run. The variable FTFT_TEST_KILL is the number of the operation on the disk at which it is killed.
func fakeSupervisor(dir rundir.Dir) int {
	if n, err := strconv.Atoi(os.Getenv("FTFT_TEST_KILL")); err == nil {
		var mutex sync.Mutex
		disk.Inject(func(op disk.Op, path string) error {
			mutex.Lock()
			defer mutex.Unlock()
			if op != disk.Opening || !strings.HasSuffix(path, "/lock") && !strings.HasSuffix(path, "events.jsonl") {
				n--
			}
			if n == 0 {
				must(syscall.Kill(os.Getpid(), syscall.SIGKILL))
				select {}
			}
			return nil
		})
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	finish, err := Supervise(ctx, dir, func() error { return nil })
	fmt.Println(finish.Status, err)
	if err != nil {
		return 1
	}
	return 0
}

// fakeScheduler is a command of a scheduler whose jobs are files of a folder. Files of it change what the commands do.
func fakeScheduler(command, folder string, arguments []string) int {
	if text, err := os.ReadFile(filepath.Join(folder, command+".fails")); err == nil {
		fmt.Fprint(os.Stderr, string(text))
		return 1
	}
	s := scheduler{folder: folder}
	switch command {
	case "submit":
		text, err := os.ReadFile(filepath.Join(folder, "prints"))
		if err == nil {
			fmt.Print(string(text))
			return 0
		}
		time.Sleep(s.delay("before"))
		must(disk.Mkdir(filepath.Join(folder, "jobs")))
		for id := 1; ; id++ {
			file, err := os.OpenFile(s.file(strconv.Itoa(id)), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
			if errors.Is(err, fs.ErrExist) {
				continue
			}
			must(err)
			must(file.Close())
			s.write(strconv.Itoa(id), fakeJob{State: "PENDING", Reason: "Priority", Command: arguments, Token: os.Getenv(tokenVariable)})
			time.Sleep(s.delay("after"))
			fmt.Printf("sbatch: a line of noise about job limits\nSubmitted batch job %d\n", id)
			return 0
		}
	case "poll":
		must(appendTo(filepath.Join(folder, "polls"), arguments[0]+"\n"))
		for id := range strings.SplitSeq(arguments[0], ",") {
			if j, ok := s.read(id); ok && j.State != "" {
				fmt.Printf("%s|%s|%s|2027-01-02T03:04:05\n", id, j.State, j.Reason)
			}
		}
	case "cancel":
		must(appendTo(filepath.Join(folder, "cancels"), arguments[0]+"\n"))
		j, _ := s.read(arguments[0])
		if j.PID > 1 {
			_ = syscall.Kill(j.PID, syscall.SIGKILL)
		}
		j.State = "CANCELLED by 0"
		s.write(arguments[0], j)
	}
	return 0
}

// scheduler is the folder of a fake scheduler.
type scheduler struct{ folder string }

type fakeJob struct {
	State, Reason string
	Command       []string // of the trainer
	Token         string
	Name          string
	PID           int
}

func (s scheduler) file(id string) string { return filepath.Join(s.folder, "jobs", id) }

func (s scheduler) delay(name string) time.Duration {
	text, err := os.ReadFile(filepath.Join(s.folder, name))
	if err != nil {
		return 0
	}
	d, err := time.ParseDuration(string(text))
	must(err)
	return d
}

func (s scheduler) read(id string) (j fakeJob, ok bool) {
	text, err := os.ReadFile(s.file(id))
	return j, err == nil && json.Unmarshal(text, &j) == nil
}

func (s scheduler) write(id string, j fakeJob) { must(disk.WriteJSON(s.file(id), j)) }

func (s scheduler) set(name, text string) {
	must(os.WriteFile(filepath.Join(s.folder, name), []byte(text), 0o666))
}

// jobs returns the IDs of the jobs.
func (s scheduler) jobs() (ids []string) {
	entries, _ := os.ReadDir(filepath.Join(s.folder, "jobs"))
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), ".") {
			ids = append(ids, entry.Name())
		}
	}
	return ids
}

// start starts a job's trainer; its end sets the job's state.
func (s scheduler) start(t *testing.T, id string) {
	t.Helper()
	j, ok := s.read(id)
	if !ok {
		t.Fatalf("no job %s", id)
	}
	cmd := exec.Command(j.Command[0], j.Command[1:]...)
	cmd.Env = append(os.Environ(), tokenVariable+"="+j.Token)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	j.State, j.Reason, j.PID = "RUNNING", "None", cmd.Process.Pid
	s.write(id, j)
	ended := make(chan error)
	go func() {
		err := cmd.Wait()
		if j, ok := s.read(id); ok && j.State == "RUNNING" && j.PID == cmd.Process.Pid {
			j.State = "COMPLETED"
			if err != nil {
				j.State = "FAILED"
			}
			s.write(id, j)
		}
		close(ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
}

// kill ends a job's trainer, and gives the job a state.
func (s scheduler) kill(id, state string) {
	j, _ := s.read(id)
	j.State = state
	pid := j.PID
	s.write(id, j)
	if pid > 1 {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

func (s scheduler) state(id, state, reason string) {
	j, _ := s.read(id)
	j.State, j.Reason = state, reason
	s.write(id, j)
}

// lines returns how many lines a file of the scheduler has.
func (s scheduler) lines(name string) int {
	text, _ := os.ReadFile(filepath.Join(s.folder, name))
	return strings.Count(string(text), "\n")
}

// program returns the test binary.
func self() string {
	path, err := os.Executable()
	must(err)
	return path
}

// child is an engine whose trainer is a child process.
func childEngine(behaviour ...string) configs.Engine {
	return configs.Engine{Kind: configs.Command, Slots: 1, CheckpointMinutes: 5, QueueTimeout: "0", StartTimeout: "5s",
		Submit: append([]string{self(), "trainer", "{run}"}, behaviour...)}
}

// scheduled returns an engine of a new fake scheduler.
func scheduledEngine(t *testing.T) (configs.Engine, scheduler) {
	s := scheduler{folder: t.TempDir()}
	e := childEngine()
	e.Submit = []string{self(), "submit", s.folder, self(), "trainer", "{run}", "train"}
	e.Poll = []string{self(), "poll", s.folder, "{job}"}
	e.Cancel = []string{self(), "cancel", s.folder, "{job}"}
	e.Slots = 4
	return e, s
}

// prepared returns a run of an engine in a folder of runs.
func prepared(t *testing.T, root, id string, e configs.Engine) rundir.Dir {
	t.Helper()
	config, err := configs.Load("../../testdata/tiny/tiny.toml")
	if err != nil {
		t.Fatal(err)
	}
	config.Engine = e
	dir := rundir.Dir(filepath.Join(root, id))
	manifest := rundir.Manifest{Role: rundir.Main, Arm: rundir.ERM, Labels: config.Labels, Engine: rundir.Outside, Seed: 1}
	err = errors.Join(dir.Make(), disk.Mkdir(dir.JobFolder()), disk.WriteFile(dir.Config(), config.TOML()),
		dir.WriteJob(rundir.Job{ID: id, MaxSteps: 10}), dir.WriteManifest(manifest))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // a failed test leaves no trainer
		text, _ := os.ReadFile(filepath.Join(string(dir), "trainers"))
		for _, pid := range strings.Fields(string(text)) {
			n, _ := strconv.Atoi(pid)
			if line, err := os.ReadFile("/proc/" + pid + "/cmdline"); n > 1 && err == nil && strings.Contains(string(line), string(dir)) {
				_ = syscall.Kill(n, syscall.SIGKILL)
			}
		}
	})
	return dir
}

// outcome is how Supervise returned.
type outcome struct {
	finish rundir.Finish
	err    error
}

// supervise supervises a run in the background.
func supervise(ctx context.Context, dir rundir.Dir) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		finish, err := Supervise(ctx, dir, func() error { return nil })
		done <- outcome{finish, err}
	}()
	return done
}

// until waits until a condition holds.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for began := time.Now(); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatalf("%s: not within ten seconds", what)
		}
	}
}

// result waits for the end of a supervisor, and checks it.
func result(t *testing.T, done <-chan outcome, dir rundir.Dir, status string, parts ...string) rundir.Finish {
	t.Helper()
	select {
	case got := <-done:
		for _, part := range parts {
			if !strings.Contains(got.finish.Message, part) {
				t.Errorf("the finish is %+v, %v; want %q in its message", got.finish, got.err, part)
			}
		}
		if got.finish.Status != status || (got.err != nil) != (status == rundir.Failed) {
			t.Errorf("the finish is %+v, error %v; want %s", got.finish, got.err, status)
		}
		logged, err := dir.Status()
		if err != nil || logged.State != status || logged.Finish == nil || logged.Finish.Message != got.finish.Message {
			t.Errorf("the log has %+v, %v", logged.Finish, err)
		}
		state, err := dir.ReadJobState()
		if err != nil || state.Phase != rundir.JobEnded {
			t.Errorf("the job's state is %+v, %v", state, err)
		}
		return got.finish
	case <-time.After(10 * time.Second):
		state, _ := dir.ReadJobState()
		t.Fatalf("the supervisor does not end; the job's state is %+v", state)
	}
	panic("unreachable")
}

// trainers returns how many trainers a run has had.
func trainers(dir rundir.Dir) int {
	text, _ := os.ReadFile(filepath.Join(string(dir), "trainers"))
	return strings.Count(string(text), "\n")
}

// starts returns how many trainers have logged a start or a resume.
func starts(t *testing.T, dir rundir.Dir) (n int) {
	t.Helper()
	events, err := rundir.ReadLog(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, event := range events {
		if event.Kind == "start" || event.Kind == "resume" {
			n++
		}
	}
	return n
}

// proceed lets the trainers of a run complete it.
func proceed(dir rundir.Dir) { must(os.WriteFile(filepath.Join(string(dir), "go"), nil, 0o666)) }

func trains(t *testing.T, dir rundir.Dir) {
	t.Helper()
	until(t, "the run trains", func() bool { s, err := dir.Status(); return err == nil && s.State == rundir.Running && s.Step > 0 })
}

func signalProcess(pid int) { must(syscall.Kill(pid, syscall.SIGTERM)) }
