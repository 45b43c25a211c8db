package view

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"ftft/datamap"
)

// Selection draws the panel of the selected examples and of the health of the dynamics.
type Selection struct {
	Theme        *Theme
	Title        string // says which map it is of; "" = the one that is drawn
	Strategy     string
	Fraction     float64
	Count, Total int             // examples selected, and on the map
	Labels       []string        // [C]
	Chosen, All  []int           // [C] examples selected, and on the map
	Rule         string          // that the examples match; "" = none
	Whole        bool            // whether everything that the rule matches is selected
	Candidates   int             // examples that the fraction applies to
	Excluded     int             // examples that marks exclude
	Compute      string          // the steps of a main model's run; "" = unknown
	ETA          string          // their duration
	Unavailable  string          // why nothing can be selected; "" if something can
	Health       *datamap.Health // nil before the second epoch
}

// Height returns the number of lines of the panel, w cells wide.
func (s *Selection) Height(w int) int {
	h := 11 + len(s.Labels) + len(s.rule(w))
	if s.Compute != "" {
		h += 2
	}
	return h
}

// Draw fills w by h cells.
func (s *Selection) Draw(w, h int) []string {
	t, keys := s.Theme, "s  [ ]  { }"
	if s.Rule != "" {
		keys += "  esc no rule"
	}
	lines := []string{
		Spread(t.Title.Render("Selection")+" "+t.Warn.Render(s.Title), t.Dim.Render(keys), w),
		t.key("strategy", s.Strategy),
		t.key("fraction", shareBar(datamap.Percent(s.Fraction), s.Fraction, w-13)),
	}
	if s.Whole {
		share := ratio(s.Count, s.Total)
		lines[1] = t.key("strategy", "all that match the rule")
		lines[2] = t.key("fraction", shareBar(Percent(share), share, w-13))
	}
	if s.Rule != "" && !s.Whole {
		lines[2] = t.key("fraction", fmt.Sprintf("%s of the %s that match", datamap.Percent(s.Fraction), Count(s.Candidates)))
	}
	lines = append(lines, s.rule(w)...)
	if s.Unavailable != "" {
		for _, line := range Wrap(s.Unavailable, w) {
			lines = append(lines, t.Warn.Render(line))
		}
		return Fit(lines, w, h)
	}
	of := "of all"
	if s.Excluded > 0 {
		of = Count(s.Excluded) + " excluded  of all"
	}
	examples := t.key("examples", fmt.Sprintf("%s of %s", t.Strong.Render(Count(s.Count)), Count(s.Total)))
	lines = append(lines, Spread(examples, t.Dim.Render(of), w))
	for class, label := range s.Labels {
		among := t.Dim.Render(fmt.Sprintf("%5.1f %%", 100*ratio(s.All[class], s.Total)))
		share := fmt.Sprintf("%7s %5.1f %%  %s", Count(s.Chosen[class]), 100*ratio(s.Chosen[class], s.Count), among)
		lines = append(lines, Spread("  "+Clean(label), share, w))
	}
	if s.Compute != "" {
		lines = append(lines, t.key("compute", s.Compute), t.key("ETA", s.ETA))
	}
	return Fit(append(append(lines, ""), s.health(w)...), w, h)
}

// rule returns the rule in up to three lines.
func (s *Selection) rule(w int) (lines []string) {
	if s.Rule == "" {
		return nil
	}
	parts := Wrap(Clean(s.Rule), max(w-11, 1))
	if len(parts) > 3 {
		parts = append(parts[:2], strings.Join(parts[2:], " "))
	}
	for i, part := range parts {
		lines = append(lines, s.Theme.key([]string{"rule", "", ""}[i], part))
	}
	return lines
}

// shareBar returns the name of a share and a bar, in up to w cells.
func shareBar(name string, share float64, w int) string {
	name = fmt.Sprintf("%-6s ", name)
	return name + Bar(share, max(w-Width(name), 0))
}

// ratio returns part / whole, 0 for an empty whole.
func ratio(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// health returns the measures of the dynamics' health and the verdict.
func (s *Selection) health(w int) []string {
	t := s.Theme
	title := t.Title.Render("Health")
	if s.Health == nil {
		return []string{title, t.Dim.Render("available after two epochs")}
	}
	health := s.Health
	chance := fmt.Sprintf("also hard (%.0f %% by chance)", 100*health.Chance)
	regions := []string{
		t.key("overlap", Percent(health.Overlap)+" "+t.Dim.Render(chance)),
		t.key("easy", Percent(health.EasyShare)+" "+t.Dim.Render("in neither region")),
	}
	if len(health.HardPGold) == 0 {
		return append([]string{title}, append(regions, t.Dim.Render("No logits: no accuracy and no trails"))...)
	}
	last := health.Epochs - 1
	accuracy := fmt.Sprintf("%s → %s", Percent(health.TrainAccuracy[0]), Percent(health.TrainAccuracy[last]))
	hard := fmt.Sprintf("%.2f → %.2f", health.HardPGold[0][3], health.HardPGold[last][3])
	return append(append([]string{Spread(title, t.Verdict(health), w)}, regions...),
		t.key("accuracy", accuracy+"  "+t.Dim.Render("in training")),
		t.key("hard", hard+"  "+t.Dim.Render("top quarter's p(gold)")))
}

// Verdict returns the verdict on a reference. It names the fraction that it is made at where the figures beside it have another.
func (t *Theme) Verdict(h *datamap.Health) string {
	text := h.Verdict.String()
	if h.Chance != datamap.JudgedFraction {
		text += " (at " + Percent(datamap.JudgedFraction) + ")"
	}
	switch h.Verdict {
	case datamap.LearnsHard:
		return t.Good.Render(text)
	case datamap.Weak:
		return t.Warn.Render(text)
	}
	return t.Dim.Render(text)
}

// Line returns the selection in one line of w cells, with shortened label names where they do not fit.
func (s *Selection) Line(w int) string {
	parts := s.line(1 << 10)
	for name := 20; Width(join(parts)) > w && name >= 3; name-- {
		parts = s.line(name)
	}
	for i := range parts {
		parts[i].Rank = min(i, 1) // the shares of labels are left out first
	}
	return Line(parts, " · ", w)
}

func join(parts []Part) string {
	var texts []string
	for _, part := range parts {
		texts = append(texts, part.Text)
	}
	return strings.Join(texts, " · ")
}

// line returns the selection in parts of a line, with label names of up to name cells.
func (s *Selection) line(name int) []Part {
	if s.Unavailable != "" {
		return []Part{{Text: s.Strategy + " " + datamap.Percent(s.Fraction) + ": " + s.Unavailable, Least: 1}}
	}
	line := fmt.Sprintf("%s %s: %s of %s", s.Strategy, datamap.Percent(s.Fraction), Count(s.Count), Count(s.Total))
	switch rule := ansi.Truncate(Clean(s.Rule), max(2*name, 20), "…"); {
	case s.Whole:
		line = fmt.Sprintf("%s: %s of %s", rule, Count(s.Count), Count(s.Total))
	case s.Rule != "":
		line = fmt.Sprintf("%s %s of %s: %s of %s", s.Strategy, datamap.Percent(s.Fraction), rule, Count(s.Count), Count(s.Total))
	}
	parts := []Part{{Text: line, Least: 1}}
	for class, label := range s.Labels {
		text := fmt.Sprintf("%s %.0f %%", ansi.Truncate(Clean(label), name, "…"), 100*ratio(s.Chosen[class], s.Count))
		parts = append(parts, Part{Text: text})
	}
	return parts
}
