package tui

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"ftft/configs"
	"ftft/datamap"
	"ftft/train/corpus"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/recording"
	"ftft/tui/view"
)

// lessonBench returns a workbench at the beginning of the lesson.
func lessonBench(t *testing.T, w, h int) *bench {
	t.Helper()
	root := t.TempDir()
	if err := recording.Unpack(root); err != nil {
		t.Fatal(err)
	}
	config, err := configs.Load(rundir.Dir(filepath.Join(root, referenceRun)).Config())
	if err != nil {
		t.Fatal(err)
	}
	data, err := corpus.Load(config, 1)
	if err != nil {
		t.Fatal(err)
	}
	texts := func(_ rundir.Dir, row int) (Example, error) {
		e := data.Train.Examples[row]
		return Example{Text: e.Text, TextPair: e.TextPair, Meta: e.Meta}, nil
	}
	lesson, err := OpenLesson(root, texts)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, App: New(Options{Root: root, Texts: texts, Lesson: lesson})}
	b.send(tea.WindowSizeMsg{Width: w, Height: h})
	b.readRuns()
	return b
}

func TestLesson(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {60, 20}} {
		b := lessonBench(t, size[0], size[1])
		for at, c := range chapters {
			for before := b.options.Lesson.at; at > 0 && b.options.Lesson.at == before; {
				b.press("space")
			}
			b.readRuns()
			b.shows(fmt.Sprintf("Lesson %d of %d %s", at+1, len(chapters), c.title))
			screen := b.View().Content
			if lines := strings.Split(screen, "\n"); len(lines) != size[1] {
				t.Errorf("%s: got %d lines, want %d", c.title, len(lines), size[1])
			} else {
				for _, line := range lines {
					if width := ansi.StringWidth(line); width > size[0] {
						t.Errorf("%s: got a line of %d cells, want at most %d", c.title, width, size[0])
					}
				}
			}
			if b.text != "" || strings.Contains(b.shown(), "no such file") {
				t.Errorf("%s: got the message %q on the screen\n%s", c.title, b.message.text, b.shown())
			}
			if size[0] == 80 && b.clock == nil { // a replay changes with time
				b.golden(fmt.Sprintf("lesson-%d-80x24", at+1))
			}
		}
	}
}

// On a small terminal the screens keep their tabs and their panes, and the texts are shown in parts.
func TestLessonOnSmallTerminals(t *testing.T) {
	b := lessonBench(t, 60, 20)
	lesson := b.options.Lesson
	parts := 0
	for at := 0; ; parts++ {
		b.readRuns()
		screen := b.shown()
		b.shows(" 1 Map 2 Cur")
		if n := strings.Count(screen, "? help"); n > 1 {
			t.Errorf("step %d: got the hints %d times:\n%s", at+1, n, screen)
		}
		if b.front().home() == placeMap && b.clock == nil && !strings.Contains(screen, "1.00") {
			t.Errorf("step %d: no map is drawn:\n%s", at+1, screen)
		}
		if last := len(lesson.lines()) <= lesson.top+lesson.room(); last && at == len(chapters)-1 {
			break
		} else if !last {
			b.shows("space more")
		}
		b.press("space")
		at = lesson.at
	}
	if parts < len(chapters) {
		t.Errorf("got %d parts of %d texts, want more", parts, len(chapters))
	}
	before := lesson.top
	b.press("backspace")
	if before > 0 && (lesson.top >= before || lesson.at != len(chapters)-1) {
		t.Errorf("backspace went to line %d of step %d, want back in the text", lesson.top, lesson.at+1)
	}
}

// Where no panels are beside the map, the texts cite what is drawn there.
func TestLessonOnNarrowScreens(t *testing.T) {
	b := lessonBench(t, 80, 24)
	tale := &b.options.Lesson.tale
	enter := func(title string) {
		at := slices.IndexFunc(chapters, func(c chapter) bool { return c.title == title })
		b.execute(b.options.Lesson.tell(b.App, at))
		b.readRuns()
	}
	enter("Training dynamics")
	b.shows("example in the last line")
	if lines := strings.Split(b.shown(), "\n"); !strings.Contains(lines[b.h-2], b.example().GUID) {
		t.Errorf("the last line of the screen is %q, want the example %s", lines[b.h-2], b.example().GUID)
	}
	enter("The selection")
	b.shows("counts below the map")
	for title, health := range map[string]datamap.Health{
		"Is the reference good enough?": tale.reference, "A reference that is too weak": tale.weak,
	} {
		enter(title)
		b.shows("(e explains")
		b.press("e", "G")
		explained := ""
		for range 5 {
			explained += b.shown()
			b.press("up")
		}
		explained = strings.Join(strings.Fields(explained), " ") // it wraps
		for _, want := range []string{"overlap", view.Percent(health.Overlap), health.Verdict.String()} {
			if !strings.Contains(explained, want) {
				t.Errorf("%s: e does not explain %q", title, want)
			}
		}
	}
	enter("Do training dynamics transfer?")
	sum, cells := 0, 0
	for line := range strings.Lines(b.shown()) {
		if row := strings.Fields(strings.ReplaceAll(line, "amb + hard", "both")); len(row) == 5 && (row[0] == "ambiguous" || row[0] == "both") {
			for _, cell := range row[1:3] {
				if n, err := strconv.Atoi(strings.ReplaceAll(cell, ",", "")); err == nil {
					sum, cells = sum+n, cells+1
				}
			}
		}
	}
	if share := float64(sum) / float64(datamap.Count(tale.examples, lessonFraction)); cells != 4 ||
		view.Percent(share) != view.Percent(tale.transfer.Overlap) {
		t.Errorf("the upper left of the table adds %d cells up to %d, want %s of the ambiguous examples:\n%s", cells, sum,
			view.Percent(tale.transfer.Overlap), b.shown())
	}
}

