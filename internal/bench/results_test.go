package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// lifeOf is the key of a case and step at reference resources.
func lifeOf(name, step string) key {
	return key{Engine: "OpenTofu 1.0.0", Case: name, Step: step, Size: reference}
}

// recorded returns results in which each key took those seconds, turn by turn.
func recorded(seconds map[key][]float64) *results {
	r := newResults(facts{Engines: []string{"OpenTofu 1.0.0"}})
	for k, turns := range seconds {
		for turn, s := range turns {
			r.add(k, turn, cost{Wall: time.Duration(s * float64(time.Second))})
		}
	}
	return r
}

// Each value is divided by the base of its own turn: a machine that was three times as
// slow in the second turn changes nothing.
func TestRatio(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		values, base []float64
		want         string
	}{
		"a busy turn slows both down":      {[]float64{2, 6}, []float64{1, 3}, "2.00"},
		"the spread is the worst turns":    {[]float64{1, 1.5, 4}, []float64{1, 1, 1}, "1.50 (1.00–4.00)"},
		"a turn without a base is left":    {[]float64{2, 6, 90}, []float64{1, 3}, "2.00"},
		"one turn has nothing to spread":   {[]float64{3}, []float64{2}, "1.50"},
		"a turn that is missing in values": {[]float64{3}, []float64{2, 1}, "1.50"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := lifeOf(unguarded, apply)
			r := recorded(map[key][]float64{k: c.values, k.base(): c.base})
			got, ok := r.ratio(k, k.base())
			if !ok || got.String() != c.want {
				t.Errorf("%v by %v is %s, %t; want %s", c.values, c.base, got, ok, c.want)
			}
		})
	}
	if _, ok := recorded(nil).ratio(lifeOf(unguarded, apply), lifeOf(localExec, apply)); ok {
		t.Error("there is a ratio of nothing")
	}
}

func TestBase(t *testing.T) {
	t.Parallel()
	for step, want := range map[string]string{apply: apply, plan: plan, idled: plan, drifted: plan, destroy: destroy} {
		if got := lifeOf(creates, step).base(); got != lifeOf(localExec, want) {
			t.Errorf("%s is beside %+v", step, got)
		}
	}
}

func TestResume(t *testing.T) {
	t.Parallel()
	here := facts{Date: "2026-01-02", Provider: "a digest", Engines: []string{"OpenTofu 1.0.0"}}
	path := filepath.Join(t.TempDir(), "below", "results.jsonl")
	k, second := lifeOf(unguarded, apply), lifeOf(unguarded, plan)

	_, file, err := open(path, here, true) // There is nothing to resume yet.
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewEncoder(file).Encode(record{k, 0, cost{Wall: 5, CPU: 6, Provider: 2, Commands: 1, Memory: 7}}); err != nil {
		t.Fatal(err)
	}
	// The writer was killed in the middle of a line.
	if _, err := file.WriteString(`{"engine":"OpenTofu 1.0.0","case":"x"`); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}

	later := here
	later.Date = "2026-01-03"
	r, file, err := open(path, later, true)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := r.turns[k][0], (cost{Wall: 5, CPU: 6, Provider: 2, Commands: 1, Memory: 7}); got != want {
		t.Errorf("what was measured is %+v, want %+v", got, want)
	}
	if r.has([]key{k, second}, 0) || !r.has([]key{k}, 0) || r.has([]key{k}, 1) {
		t.Errorf("more or less is there than was measured: %+v", r.turns)
	}
	if err := json.NewEncoder(file).Encode(record{second, 0, cost{Wall: 8}}); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if r, err = load(path); err != nil || !r.has([]key{k, second}, 0) {
		t.Errorf("after going on: %+v, %v", r, err)
	}

	other := here
	other.Provider = "another digest"
	if _, _, err := open(path, other, true); err == nil {
		t.Error("results of another provider were resumed")
	}
	if r, file, err = open(path, other, false); err != nil || len(r.turns) > 0 {
		t.Errorf("a new start begins with %+v, %v", r, err)
	}
	_ = file.Close()
	if r, err = load(path); err != nil || len(r.turns) > 0 || r.facts.Provider != other.Provider {
		t.Errorf("a new start left %+v, %v", r, err)
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"an empty file": "", "another file": "# Title\n"} {
		path := filepath.Join(t.TempDir(), "results.jsonl")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := load(path); err == nil {
			t.Errorf("%s was read as results", name)
		}
	}
}
