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
		ticket, err := Enqueue(Dir(filepath.Join(root, id)))
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