// The numbers in the text of the lesson are those that the screen above it shows.
func TestLessonNumbersMatchScreens(t *testing.T) {
	b := lessonBench(t, 120, 60)
	tale := &b.options.Lesson.tale
	last, erm, ftft := tale.reference.Epochs-1, tale.arms[rundir.ERM].Scores[tale.ood].Accuracy, tale.arms[rundir.FTFT]
	strong, weak := tale.reference.HardPGold[last][3], tale.weak.HardPGold[last][3]
	transfer := fmt.Sprintf("%d    %.1f %%", tale.transfer.Both, 100*tale.transfer.Overlap)
	for _, claim := range []struct{ chapter, text, screen string }{
		{"The task", view.Count(tale.examples) + " pairs", "of " + view.Count(tale.examples)},
		{"Easy, hard, ambiguous", view.Percent(tale.reference.EasyShare), "easy       " + view.Percent(tale.reference.EasyShare)},
		{"Is the reference good enough?", fmt.Sprintf("to %.2f", strong), fmt.Sprintf("→ %.2f", strong)},
		{"Do training dynamics transfer?", view.Percent(tale.transfer.Overlap), transfer},
		{"Stopping early", view.Count(ftft.Steps) + " of", view.Count(ftft.Steps) + " of"},
		{"What it cost, what it brought", view.Percent(ftft.Compute), fmt.Sprintf("%.1f %%", 100*ftft.Compute)},
		{"What it cost, what it brought", view.Percent(erm), fmt.Sprintf("%.4f", erm)},
		{"A reference that is too weak", fmt.Sprintf("to %.2f", weak), fmt.Sprintf("→ %.2f", weak)},
		{"Is the reference good enough?", view.Percent(tale.reference.Overlap), "overlap    " + view.Percent(tale.reference.Overlap)},
		{"Is the reference good enough?", "verdict: learns hard examples.", "learns hard examples"},
		{"A reference that is too weak", view.Percent(tale.weak.Overlap) + " are hard", "overlap    " + view.Percent(tale.weak.Overlap)},
		{"A reference that is too weak", "under-trained or weak.", "under-trained or weak"},
	} {
		at := slices.IndexFunc(chapters, func(c chapter) bool { return c.title == claim.chapter })
		b.execute(b.options.Lesson.tell(b.App, at))
		b.readRuns()
		lines := strings.Split(b.shown(), "\n")
		above, below := strings.Join(lines[:b.h], "\n"), strings.Join(lines[b.h:], " ")
		if !strings.Contains(below, claim.text) || !strings.Contains(above, claim.screen) {
			t.Errorf("%s: want the text to contain %q and the screen %q; got\n%s", claim.chapter, claim.text, claim.screen, b.shown())
		}
	}
}

// The verdicts on the recorded references after each epoch: too early to tell at first, then the verdict of the whole recording.
func TestVerdictsOfTheRecording(t *testing.T) {
	root := t.TempDir()
	if err := recording.Unpack(root); err != nil {
		t.Fatal(err)
	}
	letters := map[datamap.Verdict]byte{datamap.LearnsHard: 'l', datamap.Weak: 'w', datamap.TooEarly: '.'}
	want := map[string]string{referenceRun: "..lllll", weakReferenceRun: "....www", mainRun: "...llll"}
	for _, group := range watch.New(root).Poll("").Groups {
		for _, run := range group.Runs {
			if want[run.ID()] == "" {
				continue
			}
			picture, err := watch.PictureOf(run)
			if err != nil {
				t.Fatal(err)
			}
			var got []byte
			for epochs := 2; epochs <= picture.Map.Epochs; epochs++ {
				m, err := picture.Map.Between(0, epochs)
				if err != nil {
					t.Fatal(err)
				}
				h, err := m.Health(lessonFraction)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, letters[h.Verdict])
			}
			if string(got) != want[run.ID()] {
				t.Errorf("%s: the verdicts from epoch 2 on are %s, want %s", run.ID(), got, want[run.ID()])
			}
			delete(want, run.ID())
		}
	}
	if len(want) > 0 {
		t.Errorf("the recording lacks %v", want)
	}
}
