package launch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestMain lets the test binary be its own child, as the program is. The first argument is the child's role, the second a file.
func TestMain(m *testing.M) {
	if len(os.Args) < 3 || strings.HasPrefix(os.Args[1], "-") {
		os.Exit(m.Run())
	}
	file := os.Args[2]
	switch os.Args[1] {
	case "fail":
		fmt.Fprintln(os.Stderr, "it broke")
		os.Exit(7)
	case "save": // announce that it is ready; write the file on SIGTERM
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGTERM)
		must(os.WriteFile(file+".ready", nil, 0o666))
		<-signals
		must(os.WriteFile(file, nil, 0o666))
		os.Exit(130)
	case "group": // write whether it leads its process group and its session
		session, err := unix.Getsid(0)
		must(err)
		must(os.WriteFile(file, fmt.Appendf(nil, "%t %t", unix.Getpgrp() == os.Getpid(), session == os.Getpid()), 0o666))
	case "parent": // start a detached process and end
		_, _, err := Detached(file+".log", "late", file)
		must(err)
	case "late": // write the file once file.told exists
		fmt.Println("still here")
		for {
			if _, err := os.Stat(file + ".told"); err == nil {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		must(os.WriteFile(file, nil, 0o666))
	case "study": // end by SIGTERM
		must(os.WriteFile(filepath.Join(file, "ready"), nil, 0o666))
		time.Sleep(time.Minute)
	default:
		panic(os.Args[1])
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// waitForFile waits until a file exists.
func waitForFile(t *testing.T, path string) {
	t.Helper()
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		_, err := os.Stat(path)
		if err == nil {
			return
		}
		if !errors.Is(err, fs.ErrNotExist) || time.Since(began) > 10*time.Second {
			t.Fatal(err)
		}
	}
}

func TestChildReturnsExitCodeAndStandardError(t *testing.T) {
	var output bytes.Buffer
	err := Child(t.Context(), &output, "fail", "-")
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 7 {
		t.Errorf("error %v, want exit code 7", err)
	}
	if output.String() != "it broke\n" {
		t.Errorf("output %q", output.String())
	}
}

func TestChildMaySaveOnSIGTERM(t *testing.T) {
	file := filepath.Join(t.TempDir(), "saved")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- Child(ctx, os.Stderr, "save", file) }()
	waitForFile(t, file+".ready")
	if _, err := os.Stat(file); err == nil {
		t.Fatal("the child ended before the context")
	}
	cancel()
	err := <-ended
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 130 {
		t.Errorf("error %v, want exit code 130, not a kill", err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Error("the child had no time to save:", err)
	}
}

// A Ctrl-C goes to the terminal's process group. A child has a group of its own, a detached process a session of its own.
func TestCtrlCReachesOnlyTheParent(t *testing.T) {
	file := filepath.Join(t.TempDir(), "group")
	for want, start := range map[string]func() error{
		"true false": func() error { return Child(t.Context(), os.Stderr, "group", file) },
		"true true": func() error {
			_, done, err := Detached(file+".log", "group", file)
			if err != nil {
				return err
			}
			return <-done
		},
	} {
		if err := start(); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != want {
			t.Errorf("leads its group and its session: %s, want %s, %v", got, want, err)
		}
	}
}

func TestDetachedOutlivesItsParent(t *testing.T) {
	file := filepath.Join(t.TempDir(), "late")
	if err := os.WriteFile(file+".log", []byte("before\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	if err := exec.Command(path, "parent", file).Run(); err != nil {
		t.Fatal(err)
	}
	must(os.WriteFile(file+".told", nil, 0o666)) // the parent has ended
	waitForFile(t, file)
	if log, err := os.ReadFile(file + ".log"); err != nil || string(log) != "before\nstill here\n" {
		t.Errorf("the log is %q, %v", log, err)
	}
}

func TestDetachedReportsAFailure(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	pid, done, err := Detached(log, "fail", "-")
	if err != nil || pid <= 0 {
		t.Fatal(pid, err)
	}
	if err := <-done; err == nil || !strings.Contains(err.Error(), "see "+log) || !strings.Contains(err.Error(), "7") {
		t.Errorf("error %v", err)
	}
	if text, err := os.ReadFile(log); err != nil || string(text) != "it broke\n" {
		t.Errorf("the log is %q, %v", text, err)
	}
	if _, _, err := Detached(filepath.Join(log, "below a file"), "fail", "-"); err == nil {
		t.Error("a log that cannot be written gave no error")
	}
}

// The file of an experiment may name a process that has nothing to do with it, such as one that has its process's ID by now.
func TestTerminateEndsOnlyTheNamedCommand(t *testing.T) {
	folder := t.TempDir()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	stranger, study := exec.Command("sleep", "60"), exec.Command(path, "study", filepath.Base(folder))
	study.Dir = filepath.Dir(folder)
	if err := errors.Join(stranger.Start(), study.Start()); err != nil {
		t.Fatal(err)
	}
	waitForFile(t, filepath.Join(folder, "ready"))
	for _, pid := range []int{-study.Process.Pid, -1, 0, 1, stranger.Process.Pid, os.Getpid()} {
		if err := Terminate(pid, "study", folder); err == nil {
			t.Errorf("process %d got a signal", pid)
		}
	}
	if err := Terminate(study.Process.Pid, "study", t.TempDir()); err == nil {
		t.Error("the process of another experiment got a signal")
	}
	if err := Terminate(study.Process.Pid, "study", folder); err != nil {
		t.Error(err)
	}
	ended := func(cmd *exec.Cmd) syscall.Signal {
		exit := (*exec.ExitError)(nil)
		if err := cmd.Wait(); !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return exit.Sys().(syscall.WaitStatus).Signal()
	}
	if got := ended(study); got != syscall.SIGTERM {
		t.Errorf("the process ended by %v", got)
	}
	stranger.Process.Kill()
	if got := ended(stranger); got != syscall.SIGKILL {
		t.Errorf("the stranger ended by %v", got)
	}
}

func TestParent(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("this system does not tell")
	}
	if parent, known := Parent(os.Getpid()); !known || parent != os.Getppid() {
		t.Errorf("got %d, %t, want %d", parent, known, os.Getppid())
	}
	if parent, known := Parent(-1); known {
		t.Errorf("the parent of no process is %d", parent)
	}
}
