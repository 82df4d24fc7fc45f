package provider

import (
	"context"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// ephemeralResource is the exec ephemeral resource as an engine talks to it.
type ephemeralResource struct{ construct }

func newEphemeralResource(t *testing.T) ephemeralResource {
	t.Helper()
	return ephemeralResource{newConstruct(t, func(r *tfprotov6.GetProviderSchemaResponse) *tfprotov6.Schema {
		return r.EphemeralResourceSchemas["exec"]
	})}
}

func (e ephemeralResource) validate(config attrs) diagnostics {
	e.t.Helper()
	resp, err := e.server.ValidateEphemeralResourceConfig(e.ctx, &tfprotov6.ValidateEphemeralResourceConfigRequest{
		TypeName: "exec", Config: e.pack(config),
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return resp.Diagnostics
}

// opened is what opening came to.
type opened struct {
	answer
	private []byte
}

func (e ephemeralResource) open(ctx context.Context, config attrs) opened {
	e.t.Helper()
	resp, err := e.server.OpenEphemeralResource(ctx, &tfprotov6.OpenEphemeralResourceRequest{TypeName: "exec", Config: e.pack(config)})
	if err != nil {
		e.t.Fatal(err)
	}
	return opened{answer{values: e.unpack(resp.Result), diags: resp.Diagnostics}, resp.Private}
}

func (e ephemeralResource) close(ctx context.Context, private []byte) diagnostics {
	e.t.Helper()
	resp, err := e.server.CloseEphemeralResource(ctx, &tfprotov6.CloseEphemeralResourceRequest{TypeName: "exec", Private: private})
	if err != nil {
		e.t.Fatal(err)
	}
	return resp.Diagnostics
}

// closable is a configuration with a close command.
func closable(more attrs) attrs {
	return attrs{"command": job, "close": map[string]any{"command": "undo it"}}.with(more)
}

func TestEphemeralValidation(t *testing.T) {
	t.Parallel()
	cases := map[string]refusal{
		"a close command":                   {closable(nil), nil},
		"close that is not known yet":       {closable(attrs{"close": unknown}), nil},
		"a close command not known yet":     {closable(attrs{"close": map[string]any{"command": unknown}}), nil},
		"a close command that needs a pipe": {closable(attrs{"close": map[string]any{"command": "a | b"}}), []string{"error: Unable to use command (close.command)"}},
		"the same with a shell":             {closable(attrs{"close": map[string]any{"command": "a | b"}, "shell": true}), nil},
		"a close command that is a number":  {closable(attrs{"close": map[string]any{"command": 1}}), []string{"error: Unable to use command (close.command)"}},
		"an empty close command":            {closable(attrs{"close": map[string]any{"command": ""}}), []string{"error: Unable to use command (close.command)"}},
		"close without a command":           {closable(attrs{"close": map[string]any{"timeout": "1s"}}), []string{"error: Missing Configuration for Required Attribute (close.command)"}},
		"a negative timeout":                {closable(attrs{"close": map[string]any{"command": job, "timeout": "-1s"}}), []string{"error: Unable to use value (close.timeout)"}},
		"no accepted code":                  {closable(attrs{"close": map[string]any{"command": job, "returns": []any{}}}), []string{"error: Invalid Attribute Value (close.returns)"}},
	}
	maps.Copy(cases, refusals)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, newEphemeralResource(t).validate(tc.config).lines()); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
		})
	}
}

// A plan that does not know the provider's settings yet opens nothing that they may change.
func TestEphemeralWaitsForSettings(t *testing.T) {
	t.Parallel()
	for _, known := range []bool{false, true} {
		h := hosttest.NewFake(t)
		h.On("job")
		s := settingsOf(h, guardsInPlan)
		s.defaultsUnknown = !known
		e := newEphemeralResource(t)
		e.boundary = newBoundaryWithSettings(t, h, s)
		got := e.open(e.ctx, attrs{"command": job})
		var told, ran []string
		if known {
			ran = []string{"run job"}
		} else {
			told = []string{"error: Unable to open during plan (command)"}
		}
		if diff := cmp.Diff(told, got.diags.lines()); diff != "" {
			t.Errorf("known %v: diagnostics (-want +got):\n%s", known, diff)
		}
		if diff := cmp.Diff(append([]string{}, ran...), h.Log()); diff != "" {
			t.Errorf("known %v: what ran (-want +got):\n%s", known, diff)
		}
	}
}

