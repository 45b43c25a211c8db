package tui

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/view"
)

// shelf is a workbench on a run that has ended, with long texts of which the model reads the first twelve words.
func longTexts(t *testing.T, w, h int, text string) *bench {
	t.Helper()
	b := newBench(t, w, h, func(o *Options) {
		o.Texts = func(_ rundir.Dir, row int) (Example, error) {
			return Example{Text: fmt.Sprintf(text, row), TextPair: "A hypothesis.", Meta: map[string]string{"genre": "fiction", "empty": ""}}, nil
		}
		o.Tokens = func(_ rundir.Dir, text, pair string) (view.Truncation, error) {
			words, at := 0, len(text)
			for i, r := range text {
				if r == ' ' {
					if words++; words == 12 {
						at = i
						break
					}
				}
			}
			return view.Truncation{First: at, Second: len(pair), Tokens: len(strings.Fields(text + pair)), Limit: 16}, nil
		}
	})
	w1 := b.train("demo-reference", rundir.Reference, "", nil)
	w1.Train(400)
	w1.Finish(rundir.Finish{Status: rundir.Complete})
	b.readRuns()
	return b
}

// sgr is what styles are written in.
var sgr = regexp.MustCompile(`\x1b\[[0-9;]*m`)

var story = "Premise %d begins here, " + strings.Repeat("and the story goes on and on ", 30) + "until it ends."

func TestReading(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {60, 20}} {
		b := longTexts(t, size[0], size[1], story)
		b.press("i")
		b.golden(fmt.Sprintf("reading-%dx%d", size[0], size[1]))
		b.press("i")
		if text := b.shown(); strings.Contains(text, "Reading") {
			t.Error("i does not go back")
		}
	}
	b := longTexts(t, 80, 24, story)
	b.press("3", "i")
	first := b.shown()
	b.shows("1 of 330", "218 tokens; the model reads 16", "│ the story")
	b.press("down")
	b.shows("2 of 330")
	b.press("up")
	for range 40 {
		b.press("J")
	}
	b.shows("until it ends.", "→ A hypothesis.", "genre: fiction")
	b.press("down")
	b.shows("Premise", "tokens; the model reads")
	b.press("up")
	for range 40 {
		b.press("K")
	}
	if got := b.shown(); got != first {
		t.Errorf("after scrolling down and up:\n%s", got)
	}
	b.press("1")
	b.shows("Data map")
	b.press("3")
	b.shows("Reading")
	b.press("esc")
	b.shows("Examples:")
}

// Every class's probabilities add up to one in each epoch; the gold one is the trail that the panel shows.
func TestReadingShowsAllClasses(t *testing.T) {
	b := longTexts(t, 120, 40, story)
	b.press("i")
	r := b.reader.panel()
	if len(r.Classes) != 4 {
		t.Fatalf("%d epochs", len(r.Classes))
	}
	for e, p := range r.Classes {
		sum := 0.0
		for _, v := range p {
			sum += v
		}
		if math.Abs(sum-1) > 1e-9 || math.Abs(p[r.Gold]-float64(r.Example.Trail[e])) > 1e-6 {
			t.Errorf("epoch %d: %v, the trail has %v", e, p, r.Example.Trail[e])
		}
		b.shows(fmt.Sprintf("%.2f", p[0]), fmt.Sprintf("%.2f", p[1]), fmt.Sprintf("%.2f", p[2]))
	}
}

func TestCopying(t *testing.T) {
	b := longTexts(t, 120, 40, "Text %d\x1b[31m.")
	b.press("i")
	press := func(msg tea.KeyPressMsg) string {
		t.Helper()
		_, cmd := b.Update(msg)
		texts := copied(cmd)
		if len(texts) != 1 {
			t.Fatalf("%v copies %q", msg, texts)
		}
		return texts[0]
	}
	guid := b.example().GUID
	if got, want := press(tea.KeyPressMsg{Code: 'y', Text: "y"}), b.example().Text.First+"\nA hypothesis."; got != want || !strings.Contains(got, "\x1b[31m") {
		t.Errorf("copied %q, want %q", got, want)
	}
	if got := press(tea.KeyPressMsg{Code: 'y', Mod: tea.ModCtrl}); got != guid {
		t.Errorf("copied %q, want %q", got, guid)
	}
	var line map[string]any
	got := press(tea.KeyPressMsg{Code: 'Y', Text: "Y"})
	if err := json.Unmarshal([]byte(got), &line); err != nil || strings.Contains(got, "\n") || line["guid"] != guid || line["text_pair"] != "A hypothesis." || len(line["p_gold"].([]any)) != 4 {
		t.Errorf("copied %s (%v)", got, err)
	}
	b.shows("Copied a line of JSON of " + guid)
}

// Texts that would steer a terminal, or are as wide as terminals disagree about, leave the screen as it is.
func TestHostileTextsAreShownSafely(t *testing.T) {
	for _, text := range []string{
		"%d \x1b]52;c;AAAA\x07\x1b[2J\x1b[?1049l\u009b31mred \x1bPq\x1b\\ \x00\b\b\b\r\n\t\x7f",
		"%d 日本語のとても長いテキストです。" + strings.Repeat("漢字", 200),
		"%d " + strings.Repeat("e\u0301\u0301\u0301 ", 300) + strings.Repeat("\u0301", 50),
		"%d שלום עולם \u202eevil\u202c \u2066x\u2069 مرحبا بالعالم " + strings.Repeat("שלום ", 100),
		"%d 👩‍👩‍👧‍👦 👍🏽 🇩🇪🇫🇷 ❤️ ☺︎ \ufeff\u200b\u200d\u2060 " + strings.Repeat("👩‍👩‍👧‍👦", 100),
		"%d " + strings.Repeat("x", 3000),
		"%d \xff\xfe\xc3\x28 \xed\xa0\x80 \U000e0041\U000e0042 \ufff9a\ufffab\ufffb",
	} {
		for _, size := range [][2]int{{120, 40}, {80, 24}, {60, 20}, {41, 12}} {
			b := longTexts(t, size[0], size[1], text)
			for _, screen := range []string{"1", "3", "i", "J"} {
				b.press(screen)
				content := b.View().Content
				lines := strings.Split(content, "\n")
				if len(lines) != size[1] {
					t.Errorf("%q: %d lines", text[:10], len(lines))
				}
				for _, line := range lines {
					if g, wc := ansi.StringWidth(line), ansi.StringWidthWc(line); g != size[0] || wc > size[0] {
						t.Errorf("%q at %v: %d cells by graphemes, %d by characters: %q", text[:10], size, g, wc, line)
					}
				}
				plain := sgr.ReplaceAllString(content, "")
				for _, r := range plain {
					if r != '\n' && (r < 0x20 || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069) {
						t.Errorf("%q: view %s has %q", text[:10], screen, r)
						break
					}
				}
			}
		}
	}
}

// A source without logits has measures to read, and no epochs.
func TestReadingWithoutLogits(t *testing.T) {
	for _, labels := range []bool{true, false} {
		b := imported(t, 120, 40, labels)
		b.press("i")
		b.shows("Reading g", "This source has no texts.")
	}
	b := &bench{t: t, App: New(Options{Feed: watch.New(t.TempDir())})}
	b.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	b.readRuns()
	b.press("i", "J", "y", "down")
	b.shows("No example: nothing is selected.")
}
