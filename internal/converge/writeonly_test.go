package converge_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// secret is a value that is written only in these tests.
const secret = "correct-horse-battery"

func hiding(s converge.Spec) converge.Spec {
	s.WriteOnly = converge.WriteOnly{Environment: map[string]string{"SECRET": secret}, Stdin: "stdin " + secret}
	return s
}

// The run gets what is written only, and nothing else does.
func TestWriteOnlyReachesTheRunAlone(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spec func(*converge.Spec)
		run  string
		fact guard.Facts
	}{
		"a command": {func(*converge.Spec) {}, "job", guard.Facts{}},
		"the refresh command": {
			func(s *converge.Spec) { s.Refresh = argv("reload") }, "reload", guard.Facts{Subscribe: guard.Changed},
		},
		"under an executable": {
			func(s *converge.Spec) {
				s.Command, s.Executable = converge.Line{}, &converge.Executable{Command: "job"}
			}, "job", guard.Facts{},
		},
		"over a variable of the same name": {
			func(s *converge.Spec) {
				s.Process.Environment = map[string]string{"SECRET": "plain"}
				s.Process.SensitiveEnvironment = map[string]string{"SECRET": "sensitive"}
			}, "job", guard.Facts{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := hosttest.NewFake(t)
			h.On("check").Exit(1)
			h.On("check").Exit(1)
			h.On("check")
			h.On("keep").Exit(1)
			h.On(tc.run)
			h.On("undo")
			spec := hiding(oneJob())
			tc.spec(&spec)
			spec.Verify = true
			spec.Guards.Unless = []converge.Line{argv("check")}
			spec.Destroy = &converge.Destroy{Command: argv("undo"), Unless: []converge.Line{argv("keep")}, Returns: []int{0}}
			engine := converge.Engine{Host: h}
			if _, err := engine.Observe(t.Context(), spec, guard.Facts{}); err != nil {
				t.Fatal(err)
			}
			_, err := engine.Converge(t.Context(), spec, tc.fact)
			if err != nil && tc.fact.Subscribe != guard.Changed {
				t.Fatal(err)
			}
			if _, err := engine.Undo(t.Context(), spec, converge.Last{}); err != nil {
				t.Fatal(err)
			}
			ran := false
			for _, c := range h.Commands() {
				got := []any{c.Env["SECRET"] == secret, c.Stdin}
				want := []any{false, ""}
				if c.Argv[0] == tc.run {
					ran, want = true, []any{true, "stdin " + secret}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%v (-want +got):\n%s", c.Argv, diff)
				}
			}
			if !ran {
				t.Error("the control: the command did not run")
			}
		})
	}
}

// What is written only is hidden in what is stored, wherever the output was cut.
func TestWriteOnlyIsMaskedInStoredOutput(t *testing.T) {
	t.Parallel()
	encoded := base64.StdEncoding.EncodeToString([]byte(secret))
	for name, tc := range map[string]struct {
		printed string
		limit   int
		want    string
	}{
		"all of it":          {"begin " + secret + " end", 4096, "begin " + host.Masked + " end"},
		"in base64":          {"begin " + encoded, 4096, "begin " + host.Masked},
		"what is like it":    {"rect-horse-battery, correct-ho", 4096, "rect-horse-battery, correct-ho"},
		"cut in the head":    {"123456 correct-horse-battery" + strings.Repeat(".", 50), 30, "123456 " + host.Masked + "\n[... 48 bytes omitted ...]\n" + strings.Repeat(".", 15)},
		"cut in the tail":    {strings.Repeat(".", 50) + secret + " 6", 30, strings.Repeat(".", 15) + "\n[... 43 bytes omitted ...]\n" + host.Masked + " 6"},
		"cut out completely": {strings.Repeat(".", 50) + secret + strings.Repeat(".", 50), 30, strings.Repeat(".", 15) + "\n[... 91 bytes omitted ...]\n" + strings.Repeat(".", 15)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := hosttest.NewFake(t)
			h.On("job").Stdout(tc.printed).Stderr(tc.printed)
			spec := hiding(oneJob())
			spec.OutputLimit = tc.limit
			outcome, err := converge.Engine{Host: h}.Converge(t.Context(), spec, guard.Facts{First: true})
			if err != nil {
				t.Fatal(err)
			}
			for stream, got := range map[string]converge.Output{"stdout": outcome.Run.Stdout, "stderr": outcome.Run.Stderr} {
				if diff := cmp.Diff(tc.want, got.Text); diff != "" {
					t.Errorf("%s (-want +got):\n%s", stream, diff)
				}
			}
			spec.WriteOnly = converge.WriteOnly{}
			spec.OutputLimit = 4096
			outcome, err = converge.Engine{Host: h}.Converge(t.Context(), spec, guard.Facts{First: true})
			if err != nil || outcome.Run.Stdout.Text != tc.printed {
				t.Errorf("the control, with nothing to hide: %q, %v", outcome.Run.Stdout.Text, err)
			}
		})
	}
}

