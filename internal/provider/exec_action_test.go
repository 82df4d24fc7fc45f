package provider

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/local"
)

// invokable is the exec action as an engine talks to it. No engine that tests run on has
// actions, so the protocol is where it is proved.
type invokable struct {
	construct
	actions tfprotov6.ActionServer
}

func newInvokable(t *testing.T) invokable {
	t.Helper()
	c := newConstruct(t, func(r *tfprotov6.GetProviderSchemaResponse) *tfprotov6.Schema { return r.ActionSchemas["exec"].Schema })
	actions, ok := c.server.(tfprotov6.ActionServer)
	if !ok {
		t.Fatal("the provider serves no actions")
	}
	return invokable{c, actions}
}

func (i invokable) validate(config attrs) diagnostics {
	i.t.Helper()
	resp, err := i.actions.ValidateActionConfig(i.ctx, &tfprotov6.ValidateActionConfigRequest{ActionType: "exec", Config: i.pack(config)})
	if err != nil {
		i.t.Fatal(err)
	}
	return resp.Diagnostics
}

// invoke returns the lines that an engine shows, and how it ends. The engine looks at each
// line as it comes, and stops listening once it says false.
func (i invokable) invoke(ctx context.Context, config attrs, listen func(line string) bool) (lines []string, diags diagnostics) {
	i.t.Helper()
	resp, err := i.actions.InvokeAction(ctx, &tfprotov6.InvokeActionRequest{ActionType: "exec", Config: i.pack(config)})
	if err != nil {
		i.t.Fatal(err)
	}
	completed := 0
	for event := range resp.Events {
		switch e := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			lines = append(lines, e.Message)
			if listen != nil && !listen(e.Message) {
				return lines, nil
			}
		case tfprotov6.CompletedInvokeActionEventType:
			completed++
			diags = e.Diagnostics
		}
	}
	if completed != 1 {
		i.t.Errorf("it completed %d times", completed)
	}
	return lines, diags
}

func TestActionValidation(t *testing.T) {
	t.Parallel()
	cases := maps.Clone(refusals)
	// What an action has not, and what it words by itself.
	maps.DeleteFunc(cases, func(_ string, tc refusal) bool {
		return slices.ContainsFunc([]string{"program", "query"}, func(name string) bool { _, ok := tc.config[name]; return ok })
	})
	if len(cases) < 10 {
		t.Fatalf("there are %d cases", len(cases))
	}
	for _, name := range []string{"nothing to run", "a null with a type"} {
		tc := cases[name]
		tc.want = []string{"error: Missing Configuration for Required Attribute (command)"}
		cases[name] = tc
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, newInvokable(t).validate(tc.config).lines()); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
		})
	}
}

// What a variable stands for is known only after an engine has had the action validated. It
// is refused all the same, and nothing runs.
func TestActionRefusesWhatIsKnownLater(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		config attrs
		want   []string
	}{
		"a umask":                     {attrs{"umask": "0022"}, nil},
		"a umask that is none":        {attrs{"umask": "9"}, []string{"error: Invalid Attribute Value Match (umask)"}},
		"a timeout":                   {attrs{"timeout": "1s"}, nil},
		"a negative timeout":          {attrs{"timeout": "-1s"}, []string{"error: Unable to use value (timeout)"}},
		"a timeout without a unit":    {attrs{"timeout": "10"}, []string{"error: Unable to use value (timeout)"}},
		"tries":                       {attrs{"tries": 1}, nil},
		"no try":                      {attrs{"tries": 0}, []string{"error: Invalid Attribute Value (tries)"}},
		"no exit code is accepted":    {attrs{"returns": []any{}}, []string{"error: Invalid Attribute Value (returns)"}},
		"no command":                  {attrs{"command": null(tftypes.String)}, []string{"error: Missing Configuration for Required Attribute (command)"}},
		"a string that needs a shell": {attrs{"command": "a | b"}, []string{"error: Unable to use command (command)"}},
		"shell and interpreter":       {attrs{"shell": true, "interpreter": []any{"sh"}}, []string{"error: Unable to combine attributes (shell)"}},
		"path":                        {attrs{"path": []any{"/bin"}}, nil},
		"path and a variable PATH":    {attrs{"path": []any{"/bin"}, "environment": map[string]any{"PATH": "/bin"}}, []string{"error: Unable to combine attributes (path)"}},
		"a relative entry of path":    {attrs{"path": []any{"bin"}}, []string{"error: Unable to use value (path[0])"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newInvokable(t)
			early := attrs{}
			for attribute := range tc.config {
				early[attribute] = unknown
			}
			if diags := i.validate(attrs{"command": job}.with(early)); len(diags) > 0 {
				t.Errorf("while it is unknown: %v", diags.lines())
			}
			config := attrs{"command": job}.with(tc.config)
			plan, err := i.actions.PlanAction(i.ctx, &tfprotov6.PlanActionRequest{ActionType: "exec", Config: i.pack(config)})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, diagnostics(plan.Diagnostics).lines()); diff != "" {
				t.Errorf("the plan says (-want +got):\n%s", diff)
			}
			wantRun := []string{}
			if tc.want == nil {
				i.local.On("job")
				wantRun = []string{"run job"}
			}
			_, diags := i.invoke(i.ctx, config, nil)
			if diff := cmp.Diff(tc.want, diags.lines()); diff != "" {
				t.Errorf("the invocation says (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(wantRun, i.local.Log()); diff != "" {
				t.Errorf("what ran (-want +got):\n%s", diff)
			}
		})
	}
}

