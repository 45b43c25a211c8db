package session

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ftft/tui/view"
)

// Curves are the settings of the curves, in the words of the command line. An empty word is the workbench's default.
type Curves struct {
	X      string   `json:"x"`              // of Axes
	Log    bool     `json:"log,omitempty"`  // logarithmic y
	Smooth float64  `json:"smooth"`         // the factor of the moving average; 0 = none
	Charts string   `json:"charts"`         // of ChartNames
	Seeds  string   `json:"seeds"`          // of SeedNames
	From   float64  `json:"from,omitempty"` // of the x axis
	To     float64  `json:"to,omitempty"`   // 0 = all
	Runs   []string `json:"runs"`           // their folders; in view.json and present.json their IDs
}

// The words for settings, in the order of the values of view.Curves.
var (
	Axes       = [view.XAxes]string{"steps", "examples", "compute", "time"}
	ChartNames = []string{"loss,id,ood", "all", "loss", "id", "ood", "rate", "norm"} // as view.ChartSets
	SeedNames  = [view.SeedModes]string{"each", "minmax", "deviation"}
)

// CurvesOf returns the settings of curves, without their runs.
func CurvesOf(c *view.Curves) Curves {
	s := Curves{X: Axes[c.XAxis], Log: c.Log, Smooth: c.Smoothing, Charts: ChartNames[c.Set], Seeds: SeedNames[c.SeedMode]}
	if c.Window.To > c.Window.From {
		s.From, s.To = c.Window.From, c.Window.To
	}
	return s
}

// Apply sets curves to the settings. The error names a flag of ftft curves.
func (s *Curves) Apply(c *view.Curves) error {
	for _, word := range []struct {
		flag, given string
		words       []string
		to          *int
	}{
		{"--x", s.X, Axes[:], (*int)(&c.XAxis)},
		{"--charts", s.Charts, ChartNames, &c.Set},
		{"--seeds", s.Seeds, SeedNames[:], (*int)(&c.SeedMode)},
	} {
		if word.given == "" {
			continue
		}
		if *word.to = slices.Index(word.words, word.given); *word.to < 0 {
			*word.to = 0
			return fmt.Errorf("%s %s: use one of %s", word.flag, word.given, strings.Join(word.words, ", "))
		}
	}
	if s.Smooth < 0 || s.Smooth >= 1 {
		return fmt.Errorf("--smooth %g: use 0 or more and less than 1", s.Smooth)
	}
	if s.From < 0 || s.To < s.From {
		return fmt.Errorf("--range %g:%g: begin at 0 or later and end later", s.From, s.To)
	}
	c.Log, c.Smoothing, c.Window = s.Log, s.Smooth, view.Window{From: s.From, To: s.To}
	return nil
}

// ParseRange reads A:B, the value of --range.
func ParseRange(text string) (from, to float64, err error) {
	a, b, two := strings.Cut(text, ":")
	if from, err = strconv.ParseFloat(a, 64); err == nil && two {
		if to, err = strconv.ParseFloat(b, 64); err == nil && from < to {
			return from, to, nil
		}
	}
	return 0, 0, fmt.Errorf("--range %s: use A:B, two values of the x axis", text)
}
