package rundir

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ftft/internal/disk"
)

// Order asks a study for one more run of the main model: a file orders/<id>.json in the study's directory, which the
// study process removes once the run is in the plan.
type Order struct {
	ID       string  `json:"id"`       // names the file; Order fills it in, in order of time
	Arm      Arm     `json:"arm"`      // any but EarlyERM
	Strategy string  `json:"strategy"` // of the selection, for ftft, dm and custom
	Fraction float64 `json:"fraction"` // of the training set, for ftft, random, dm and custom
	Seed     int64   `json:"seed"`     // of the study's; 0 = the first

	Selection *Selection `json:"selection,omitempty"` // of custom: exactly these rows, in place of what the strategy would choose

	Problem string `json:"-"` // why the file could not be read as an order
}

func (s StudyDir) orders() string { return filepath.Join(string(s), "orders") }

// Order leaves an order for the study.
func (s StudyDir) Order(o Order) error {
	if o.ID == "" {
		o.ID = fmt.Sprintf("%020d-%d", time.Now().UnixNano(), os.Getpid())
	}
	return disk.WriteJSON(filepath.Join(s.orders(), o.ID+".json"), o)
}

// Orders gives the orders that have not been taken, by ID. A file that is not an order comes with Problem set.
func (s StudyDir) Orders() ([]Order, error) {
	entries, err := os.ReadDir(s.orders())
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var orders []Order
	for _, entry := range entries {
		id, ok := strings.CutSuffix(entry.Name(), ".json")
		if !ok || strings.HasPrefix(id, ".") {
			continue
		}
		var o Order
		if err := readJSON(filepath.Join(s.orders(), entry.Name()), &o); err != nil {
			o = Order{Problem: err.Error()}
		}
		o.ID = id
		orders = append(orders, o)
	}
	slices.SortFunc(orders, func(a, b Order) int { return strings.Compare(a.ID, b.ID) })
	return orders, nil
}

// KeepSelection keeps the selection that a run was ordered with until the run is prepared, which may be much later.
func (s StudyDir) KeepSelection(run string, selection Selection) error {
	if err := selection.Check(); err != nil {
		return err
	}
	return disk.WriteJSON(s.selection(run), selection)
}

// KeptSelection is the selection that a run was ordered with. Of most there is none: the error is then fs.ErrNotExist.
func (s StudyDir) KeptSelection(run string) (selection Selection, err error) {
	if err := readJSON(s.selection(run), &selection); err != nil {
		return selection, err
	}
	return selection, selection.Check()
}

func (s StudyDir) selection(run string) string {
	return filepath.Join(string(s), "selections", run+".json")
}

// Take removes an order that has become part of the plan.
func (s StudyDir) Take(o Order) error { return disk.Remove(filepath.Join(s.orders(), o.ID+".json")) }
