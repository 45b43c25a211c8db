package session

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ftft/tui/view"
)

// Curves are the settings of the curves in the words of the command line. An empty word keeps the default.
type Curves struct {
	X      string   `json:"x"`              // one of Axes
	Log    bool     `json:"log,omitempty"`  // whether the y axis is logarithmic
	Smooth float64  `json:"smooth"`         // the factor of the moving average; 0 = none
	Charts string   `json:"charts"`         // one of ChartNames
	Seeds  string   `json:"seeds"`          // one of SeedNames
	From   float64  `json:"from,omitempty"` // the range of the x axis
	To     float64  `json:"to,omitempty"`   // 0 = the whole axis
	Runs   []string `json:"runs"`           // the runs drawn: folders, in present.json IDs

	Hidden []string `json:"hidden,omitempty"` // IDs of runs that the user has hidden
	Added  []string `json:"added,omitempty"`  // IDs of runs of other experiments that the user has added
}

// The words for the values of view.XAxis, view.ChartSets and view.SeedMode, in their order.
var (
	Axes       = [view.XAxes]string{"steps", "examples", "compute", "time"}
	ChartNames = []string{"loss,id,ood", "all", "loss", "id", "ood", "rate", "norm"}
	SeedNames  = [view.SeedModes]string{"each", "minmax", "deviation"}
)

// CurvesOf returns the settings of curves, without the runs.
func CurvesOf(c *view.Curves) Curves {
	s := Curves{X: Axes[c.XAxis], Log: c.Log, Smooth: c.Smoothing, Charts: ChartNames[c.Set], Seeds: SeedNames[c.SeedMode]}
	if c.Window.To > c.Window.From {
		s.From, s.To = c.Window.From, c.Window.To
	}
	return s
}

// Apply copies the settings to curves. An error names the flag of ftft curves with a wrong value.
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

// ParseRange parses A:B, the value of --range, with A below B.
func ParseRange(text string) (from, to float64, err error) {
	a, b, two := strings.Cut(text, ":")
	if from, err = strconv.ParseFloat(a, 64); err == nil && two {
		if to, err = strconv.ParseFloat(b, 64); err == nil && from < to {
			return from, to, nil
		}
	}
	return 0, 0, fmt.Errorf("--range %s: use A:B, two values of the x axis", text)
}
