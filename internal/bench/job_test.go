package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sequence returns jobs with those names that write down when they are done.
func sequence(did *[]string, names ...string) []job {
	var jobs []job
	for _, name := range names {
		jobs = append(jobs, job{name: name, keys: []key{{Case: name}}, measure: func(context.Context) ([]cost, error) {
			*did = append(*did, name)
			return []cost{{Wall: time.Second}}, nil
		}})
	}
	return jobs
}

func TestMeasure(t *testing.T) {
	t.Parallel()
	var did []string
	groups := []group{{3, sequence(&did, "a", "b", "c")}, {1, sequence(&did, "once")}}
	r := newResults(facts{})
	r.add(key{Case: "c"}, 1, cost{}) // It was measured before an interruption.
	var out strings.Builder
	if err := measure(t.Context(), groups, r, &out, log.New(io.Discard, "", 0)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "b", "c", "once", "b", "a", "c", "a", "b"}, did); diff != "" {
		t.Errorf("the order (-want +got):\n%s", diff)
	}
	var written []string
	for decoder := json.NewDecoder(strings.NewReader(out.String())); decoder.More(); {
		var rec record
		if err := decoder.Decode(&rec); err != nil {
			t.Fatal(err)
		}
		written = append(written, rec.Case)
	}
	if diff := cmp.Diff(did, written); diff != "" {
		t.Errorf("what is in the file is not what was done (-done +written):\n%s", diff)
	}
}

// What was measured before a failure is in the file already.
func TestMeasureFails(t *testing.T) {
	t.Parallel()
	var did []string
	cause := errors.New("no engine")
	jobs := append(sequence(&did, "a"), job{
		name: "b", keys: []key{{Case: "b"}},
		measure: func(context.Context) ([]cost, error) { return nil, cause },
	})
	var out strings.Builder
	err := measure(t.Context(), []group{{1, jobs}}, newResults(facts{}), &out, log.New(io.Discard, "", 0))
	if !errors.Is(err, cause) {
		t.Errorf("the error is %v", err)
	}
	if strings.Count(out.String(), "\n") != 1 || !strings.Contains(out.String(), `"case":"a"`) {
		t.Errorf("the file holds %q", out.String())
	}
}

// An interruption says so, whatever it made of the job that it met, and keeps nothing of it.
func TestMeasureIsInterrupted(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancelCause(t.Context())
	cause := errors.New("interrupted")
	jobs := []job{{name: "a", keys: []key{{Case: "a"}}, measure: func(context.Context) ([]cost, error) {
		interrupt(cause)
		return []cost{{Wall: time.Second}}, nil
	}}}
	var out strings.Builder
	err := measure(ctx, []group{{1, jobs}}, newResults(facts{}), &out, log.New(io.Discard, "", 0))
	if !errors.Is(err, cause) || out.Len() > 0 {
		t.Errorf("the error is %v, the file holds %q", err, out.String())
	}
}