// A plan says nothing and runs nothing, whatever is known.
func TestActionPlanRunsNothing(t *testing.T) {
	t.Parallel()
	i := newInvokable(t)
	for _, config := range []attrs{{"command": job}, {"command": unknown}} {
		resp, err := i.actions.PlanAction(i.ctx, &tfprotov6.PlanActionRequest{ActionType: "exec", Config: i.pack(config)})
		if err != nil {
			t.Fatal(err)
		}
		if len(resp.Diagnostics) > 0 || len(i.local.Log()) > 0 {
			t.Errorf("diagnostics %v, ran %v", diagnostics(resp.Diagnostics).lines(), i.local.Log())
		}
	}
	i.local.On("job")
	i.invoke(i.ctx, attrs{"command": job}, nil)
	if diff := cmp.Diff([]string{"run job"}, i.local.Log()); diff != "" {
		t.Errorf("the control (-want +got):\n%s", diff)
	}
}

func TestActionProgress(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		config         attrs
		stdout, stderr string
		want           []string
	}{
		"lines of both streams":      {nil, "one\ntwo\n", "three\n", []string{"one", "two", "three"}},
		"a last line without an end": {nil, "one\ntwo", "", []string{"one", "two"}},
		"an empty line":              {nil, "one\n\ntwo\n", "", []string{"one", "", "two"}},
		"bytes that are no text":     {nil, "a\xffb\n", "", []string{"a\uFFFDb"}},
		"a long line":                {nil, strings.Repeat("x", 4096) + "yz\n", "", []string{strings.Repeat("x", 4096), "yz"}},
		"no output":                  {nil, "", "", nil},
		"a secret":                   {nil, "it is " + secret + "\n", secret, []string{"it is (sensitive value)", "(sensitive value)"}},
		"output to be hidden":        {attrs{"sensitive_output": true}, "one\n", "two\n", nil},
		"a secret over two lines":    {nil, secret[:5] + "\n" + secret[5:] + "\nend\n", "", []string{"(sensitive value)", "end"}},
		"a secret where a line is cut": {
			nil, strings.Repeat("x", 4090) + secret + "\n", "",
			[]string{strings.Repeat("x", 4090) + "(sensi", "tive value)"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newInvokable(t)
			i.local.On("job").Stdout(tc.stdout).Stderr(tc.stderr)
			config := attrs{"command": job, "sensitive_environment": map[string]any{"S": secret}}.with(tc.config)
			got, diags := i.invoke(i.ctx, config, nil)
			if diff := cmp.Diff(tc.want, got); diff != "" || len(diags) > 0 {
				t.Errorf("diagnostics %v, lines (-want +got):\n%s", diags.lines(), diff)
			}
			if log := i.logs.String(); strings.Contains(log, "one") || !strings.Contains(log, "command ended") {
				t.Errorf("the log:\n%s", log)
			}
		})
	}
}

