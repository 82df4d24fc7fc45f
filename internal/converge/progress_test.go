package converge_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

func TestProgressIsToldWhileTheCommandRuns(t *testing.T) {
	t.Parallel()
	h := hosttest.NewFake(t)
	var told []string
	h.On("job").Stdout("first\nsec").Do(func(_ context.Context, c host.Command) error {
		if diff := cmp.Diff([]string{"first"}, told); diff != "" {
			t.Errorf("while it runs (-want +got):\n%s", diff)
		}
		_, _ = io.WriteString(c.Stderr, "failed\nlast words")
		_, _ = io.WriteString(c.Stdout, "ond\nthird")
		return nil
	})
	spec := oneJob()
	spec.OutputLimit = 4
	spec.Progress = func(p host.Piece) { told = append(told, p.Text) }
	if _, err := (converge.Engine{Host: h}).Converge(t.Context(), spec, guard.Facts{First: true}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"first", "failed", "second", "third", "last words"}, told); diff != "" {
		t.Errorf("in the end (-want +got):\n%s", diff)
	}
}

// The end of one try is no part of the first line of the next.
func TestProgressOfEachTry(t *testing.T) {
	t.Parallel()
	h := hosttest.NewFake(t)
	h.On("job").Exit(1).Stdout("no end")
	h.On("job").Stdout("again\n" + strings.Repeat("x", 5000))
	spec := oneJob()
	spec.Tries = 2
	var told []string
	spec.Progress = func(p host.Piece) { told = append(told, fmt.Sprintf("%.6s %d %v", p.Text, len(p.Text), p.Part)) }
	if _, err := (converge.Engine{Host: h}).Converge(t.Context(), spec, guard.Facts{First: true}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"no end 6 false", "again 5 false", "xxxxxx 4096 true", "xxxxxx 904 true"}, told); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}