// A log file gets the output as it appears, in pieces, and none of what is written only.
func TestWriteOnlyIsMaskedInTheLogFile(t *testing.T) {
	t.Parallel()
	h := hosttest.NewFake(t)
	h.On("job").Do(func(_ context.Context, c host.Command) error {
		for _, piece := range []string{"begin co", "rrect-horse", "-battery end corre"} {
			if _, err := io.WriteString(c.Stdout, piece); err != nil {
				return err
			}
		}
		return nil
	})
	spec := hiding(oneJob())
	spec.LogFile = filepath.Join(t.TempDir(), "log")
	if _, err := (converge.Engine{Host: h}).Converge(t.Context(), spec, guard.Facts{First: true}); err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(spec.LogFile)
	if want := "begin " + host.Masked + " end corre"; err != nil || string(log) != want {
		t.Errorf("the log is %q, %v; want %q", log, err, want)
	}
}

// The result of a service is stored too.
func TestWriteOnlyIsMaskedInTheResult(t *testing.T) {
	t.Parallel()
	h := hosttest.NewFake(t)
	h.On("serve").Stdout("said " + secret)
	spec := hiding(oneJob())
	spec.WriteOnly.Environment["PIN"] = "12345678"
	spec.Command = converge.Line{}
	var base host.Command
	spec.Service = serving{prepare: func(c host.Command) *converge.Prepared {
		base = c
		return &converge.Prepared{
			Argv: []string{"serve"},
			Result: func(_ context.Context, run converge.Run) (any, error) {
				return map[string]any{secret: []any{"a " + secret, json.Number("12345678"), json.Number("1"), true, nil}, "said": run.Stdout.Text}, nil
			},
		}
	}}
	outcome, err := converge.Engine{Host: h}.Converge(t.Context(), spec, guard.Facts{First: true})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{host.Masked: []any{"a " + host.Masked, host.Masked, json.Number("1"), true, nil}, "said": "said " + host.Masked}
	if diff := cmp.Diff(want, outcome.Run.Result); diff != "" {
		t.Errorf("the result (-want +got):\n%s", diff)
	}
	if c := h.Commands()[0]; c.Env["SECRET"] != secret || !strings.Contains(c.Stdin, secret) || base.Env["SECRET"] != secret {
		t.Error("the service, or what makes it ready, does not get the secret")
	}
}

// serving is a service that is ready at once.
type serving struct {
	dir     string
	err     error
	prepare func(base host.Command) *converge.Prepared
}

func (serving) Fingerprint() string            { return "" }
func (serving) Place() string                  { return "" }
func (serving) Secrets() []string              { return nil }
func (serving) Environment() map[string]string { return nil }
func (serving) Release()                       {}

func (s serving) Dir(context.Context, host.Command) (string, error) { return s.dir, s.err }

func (s serving) Prepare(_ context.Context, base host.Command) (*converge.Prepared, error) {
	return s.prepare(base), nil
}

func (serving) PrepareUndo(context.Context, host.Command) (*converge.Prepared, error) {
	return nil, nil
}

// Messages mask it as they mask every other secret.
func TestWriteOnlyIsASecret(t *testing.T) {
	t.Parallel()
	spec := hiding(oneJob())
	spec.Process.SensitiveEnvironment = map[string]string{"T": "token"}
	got := map[string]bool{}
	for _, s := range spec.Secrets() {
		got[s] = true
	}
	if diff := cmp.Diff(map[string]bool{secret: true, "stdin " + secret: true, "token": true}, got); diff != "" {
		t.Errorf("secrets (-want +got):\n%s", diff)
	}
}