// What Open leaves for Close is all that Close gets: the place, the environment, and what
// became of the run.
func TestEphemeralOpensAndCloses(t *testing.T) {
	t.Parallel()
	e := newEphemeralResource(t)
	e.local.On("job").Exit(3).Stdout(`{"token":"t0ken"}`).Stderr("note")
	config := closable(attrs{
		"cwd": "/srv", "path": []any{"/bin"}, "environment": map[string]any{"A": "1"}, "sensitive_environment": map[string]any{"B": "2"},
		"user": "u", "umask": "027", "returns": []any{3}, "stdin": "text", "inherit_environment": false,
	})
	got := e.open(e.ctx, config)
	want := config.with(attrs{"exit_code": 3, "stdout": `{"token":"t0ken"}`, "stderr": "note", "result": map[string]any{"token": "t0ken"}})
	if diff := cmp.Diff(want, got.values.with(attrs{"close": config["close"]})); diff != "" || len(got.diags) > 0 {
		t.Errorf("%v; values (-want +got):\n%s", got.diags.lines(), diff)
	}
	e.local.Forget()
	e.local.On("undo", "it")
	if diags := e.close(e.ctx, got.private); len(diags) > 0 {
		t.Error(diags.lines())
	}
	mask := uint32(0o27)
	closed := host.Command{
		Argv: []string{"undo", "it"}, Dir: "/srv", Path: []string{"/bin"}, User: "u", Umask: &mask, CleanEnv: true,
		Env: map[string]string{"A": "1", "B": "2", "EXEC_EXIT_CODE": "3", "EXEC_STDOUT": `{"token":"t0ken"}`, "EXEC_RUN_ID": ""},
	}
	if diff := cmp.Diff([]host.Command{closed}, e.local.Commands()); diff != "" {
		t.Errorf("what closed it (-want +got):\n%s", diff)
	}
}

func TestEphemeralWithoutCloseLeavesNothing(t *testing.T) {
	t.Parallel()
	e := newEphemeralResource(t)
	e.local.On("job").Stdout("said")
	got := e.open(e.ctx, attrs{"command": job})
	e.local.Forget()
	if diags := e.close(e.ctx, got.private); len(diags) > 0 || len(e.local.Log()) > 0 {
		t.Errorf("%v, ran %v", diags.lines(), e.local.Log())
	}
	if strings.Contains(string(got.private), "said") {
		t.Errorf("private data holds the output without a use for it: %s", got.private)
	}
}