// The first line is there while the command still waits for something.
func TestActionTellsWhileTheCommandRuns(t *testing.T) {
	t.Parallel()
	i := newInvokable(t)
	heard := make(chan struct{})
	i.local.On("job").Do(func(_ context.Context, c host.Command) error {
		_, _ = io.WriteString(c.Stdout, "ready\n")
		<-heard
		_, _ = io.WriteString(c.Stdout, "done\n")
		return nil
	})
	got, diags := i.invoke(i.ctx, attrs{"command": job}, func(line string) bool {
		if line == "ready" {
			close(heard)
		}
		return true
	})
	if diff := cmp.Diff([]string{"ready", "done"}, got); diff != "" || len(diags) > 0 {
		t.Errorf("diagnostics %v, lines (-want +got):\n%s", diags.lines(), diff)
	}
}

func TestActionFailures(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		config attrs
		local  func(*hosttest.Script)
		want   string
		says   string
	}{
		"a code that is not accepted": {nil, func(s *hosttest.Script) { s.Exit(2).Stderr("no such host") }, "error: Unable to run command (command)", "no such host"},
		"an accepted code":            {attrs{"returns": []any{2}}, func(s *hosttest.Script) { s.Exit(2) }, "", ""},
		"a signal":                    {nil, func(s *hosttest.Script) { s.Fail(&host.SignalError{Name: "SIGSEGV"}) }, "error: Unable to finish command (command)", "SIGSEGV"},
		"no such program":             {nil, func(s *hosttest.Script) { s.Result(host.Result{}).Fail(notFound) }, "error: Unable to start command (command)", "program not found"},
		"a log file that is none":     {attrs{"log_file": "/nonexistent/x"}, nil, "error: Unable to open log file (log_file)", "/nonexistent/x"},
		"a process that holds on":     {nil, func(s *hosttest.Script) { s.Result(host.Result{Started: hosttest.FakeStart, OutputHeld: true}) }, "warning: Background process holds the output (command)", "SIGPIPE"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newInvokable(t)
			if tc.local != nil {
				tc.local(i.local.On("job"))
			}
			_, diags := i.invoke(i.ctx, attrs{"command": job}.with(tc.config), nil)
			if got := strings.Join(diags.lines(), "; "); got != tc.want {
				t.Errorf("diagnostics %q, want %q", got, tc.want)
			}
			if text := diags.text(); !strings.Contains(text, tc.says) || strings.Contains(text, "next apply") {
				t.Errorf("it does not say %q, or speaks of a next apply:\n%s", tc.says, text)
			}
		})
	}
}

// An engine that does not listen any more holds up nobody.
func TestActionWithoutAListener(t *testing.T) {
	t.Parallel()
	i := newInvokable(t)
	ctx, cancel := context.WithCancel(i.ctx)
	ended := make(chan struct{})
	i.local.On("job").Do(func(ctx context.Context, c host.Command) error {
		defer close(ended)
		for n := range 1000 {
			_, _ = fmt.Fprintf(c.Stdout, "line %d\n", n)
		}
		<-ctx.Done()
		return &host.StopError{Cause: context.Cause(ctx)}
	})
	got, _ := i.invoke(ctx, attrs{"command": job}, func(string) bool {
		cancel() // As the transport does once it cannot send.
		return false
	})
	<-ended
	if diff := cmp.Diff([]string{"line 0"}, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

// A real process, with everything in between.
func TestActionOfARealProcess(t *testing.T) {
	t.Parallel()
	i := newInvokable(t)
	i.boundary = newBoundaryOn(t, local.New(), guardsInPlan)
	actions, ok := i.server.(tfprotov6.ActionServer)
	if !ok {
		t.Fatal("the provider serves no actions")
	}
	i.actions = actions
	dir := t.TempDir()
	config := attrs{
		"command": "echo \"$GREETING\"; cat; echo trouble >&2; exit 3", "shell": true, "stdin": "from stdin\n", "cwd": dir, "returns": []any{3},
		"environment": map[string]any{"GREETING": "hello"}, "log_file": filepath.Join(dir, "log"),
	}
	got, diags := i.invoke(i.ctx, config, nil)
	if diff := cmp.Diff([]string{"from stdin", "hello", "trouble"}, slices.Sorted(slices.Values(got))); diff != "" || len(diags) > 0 {
		t.Errorf("diagnostics %s, lines (-want +got):\n%s", diags.text(), diff)
	}
	log, err := os.ReadFile(filepath.Join(dir, "log"))
	if err != nil || !strings.Contains(string(log), "hello\n") || !strings.Contains(string(log), "trouble\n") {
		t.Errorf("the log file: %q, %v", log, err)
	}
}
