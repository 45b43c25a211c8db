package rundir

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ftft/internal/disk"
)

// Launch asks an experiment for one more run of the main model: a file orders/<id>.json in the study's directory, which the study
// process removes once the run is in the plan.
type Launch struct {
	ID       string  `json:"id"`       // names the file; if empty, RequestLaunch makes one up, in order of time
	Arm      Arm     `json:"arm"`      // one of Launchable
	Strategy string  `json:"strategy"` // of the selection, for FTFT, DM and Custom
	Fraction float64 `json:"fraction"` // of the training set, for the arms that select
	Seed     int64   `json:"seed"`     // one of the experiment's; 0 = the first

	Selection *Selection        `json:"selection,omitempty"` // for Custom: exactly these rows, instead of what the strategy would choose
	Set       map[string]string `json:"set,omitempty"`       // settings that differ from the experiment's config: see configs.Config.Vary

	Problem string `json:"-"` // why the file could not be read
}

// Launchable are the arms that a Launch can ask for.
var Launchable = []Arm{FTFT, Random, ERM, DM, Custom}

// SettingLabels returns the settings in which a run differs from its experiment's config, by key, as its label has them: lr 0.0001.
func SettingLabels(set map[string]string) (list []string) {
	short := map[string]string{"learning_rate": "lr", "max_steps": "steps"}
	for _, key := range slices.Sorted(maps.Keys(set)) {
		name, value := key[strings.LastIndexByte(key, '.')+1:], set[key]
		if name == "max_steps" && value == "0" {
			continue // the budget is in epochs
		}
		if strings.HasPrefix(key, "main.engine.") {
			value = filepath.Base(strings.Trim(value, `"`))
			switch name {
			case "kind":
				name = "engine"
			case "script":
			default:
				continue // changes no result, or is too long to name a run
			}
		}
		list = append(list, cmp.Or(short[name], name)+" "+value)
	}
	return list
}

func (s StudyDir) launch(id string) string { return filepath.Join(string(s), "orders", id+".json") }

// RequestLaunch writes a launch for the study process to find.
func (s StudyDir) RequestLaunch(l Launch) error {
	if l.ID == "" {
		l.ID = fmt.Sprintf("%020d-%d", time.Now().UnixNano(), os.Getpid())
	}
	return disk.WriteJSON(s.launch(l.ID), l)
}

// Launches returns the launches that are not in the plan yet, by ID. A file that cannot be read comes with Problem set.
func (s StudyDir) Launches() ([]Launch, error) {
	entries, err := os.ReadDir(filepath.Dir(s.launch("")))
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var launches []Launch
	for _, entry := range entries {
		id, ok := strings.CutSuffix(entry.Name(), ".json")
		if !ok || strings.HasPrefix(id, ".") {
			continue
		}
		var l Launch
		if err := readJSON(s.launch(id), &l); err != nil {
			l = Launch{Problem: err.Error()}
		}
		l.ID = id
		launches = append(launches, l)
	}
	slices.SortFunc(launches, func(a, b Launch) int { return strings.Compare(a.ID, b.ID) })
	return launches, nil
}

// RemoveLaunch removes a launch that is in the plan or has been refused.
func (s StudyDir) RemoveLaunch(l Launch) error { return disk.Remove(s.launch(l.ID)) }

// WriteSelection keeps the selection that a run was launched with until the run is prepared, which may be much later.
func (s StudyDir) WriteSelection(run string, selection Selection) error {
	if err := selection.Check(); err != nil {
		return err
	}
	return disk.WriteJSON(s.selection(run), selection)
}

// ReadSelection returns the selection that a run was launched with. Most have none: the error is then fs.ErrNotExist.
func (s StudyDir) ReadSelection(run string) (selection Selection, err error) {
	if err := readJSON(s.selection(run), &selection); err != nil {
		return selection, err
	}
	return selection, selection.Check()
}

func (s StudyDir) selection(run string) string {
	return filepath.Join(string(s), "selections", run+".json")
}
