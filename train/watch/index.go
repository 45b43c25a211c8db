package watch

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"ftft/internal/disk"
	"ftft/train/rundir"
)

// index keeps what lists show of the runs of one folder that have ended, so that a folder of thousands of runs opens without reading
// their logs. It is a file in the user's cache, and only saves time: any file of it may be damaged, old or missing.
type index struct {
	path    string // empty = the user has no cache
	entries map[string]entry
	missing int   // ended runs that it lacks
	bytes   int64 // of their logs
}

// An entry is a run that has ended as it was when its log and manifest had these versions.
type entry struct {
	Log, Manifest fileVersion
	Run           rundir.Manifest
	Record        rundir.Record
	Status        rundir.Status
	Selection     *rundir.Selection
}

// fileVersion tells a version of a file from others.
type fileVersion struct {
	Size     int64
	Modified int64 // nanoseconds since 1970
}

func versionOf(info os.FileInfo) fileVersion {
	return fileVersion{info.Size(), info.ModTime().UnixNano()}
}

const (
	indexFormat = 1        // changes with the meaning of an entry
	indexLeast  = 64       // so many runs must be missing before the index is written,
	indexBytes  = 64 << 20 // or runs with logs of so many bytes
)

// openIndex reads the index of a runs folder.
func openIndex(root string) *index {
	x := &index{entries: map[string]entry{}}
	absolute, err := filepath.Abs(root)
	cache, cacheErr := os.UserCacheDir()
	if err != nil || cacheErr != nil {
		return x
	}
	x.path = filepath.Join(cache, "ftft", fmt.Sprintf("runs-%x.%d", sha256.Sum256([]byte(absolute)), indexFormat))
	text, err := disk.ReadFile(x.path)
	if err != nil {
		return x
	}
	entries := map[string]entry{}
	if err := gob.NewDecoder(bytes.NewReader(text)).Decode(&entries); err == nil {
		x.entries = entries
	}
	return x
}

// find returns the entry of a run if its files still have the same versions.
func (x *index) find(dir rundir.Dir) (e entry, log os.FileInfo, ok bool) {
	e, ok = x.entries[dir.ID()]
	if !ok {
		return e, nil, false
	}
	log, err := os.Stat(dir.Events())
	if err != nil || versionOf(log) != e.Log {
		return e, nil, false
	}
	manifest, err := os.Stat(dir.Manifest())
	return e, log, err == nil && versionOf(manifest) == e.Manifest
}

// add adds a run that has been read in brief, if it has ended and its files have settled.
func (x *index) add(run *Run, log os.FileInfo) {
	if !run.Brief || run.Status.Finish == nil || run.Held || run.Problem != nil || log == nil || time.Since(log.ModTime()) < settled {
		return
	}
	manifest, err := os.Stat(run.Dir.Manifest())
	if err != nil {
		return
	}
	x.entries[run.Dir.ID()] = entry{
		Log: versionOf(log), Manifest: versionOf(manifest), Run: run.Manifest, Record: run.Record, Status: run.Status, Selection: run.Selection,
	}
	x.missing, x.bytes = x.missing+1, x.bytes+log.Size()
}

// save writes the index if it lacked many runs. present are the runs that are there.
func (x *index) save(present map[rundir.Dir]*reader, root string) {
	if x.path == "" || x.missing < indexLeast && x.bytes < indexBytes {
		return
	}
	x.missing, x.bytes = 0, 0
	for id := range x.entries {
		if present[rundir.Dir(filepath.Join(root, id))] == nil {
			delete(x.entries, id)
		}
	}
	var text bytes.Buffer
	if err := gob.NewEncoder(&text).Encode(x.entries); err != nil {
		panic("watch: " + err.Error()) // an entry has only types that gob has
	}
	if disk.MkdirAll(filepath.Dir(x.path)) == nil {
		_ = disk.WriteFile(x.path, text.Bytes()) // without the index the next start takes longer
	}
}
