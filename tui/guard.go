package tui

import (
	"errors"
	"reflect"
	"sync"

	tea "charm.land/bubbletea/v2"

	"ftft/internal/crash"
)

// guard is the model that a program runs: it passes everything to another one, and ends the program if that panics in Update, in View
// or in a command. The program then ends as usual, which restores the terminal.
type guard struct {
	tea.Model
	quit func() // ends the program

	mutex  sync.Mutex
	report string   // of the first panic; "" = none
	last   tea.View // the last view that was drawn
}

// err returns the error that a panic ended the program, nil if none did.
func (g *guard) err() error {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.report == "" {
		return nil
	}
	return errors.New(g.report + ". Trainings continue; ftft opens the workbench again")
}

// catch recovers from a panic, keeps its trace, and ends the program. Deferred functions call it with what they recovered.
func (g *guard) catch(value any) {
	if value == nil {
		return
	}
	report := crash.Report(value)
	g.mutex.Lock()
	first := g.report == ""
	if first {
		g.report = report
	}
	g.mutex.Unlock()
	if first {
		go func() { // quit waits for the program, which may wait for this call
			defer crash.Exit()
			g.quit()
		}()
	}
}

func (g *guard) ended() bool {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return g.report != ""
}

func (g *guard) Init() (cmd tea.Cmd) {
	defer func() { g.catch(recover()) }()
	return g.guarded(g.Model.Init())
}

func (g *guard) Update(msg tea.Msg) (_ tea.Model, cmd tea.Cmd) {
	if g.ended() {
		return g, nil
	}
	defer func() { g.catch(recover()) }()
	_, cmd = g.Model.Update(msg)
	return g, g.guarded(cmd)
}

func (g *guard) View() (v tea.View) {
	if g.ended() {
		return g.last
	}
	v = g.last
	defer func() { g.catch(recover()) }()
	g.last = g.Model.View()
	return g.last
}

// guarded returns a command that does not panic, and neither do the commands in the message that it returns.
func (g *guard) guarded(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() { g.catch(recover()) }()
		return g.guardedAll(cmd())
	}
}

// guardedAll guards the commands of a message that is a list of them: those of tea.Batch and tea.Sequence.
func (g *guard) guardedAll(msg tea.Msg) tea.Msg {
	list := reflect.ValueOf(msg)
	if !list.IsValid() || list.Kind() != reflect.Slice || list.Type().Elem() != reflect.TypeFor[tea.Cmd]() {
		return msg
	}
	guarded := reflect.MakeSlice(list.Type(), list.Len(), list.Len())
	for i := range list.Len() {
		guarded.Index(i).Set(reflect.ValueOf(g.guarded(list.Index(i).Interface().(tea.Cmd))))
	}
	return guarded.Interface()
}
