package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// key names one thing that is measured, once per turn.
type key struct {
	// Engine is "OpenTofu 1.12.6" or the like; empty where none takes part.
	Engine string `json:"engine,omitempty"`
	Case   string `json:"case"`
	Step   string `json:"step"`
	// Size is the number of resources, processes or bytes; 0 where there is none to choose.
	Size int `json:"size,omitempty"`
}

// base returns what k is put in relation to: the same step of the first case. That case
// finds no drift, since it asks nothing; a plan in which others find one is beside its plan
// that has nothing to do, and looks the worse for it.
func (k key) base() key {
	k.Case = localExec
	if k.Step == drifted || k.Step == idled {
		k.Step = plan
	}
	return k
}

// cost is what it took.
type cost struct {
	// Wall is the time that passed.
	Wall time.Duration `json:"wall"`
	// CPU is the processor time of the program and of every process that it, or one of
	// those, waited for. Provider is the share of the provider itself, Commands the share
	// of the commands that the provider ran; both are 0 where the system does not tell.
	CPU      time.Duration `json:"cpu,omitempty"`
	Provider time.Duration `json:"provider,omitempty"`
	Commands time.Duration `json:"commands,omitempty"`
	// Memory is the peak resident memory of the provider in bytes; 0 if it never ran, or
	// where the system does not tell.
	Memory int64 `json:"memory,omitempty"`
}

// record is a line of the file of results.
type record struct {
	key
	Turn int  `json:"turn"`
	Cost cost `json:"cost"`
}

// results is everything that was measured, turn by turn.
type results struct {
	facts facts
	turns map[key]map[int]cost
}

func newResults(f facts) *results { return &results{facts: f, turns: map[key]map[int]cost{}} }

func (r *results) add(k key, turn int, c cost) {
	if r.turns[k] == nil {
		r.turns[k] = map[int]cost{}
	}
	r.turns[k][turn] = c
}

// has reports whether all the keys were measured in a turn.
func (r *results) has(keys []key, turn int) bool {
	for _, k := range keys {
		if _, ok := r.turns[k][turn]; !ok {
			return false
		}
	}
	return true
}

// seconds returns the wall time of k.
func (r *results) seconds(k key) (spread, bool) {
	return r.spread(k, func(c cost) float64 { return c.Wall.Seconds() })
}

// spread returns one number of k.
func (r *results) spread(k key, of func(cost) float64) (spread, bool) {
	var values []float64
	for _, c := range r.turns[k] {
		values = append(values, of(c))
	}
	return spreadOf(values)
}

// combine returns a number that is made of several keys, one from each turn in which all
// of them were measured: a machine that was slow for a whole turn changes no ratio.
func (r *results) combine(of func(...cost) float64, keys ...key) (spread, bool) {
	var values []float64
	for turn := range r.turns[keys[0]] {
		if !r.has(keys, turn) {
			continue
		}
		costs := make([]cost, len(keys))
		for i, k := range keys {
			costs[i] = r.turns[k][turn]
		}
		values = append(values, of(costs...))
	}
	return spreadOf(values)
}

// ratio returns the wall time of k in relation to that of base.
func (r *results) ratio(k, base key) (spread, bool) {
	return r.combine(func(c ...cost) float64 { return c[0].Wall.Seconds() / c[1].Wall.Seconds() }, k, base)
}

// open reads the results that are in a file and opens it for more. Other facts than those
// of the file mean that something else would be measured, which is an error. Unless resume
// is set, what was in the file is lost.
func open(path string, f facts, resume bool) (*results, *os.File, error) {
	if resume {
		r, err := load(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, nil, err
		case !r.facts.same(f):
			return nil, nil, fmt.Errorf("%s holds results of something else, so they cannot be resumed:\nthen %+v\nnow  %+v", path, r.facts, f)
		default:
			file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0o600)
			if err != nil {
				return nil, nil, err
			}
			_, err = file.WriteString("\n") // It ends a line that is not whole.
			return r, file, err
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, nil, err
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, nil, err
	}
	return newResults(f), file, json.NewEncoder(file).Encode(f)
}

// load reads a file of results. A last line that is not whole is left out: whoever wrote
// it was killed.
func load(path string) (*results, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	var f facts
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &f) != nil {
		return nil, fmt.Errorf("%s holds no results", path)
	}
	r := newResults(f)
	for lines.Scan() {
		var rec record
		if json.Unmarshal(lines.Bytes(), &rec) == nil {
			r.add(rec.key, rec.Turn, rec.Cost)
		}
	}
	return r, lines.Err()
}
