package rundir

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func waiting(t *testing.T, root string) (list []string) {
	t.Helper()
	tickets, err := Queue(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, ticket := range tickets {
		list = append(list, ticket.Run)
	}
	return list
}

func TestTicketsTrainInOrder(t *testing.T) {
	root := t.TempDir()
	tickets := map[string]*Ticket{}
	for _, id := range []string{"a", "b-with-dashes", "c"} {
		ticket, err := Enqueue(Dir(filepath.Join(root, id)), "")
		if err != nil {
			t.Fatal(err)
		}
		tickets[id] = ticket
	}
	ahead := func(id string, want int) {
		t.Helper()
		turn, got, err := tickets[id].Turn(1)
		if err != nil || got != want || turn != (want == 0) {
			t.Errorf("%d before %s, its turn: %v, %v; want %d", got, id, turn, err, want)
		}
	}
	if got := waiting(t, root); !slices.Equal(got, []string{"a", "b-with-dashes", "c"}) {
		t.Errorf("%q", got)
	}
	ahead("c", 2)
	if err := Move(root, "c", true); err != nil {
		t.Fatal(err)
	}
	ahead("a", 1)
	ahead("c", 0)
	if err := Move(root, "a", true); err != nil {
		t.Fatal(err)
	}
	ahead("a", 1) // a run that trains stays first
	if err := Move(root, "a", false); err != nil {
		t.Fatal(err)
	}
	ahead("a", 2)
	if turn, _, err := tickets["b-with-dashes"].Turn(2); !turn || err != nil {
		t.Error("the second slot is not given", err)
	}
	if err := Move(root, "c", false); err == nil {
		t.Error("a run that trains is moved")
	}
	if err := Move(root, "d", true); err == nil {
		t.Error("a run without a ticket is moved")
	}
	if err := tickets["c"].Release(); err != nil {
		t.Fatal(err)
	}
	ahead("b-with-dashes", 0)

	// The ticket of a process that has ended is removed.
	tickets["b-with-dashes"].held.Close()
	if got := waiting(t, root); !slices.Equal(got, []string{"a"}) {
		t.Errorf("%q", got)
	}
	if entries, err := os.ReadDir(filepath.Join(root, queueName)); err != nil || len(entries) != 2 { // and the mutex
		t.Errorf("%v, %v", entries, err)
	}
	if err := tickets["a"].Release(); err != nil {
		t.Fatal(err)
	}
	if got := waiting(t, t.TempDir()); got != nil {
		t.Errorf("%q", got)
	}
}

// A job of a scheduler takes no slot of this machine, and a run of this machine none of the scheduler's. Tickets of older versions have
// no pool: they are of this machine.
func TestPoolsHaveSlotsOfTheirOwn(t *testing.T) {
	root := t.TempDir()
	tickets := map[string]*Ticket{}
	for _, run := range []struct{ id, pool string }{{"here", ""}, {"job-1", "slurm"}, {"here-2", ""}, {"job-2", "slurm"}, {"job-3", "slurm"}} {
		ticket, err := Enqueue(Dir(filepath.Join(root, run.id)), run.pool)
		if err != nil {
			t.Fatal(err)
		}
		tickets[run.id] = ticket
	}
	for _, want := range []struct {
		id    string
		slots int
		turn  bool
		ahead int
	}{{"here-2", 1, false, 1}, {"here", 1, true, 0}, {"job-2", 2, true, 1}, {"job-3", 2, false, 2}, {"job-1", 2, true, 1}} {
		if turn, ahead, err := tickets[want.id].Turn(want.slots); turn != want.turn || ahead != want.ahead || err != nil {
			t.Errorf("%s: its turn: %t, %d ahead, %v; want %+v", want.id, turn, ahead, err, want)
		}
	}
	list, err := Queue(root)
	if err != nil || len(list) != 5 {
		t.Fatalf("%+v, %v", list, err)
	}
	for _, ticket := range list {
		if ticket.Pool != tickets[ticket.Run].Pool {
			t.Errorf("%s is in the pool %q", ticket.Run, ticket.Pool)
		}
	}
	if err := tickets["job-1"].Release(); err != nil {
		t.Fatal(err)
	}
	if turn, _, err := tickets["job-3"].Turn(2); !turn || err != nil {
		t.Error("a free slot of the pool is not given", err)
	}
}
