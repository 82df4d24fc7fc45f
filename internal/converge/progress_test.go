package converge_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
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
	spec.Progress = func(line string) { told = append(told, line) }
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
	spec.Progress = func(line string) { told = append(told, fmt.Sprintf("%.6s %d", line, len(line))) }
	if _, err := (converge.Engine{Host: h}).Converge(t.Context(), spec, guard.Facts{First: true}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"no end 6", "again 5", "xxxxxx 4096", "xxxxxx 904"}, told); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

// A secret that is wrapped is in no line by itself, and none shows a part of it. What is no
// secret is told in the order in which it was printed.
func TestProgressHidesWrappedSecrets(t *testing.T) {
	t.Parallel()
	secret := strings.Repeat("correct horse battery staple; ", 7)[:201]
	encoded := base64.StdEncoding.EncodeToString([]byte("key" + secret + "\n"))
	var lines []string
	for line := range slices.Chunk([]byte(encoded), 76) {
		lines = append(lines, string(line))
	}
	printed := append(append([]string{"before"}, lines...), "after", "end")
	cases := map[string]struct {
		mask *host.Masker
		want []string
	}{
		// The text before the secret and the line break behind it are no part of it.
		"a secret":            {host.NewMasker(secret), []string{"before", "a2V5" + host.Masked + "Cg==", "after", "end"}},
		"another, as control": {host.NewMasker("hunter2"), printed},
		"none, as control":    {nil, printed},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := hosttest.NewFake(t)
			h.On("job").Do(func(_ context.Context, c host.Command) error {
				for piece := range slices.Chunk([]byte(strings.Join(printed, "\n")+"\n"), 50) {
					_, _ = c.Stdout.Write(piece)
				}
				return nil
			})
			var told []string
			spec := oneJob()
			spec.Progress, spec.ProgressMask = func(line string) { told = append(told, line) }, tc.mask
			if _, err := (converge.Engine{Host: h}).Converge(t.Context(), spec, guard.Facts{First: true}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, told); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

// What may be the beginning of a secret and turns out to be none is told all the same, and
// no other line waits for it to turn out.
func TestProgressWaitsForSecretsAlone(t *testing.T) {
	t.Parallel()
	h := hosttest.NewFake(t)
	var told []string
	h.On("job").Stdout("ready!\nhunt").Do(func(_ context.Context, c host.Command) error {
		if diff := cmp.Diff([]string{"ready!"}, told); diff != "" {
			t.Errorf("while it runs (-want +got):\n%s", diff)
		}
		_, _ = io.WriteString(c.Stdout, "ing\nit is hunter2\nhunter")
		return nil
	})
	spec := oneJob()
	spec.Progress, spec.ProgressMask = func(line string) { told = append(told, line) }, host.NewMasker("hunter2")
	if _, err := (converge.Engine{Host: h}).Converge(t.Context(), spec, guard.Facts{First: true}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"ready!", "hunting", "it is " + host.Masked, "hunter"}, told); diff != "" {
		t.Errorf("in the end (-want +got):\n%s", diff)
	}
}
