package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"ftft/datamap"
	"ftft/datamap/cartography"
	"ftft/train/rundir"
	"ftft/train/study"
	"ftft/tui/feed"
)

// readSource draws the data map of anything that has one, of the epochs A:B where these are given: of a run, or else of
// a cartography folder. numbers: its guids are JSON numbers.
func readSource(runs, name, epochs string) (m *datamap.Map, numbers bool, err error) {
	from, to, err := parseEpochs(epochs)
	if err != nil {
		return nil, false, err
	}
	_, _, notRun := find(runs, name)
	switch {
	case notRun == nil:
		m, err := readMap(runs, name)
		if err == nil && epochs != "" {
			if m, err = m.Between(from, to); err != nil {
				err = usageError{fmt.Errorf("--epochs: %w", err)}
			}
		}
		return m, false, err
	case cartography.Find(name) == nil:
		return nil, false, fmt.Errorf("%w; nor is it a folder with dynamics_epoch_N.jsonl", notRun)
	}
	d, err := cartography.Read(name, from, to)
	if none := (*cartography.NoEpoch)(nil); errors.As(err, &none) {
		return nil, false, usageError{fmt.Errorf("--epochs: %w", err)}
	}
	if err != nil {
		return nil, false, err
	}
	if m, err = datamap.New(d.Input, datamap.Options{}); err != nil {
		return nil, false, err
	}
	m.First = from
	return m, d.Numbers, nil
}

// parseEpochs reads A:B; to is -1 where B is left out.
func parseEpochs(text string) (from, to int, err error) {
	a, b, ok := strings.Cut(text, ":")
	to = -1
	if a != "" && ok {
		from, err = strconv.Atoi(a)
	}
	if b != "" && err == nil {
		to, err = strconv.Atoi(b)
	}
	if text != "" && (!ok || err != nil || from < 0 || b != "" && to < 0) {
		return 0, 0, usageError{fmt.Errorf("--epochs %s: give A:B, such as 2: or 1:5", text)}
	}
	return from, to, nil
}

// readMap draws the data map of a run, or of a study's reference.
func readMap(runs, name string) (*datamap.Map, error) {
	place, isStudy, err := find(runs, name)
	if err != nil {
		return nil, err
	}
	dir := rundir.Dir(place)
	if isStudy {
		plan, err := rundir.StudyDir(place).ReadStudy()
		if err != nil {
			return nil, err
		}
		dir = rundir.StudyDir(place).Run(plan.Runs[0].ID)
	}
	form, err := feed.FormOf(dir)
	if err != nil {
		return nil, err
	}
	m, err := study.ReadMap(dir, form)
	if err != nil {
		return nil, fmt.Errorf("data map of %s: %w", dir.ID(), err)
	}
	return m, nil
}

// checkFraction says whether a fraction is one.
func checkFraction(fraction float64) error {
	if !(fraction > 0 && fraction <= 1) {
		return usageError{fmt.Errorf("--fraction is %g; it is a share of the examples, above 0 and up to 1", fraction)}
	}
	return nil
}
