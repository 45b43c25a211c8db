package rundir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ftft/internal/disk"
)

// Request asks a running run to do something: one file in control/. The run answers it in the log and removes the file (see
// Log.Answer). A resumed run answers the requests that an earlier attempt left with "too late".
type Request struct {
	ID      string    `json:"id"`              // names the file; if empty, Send makes one up, in order of time
	Action  string    `json:"action"`          // pause | resume | stop | checkpoint | patience | evaluations | note
	Value   any       `json:"value,omitempty"` // patience, evaluations: a number; note: the text
	Time    time.Time `json:"time"`            // when it was sent; Send fills it in
	Problem string    `json:"-"`               // why the file is not a request; the answer to give
}

// Actions are the actions that a request can ask for.
var Actions = []string{"pause", "resume", "stop", "checkpoint", "patience", "evaluations", "note"}

// Send writes a request for the run to find.
func (d Dir) Send(request Request) error {
	request.Time = time.Now().UTC()
	if request.ID == "" {
		request.ID = NewRequestID()
	}
	if !slices.Contains(Actions, request.Action) {
		return fmt.Errorf("no such request: %q; there are %s", request.Action, strings.Join(Actions, ", "))
	}
	if strings.ContainsAny(request.ID, `/\`) || strings.HasPrefix(request.ID, ".") {
		return fmt.Errorf("the request's ID %q cannot name a file: leave out slashes and a leading dot", request.ID)
	}
	return disk.WriteJSON(d.request(request.ID), request)
}

// NewRequestID returns an ID made of the time and a random number. With it, a sender can find the answer.
func NewRequestID() string {
	return fmt.Sprintf("%s-%04x", time.Now().UTC().Format("20060102T150405.000000000"), rand.N(1<<16))
}

// Requests returns the unanswered requests, by ID. A file that is not a request comes with Problem set and without an action, to be
// answered like any other.
func (d Dir) Requests() ([]Request, error) {
	entries, err := os.ReadDir(d.Control())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the requests: %w", err)
	}
	var requests []Request
	for _, entry := range entries {
		id, isRequest := strings.CutSuffix(entry.Name(), ".json")
		if !isRequest || strings.HasPrefix(id, ".") || entry.IsDir() {
			continue
		}
		data, err := disk.ReadFile(d.request(id))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var request Request
		if err == nil {
			err = json.Unmarshal(data, &request)
		}
		if err != nil {
			request = Request{Problem: fmt.Sprintf("not a request: %v", err)}
		}
		request.ID = id
		requests = append(requests, request)
	}
	return requests, nil
}

func (d Dir) request(id string) string { return filepath.Join(d.Control(), id+".json") }

// Forget removes an answered request.
func (d Dir) Forget(request Request) error {
	if err := disk.Remove(d.request(request.ID)); err != nil {
		return disk.Explain("remove an answered request", err)
	}
	return nil
}
