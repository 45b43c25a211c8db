package tui

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/datamap/nearest"
	"ftft/train/watch"
	"ftft/tui/view"
)

// neighbours shows the examples nearest to the one under the selection's cursor, by their embeddings.
type neighbours struct {
	*workspace
	app  *App
	at   int // the cursor
	near job[neighboursKey, neighboursFound]

	checked  int  // the number of polls at the last check of the file
	checking bool // whether the file is being checked
}

// neighboursKey is what the neighbours depend on.
type neighboursKey struct {
	of    *datamap.Map
	index int32  // of the example
	path  string // of the embeddings
}

// neighboursFound has the nearest examples, the nearest first, by index into the map.
type neighboursFound struct {
	list       []int32
	similarity []float64
	stamp      stamp // of the file that was searched
	err        error
}

// stamp tells one version of a file from another; the zero stamp is that of a missing file.
type stamp struct {
	modified time.Time
	size     int64
}

func stampOf(path string) (s stamp) {
	if info, err := os.Stat(path); err == nil {
		s = stamp{info.ModTime(), info.Size()}
	}
	return s
}

// mostNeighbours is the number of neighbours shown.
const mostNeighbours = 10

var placeNeighbours = &place{help: "neighbours (~)"}

func (n *neighbours) keys() []binding {
	everywhere := []*place{placeMap, placeExamples, placeTriage, placeReader, placeNeighbours}
	on := []*place{placeNeighbours}
	there := func() bool { _, ok := n.sel.Under(); return ok }
	return under(taskRead, []binding{
		{keys: []string{"~"}, help: "show the neighbours of the example by embeddings, or go back", hint: "neighbours", on: everywhere,
			now: there, do: doing(n.toggle)},
		{keys: []string{"enter"}, help: "go to the neighbour", hint: "go there", on: on, do: n.visit},
		{keys: []string{"esc"}, help: "go back", on: on, do: doing(n.toggle)},
	}...)
}

func (n *neighbours) name() string                                      { return "neighbours" }
func (n *neighbours) layer() layer                                      { return paneLayer }
func (n *neighbours) place() *place                                     { return placeNeighbours }
func (n *neighbours) key(tea.KeyPressMsg) (tea.Cmd, bool)               { return nil, false }
func (n *neighbours) cursor() (at *int, entries int)                    { return &n.at, len(n.found().list) }
func (n *neighbours) draw(w, h int, _ func(w, h int) []string) []string { return n.panel().Draw(w, h) }

func (n *neighbours) toggle() {
	n.at = 0
	n.app.toggle(n)
	n.app.raise(n.app.explainer, n.app.commander)
}

// embeddings returns the file of the embeddings of the viewed run or source, "" if it cannot have one.
func (n *neighbours) embeddings() string {
	if _, run := n.focused(); run == nil || run.Given {
		return n.options.Embeddings
	}
	return n.focus.Embeddings()
}

// wanted returns what the neighbours that are shown depend on. ok is false if there is no example.
func (n *neighbours) wanted() (key neighboursKey, ok bool) {
	index, ok := n.sel.Under()
	return neighboursKey{n.dataMap(), index, n.embeddings()}, ok
}

// found returns the neighbours of the example, none until they are known.
func (n *neighbours) found() neighboursFound {
	if key, ok := n.wanted(); ok && n.near.known && n.near.key == key {
		return n.near.value
	}
	return neighboursFound{}
}

// update searches for the neighbours in the background, and reads their texts.
func (n *neighbours) update() tea.Cmd {
	key, ok := n.wanted()
	if !ok || key.of == nil || key.path == "" {
		return nil
	}
	search := func() neighboursFound {
		before := stampOf(key.path)
		found := findNeighbours(key)
		found.stamp = before
		return found
	}
	return tea.Batch(n.near.want(key, search, n.update), n.check(), n.readTexts(n.found().list...))
}

// checkEvery is the number of polls between two checks of the file of embeddings, which another program may write.
const checkEvery = 8

// check looks in the background whether the file of the known neighbours has changed, and if so searches again.
func (n *neighbours) check() tea.Cmd {
	if !n.near.known || n.near.running || n.checking || n.polls < n.checked+checkEvery {
		return nil
	}
	n.checked, n.checking = n.polls, true
	path, before := n.near.key.path, n.near.value.stamp
	return quietly(func() stamp { return stampOf(path) }, func(now stamp) tea.Cmd {
		n.checking = false
		if now == before || n.near.running || n.near.key.path != path {
			return nil
		}
		n.near.forget()
		return n.update()
	})
}

// findNeighbours searches the file of embeddings. Its rows are those that the map was made from; rows that are not on the map are left
// out.
func findNeighbours(key neighboursKey) (found neighboursFound) {
	m := key.of
	total := m.Total()
	var among []bool
	if m.Len() < total {
		among = make([]bool, total)
		for _, row := range m.Rows {
			among[row] = true
		}
	}
	list, err := nearest.Find(key.path, total, int(m.Rows[key.index]), mostNeighbours, among)
	if err != nil {
		return neighboursFound{err: err}
	}
	for _, one := range list {
		index, _ := m.Index(int32(one.Row))
		found.list, found.similarity = append(found.list, index), append(found.similarity, one.Similarity)
	}
	return found
}

// visit goes to the neighbour under the cursor.
func (n *neighbours) visit() tea.Cmd {
	list := n.found().list
	if n.at >= len(list) {
		return nil
	}
	index := list[n.at]
	guid := n.dataMap().GUIDs[index]
	if n.app.front() == n.app.triage && !n.app.triage.visit(int(index)) {
		n.say(view.Clean(guid)+" is not among the suspects by "+n.app.triage.way().Name+".", nil)
		return nil
	}
	n.sel.Visit(index)
	n.toggle()
	return nil
}

// panel returns the view of the neighbours.
func (n *neighbours) panel() *view.Neighbours {
	v := &view.Neighbours{Theme: n.theme, Cursor: n.at, None: n.none()}
	if key, ok := n.wanted(); ok && key.of != nil {
		v.Subject = n.row(key.index)
	}
	found := n.found()
	for k, index := range found.list {
		v.Rows = append(v.Rows, view.NeighbourRow{Row: n.row(index), Similarity: found.similarity[k]})
	}
	if n.at < len(found.list) {
		v.Example = n.exampleAt(found.list[n.at])
		v.Example.Place, v.Example.Total = n.at, len(found.list)
	} else if v.None == "" {
		v.None = "There is no other example."
	}
	return v
}

// none explains why there are no neighbours, "" if there may be some.
func (n *neighbours) none() string {
	key, ok := n.wanted()
	compute := "Compute them with: " + Command{Args: n.rooted("embed", n.focus.ID())}.Line()
	if key.path == "" || len(n.options.SourceArgs) > 0 {
		compute = "Compute them with: ftft predict MODEL DATA --text COLUMN --embeddings FILE.npy, and open the map with --embeddings FILE.npy"
	}
	switch {
	case !ok || key.of == nil:
		return "No example: " + n.noExample() + "."
	case key.path == "":
		return "Neighbours need embeddings, and this source has none. " + compute
	case !n.near.known || n.near.key != key:
		return "Comparing " + view.Count(key.of.Len()) + " embeddings …"
	case errors.Is(n.near.value.err, fs.ErrNotExist):
		return fmt.Sprintf("Neighbours need embeddings, and there are none yet. %s. This panel looks for the file every %v and shows the "+
			"neighbours once it is there.", compute, checkEvery*watch.Interval)
	case n.near.value.err != nil:
		return view.Clean(n.near.value.err.Error())
	}
	return ""
}