// Engines close what was opened. What was started and did not open is closed at once, and
// what never started has nothing to close.
func TestEphemeralThatDoesNotOpenIsClosed(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		config attrs
		local  func(*hosttest.Fake)
		ran    []string
		told   []string
	}{
		"a failing run": {
			nil, func(h *hosttest.Fake) { h.On("job").Exit(1); h.On("undo", "it") },
			[]string{"run job", `run undo it`},
			[]string{"error: Unable to run command (command)"},
		},
		"a failing run, and a failing close command": {
			nil, func(h *hosttest.Fake) { h.On("job").Exit(1); h.On("undo", "it").Exit(1) },
			[]string{"run job", `run undo it`},
			[]string{"error: Unable to run command (command)", "warning: Unable to close what was not opened (close)"},
		},
		"an answer that is none": {
			attrs{"command": nil, "program": []any{"job"}},
			func(h *hosttest.Fake) { h.On("job"); h.On("undo", "it") },
			[]string{"run job", `run undo it`},
			[]string{"error: Unable to read answer (program)"},
		},
		"no start": {
			nil, func(h *hosttest.Fake) { h.On("job").Result(host.Result{}).Fail(notFound) },
			[]string{"run job"},
			[]string{"error: Unable to start command (command)"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEphemeralResource(t)
			tc.local(e.local)
			got := e.open(e.ctx, closable(tc.config))
			if diff := cmp.Diff(tc.ran, e.local.Log()); diff != "" {
				t.Errorf("what ran (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.told, got.diags.lines()); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
		})
	}
}

// An interrupt ends a run, and no close command.
func TestEphemeralIsClosedThroughAnInterrupt(t *testing.T) {
	t.Parallel()
	e := newEphemeralResource(t)
	interrupted, interrupt := context.WithCancel(e.ctx)
	e.local.On("job").Do(func(ctx context.Context, _ host.Command) error {
		interrupt()
		<-ctx.Done()
		return &host.StopError{Cause: context.Cause(ctx)}
	})
	e.local.On("undo", "it").Do(func(ctx context.Context, _ host.Command) error { return ctx.Err() })
	got := e.open(interrupted, closable(nil))
	if diff := cmp.Diff([]string{"error: Unable to finish command (command)"}, got.diags.lines()); diff != "" {
		t.Errorf("diagnostics of Open (-want +got):\n%s", diff)
	}
	e.local.On("job")
	private := e.open(e.ctx, closable(nil)).private
	if diags := e.close(interrupted, private); len(diags) > 0 {
		t.Error(diags.lines())
	}
	if diff := cmp.Diff([]string{"run job", "run undo it", "run job", "run undo it"}, e.local.Log()); diff != "" {
		t.Errorf("what ran (-want +got):\n%s", diff)
	}
}

// What an ephemeral resource prints is a secret, wherever it turns up again.
func TestEphemeralOutputIsShownNowhere(t *testing.T) {
	t.Parallel()
	const token, line = "t0ken-of-json", "a whole line"
	cases := map[string]struct {
		config  attrs
		exit    int
		closes  int
		control string
	}{
		"a failing run":                       {exit: 1, control: "job said (sensitive value)"},
		"a failing run, hidden altogether":    {exit: 1, config: attrs{"sensitive_output": true}, control: "Exit code: 1"},
		"a failing run and a failing close":   {exit: 1, closes: 1, control: "undo said (sensitive value)"},
		"a failing close":                     {closes: 1, control: "undo said (sensitive value)"},
		"a failing close, hidden altogether":  {closes: 1, config: attrs{"sensitive_output": true}, control: "Exit code: 1"},
		"an answer that is cut":               {config: attrs{"command": nil, "program": []any{"job"}, "output_limit": 10}, control: "its answer is lost"},
		"output that is cut, and the warning": {config: attrs{"output_limit": 10}, control: "Output was cut"},
	}
	for name, tc := range cases {
		for what, printed := range map[string]string{"JSON": `{"token": "` + token + `", "n": [1]}`, "a line": "x\n" + line + "\n"} {
			t.Run(name+", "+what, func(t *testing.T) {
				t.Parallel()
				e := newEphemeralResource(t)
				e.local.On("job").Exit(tc.exit).Stdout(printed).Stderr("job said " + token + line)
				e.local.On("undo", "it").Exit(tc.closes).Stdout("undone " + token).Stderr("undo said " + token + line)
				got := e.open(e.ctx, closable(tc.config))
				diags := got.diags
				if !diags.failed() {
					diags = append(diags, e.close(e.ctx, got.private)...)
				}
				text := diags.text() + e.logs.String()
				secret := token
				if what == "a line" {
					secret = line
				}
				if strings.Contains(text, secret) || strings.Contains(text, "undone") {
					t.Errorf("it is shown:\n%s", text)
				}
				control := strings.Replace(tc.control, "(sensitive value)", "", 1)
				if !strings.Contains(text, control) {
					t.Errorf("the control: %q is not in\n%s", control, text)
				}
				if hidden := tc.config["sensitive_output"] == true; hidden && strings.Contains(text, "said") {
					t.Errorf("it shows standard error:\n%s", text)
				}
			})
		}
	}
}

// What no engine closed is closed when the process ends, once, and what was closed is not
// closed again.
func TestEphemeralLeftOpenIsClosedInTheEnd(t *testing.T) {
	t.Parallel()
	var open openings
	h := hosttest.NewFake(t)
	s := settingsOf(h, guardsInPlan)
	s.openings = &open
	e := newEphemeralResource(t)
	e.boundary = newBoundaryWithSettings(t, h, s)
	h.On("job")
	h.On("undo", "it").Exit(1)
	first := e.open(e.ctx, closable(nil))
	e.open(e.ctx, closable(nil))
	e.open(e.ctx, attrs{"command": job})
	e.close(e.ctx, first.private)
	if diff := cmp.Diff([]string{"run job", "run job", "run job", "run undo it"}, h.Log()); diff != "" {
		t.Errorf("what ran before the end (-want +got):\n%s", diff)
	}
	h.Forget()
	open.closeAll()
	open.closeAll()
	if diff := cmp.Diff([]string{"run undo it"}, h.Log()); diff != "" {
		t.Errorf("what ran in the end (-want +got):\n%s", diff)
	}
}
