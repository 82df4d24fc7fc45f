package provider

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// secret is a value of sensitive_environment in these tests, and said is how programs
// print it; plainly is text beside it that has to be there, as the control.
const secret, plainly = "pass word'1", "beside it"

var said = strings.Join([]string{
	plainly, secret, `'pass word'\''1'`, "pass+word%271", base64.StdEncoding.EncodeToString([]byte(secret)),
}, "\n")

// shows fails the test if the secret is in the text in any form.
func shows(t *testing.T, what, text string) {
	t.Helper()
	for _, form := range []string{"pass word", "pass+word", "cGFzcyB3b3Jk"} {
		if strings.Contains(text, form) {
			t.Errorf("%s shows the secret as %q:\n%s", what, form, text)
		}
	}
}

func TestDiagnosticsMaskSecrets(t *testing.T) {
	t.Parallel()
	inEnvironment := attrs{"sensitive_environment": map[string]any{"S": secret}, "name": "deploy " + secret}
	destroy := map[string]any{"command": []any{"undo"}}
	cases := map[string]struct {
		config attrs
		local  func(*hosttest.Fake)
		call   func(b *boundary, state, config attrs) applied
		want   string
	}{
		"a run that fails": {
			local: func(h *hosttest.Fake) { h.On("job").Exit(1).Stdout(said).Stderr(said) },
			want:  "Unable to run command",
		},
		"a run whose output is shown always": {
			config: attrs{"logoutput": "true"},
			local:  func(h *hosttest.Fake) { h.On("job").Stdout(said).Stderr(said) },
			want:   "Output of command",
		},
		"a run that is not verified": {
			config: attrs{"unless": "check", "verify": true},
			local:  func(h *hosttest.Fake) { h.On("check").Exit(1); h.On("job").Stdout(said) },
			want:   "Unable to verify run",
		},
		"a run of which it is not known what became": {
			local: func(h *hosttest.Fake) { h.On("job").Fail(errors.New(said)) },
			want:  "Unable to run command",
		},
		"a program whose name is one": {
			config: attrs{"command": []any{"/opt/" + secret}},
			local: func(h *hosttest.Fake) {
				h.On("/opt/" + secret).Result(host.Result{}).Fail(&host.StartError{
					Reason: host.ProgramNotFound, Subject: "/opt/" + secret, Detail: plainly, Err: errors.New(said),
				})
			},
			want: "Unable to start command",
		},
		"a guard without an answer": {
			config: attrs{"unless": "check"},
			local:  func(h *hosttest.Fake) { h.On("check").Stderr(said).Fail(errors.New(said)) },
			want:   "Unable to ask guard",
		},
		"a log file that is called like one": {
			config: attrs{"log_file": "/nonexistent/" + plainly + secret},
			want:   "Unable to open log file",
		},
		"a guard without an answer in a plan": {
			config: attrs{"unless": "check"},
			local:  func(h *hosttest.Fake) { h.On("check").Stderr(said).Fail(errors.New(said)) },
			call: func(b *boundary, _, config attrs) applied {
				_, diags := b.plan(nil, nil, config)
				return applied{diags: diags}
			},
			want: "Unable to ask guard during plan",
		},
		"a path that exists in the plan of a creation": {
			config: attrs{"creates": "/" + plainly + "/" + secret},
			local:  func(h *hosttest.Fake) { h.File("/"+plainly+"/"+secret, true) },
			call: func(b *boundary, _, config attrs) applied {
				_, diags := b.plan(nil, nil, config)
				return applied{diags: diags}
			},
			want: "Command is not needed at present",
		},
		"a guard without an answer in a refresh": {
			config: attrs{"unless": "check"},
			local:  func(h *hosttest.Fake) { h.On("check").Stderr(said).Fail(errors.New(said)) },
			call:   func(b *boundary, state, _ attrs) applied { return b.read(state) },
			want:   "Unable to ask guard during plan",
		},
		"a destroy command that fails": {
			config: attrs{"destroy": destroy},
			local:  func(h *hosttest.Fake) { h.On("undo").Exit(1).Stdout(said).Stderr(said) },
			call:   func(b *boundary, state, _ attrs) applied { return b.destroy(state, nil) },
			want:   "Unable to run command",
		},
		"a destroy command that fails after nothing succeeded": {
			config: attrs{"destroy": destroy},
			local:  func(h *hosttest.Fake) { h.On("undo").Exit(1).Stdout(said).Stderr(said) },
			call: func(b *boundary, state, _ attrs) applied {
				return b.destroy(state.with(attrs{"exit_code": 1}), nil)
			},
			want: "Unable to undo what never succeeded",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBoundaryWith(t, guardsInPlan)
			if tc.local != nil {
				tc.local(b.local)
			}
			config := configured(inEnvironment).with(tc.config)
			call := tc.call
			if call == nil {
				// A state that a plan can say "may run" of, without asking first.
				call = func(b *boundary, state, config attrs) applied {
					return b.apply(state.with(attrs{"in_sync": false, "exit_code": 1}), nil, config)
				}
			}
			got := call(b, ranOnce().with(config).nonNull(), config)
			text := got.diags.text()
			shows(t, "a diagnostic", text)
			shows(t, "the provider's log", b.logs.String())
			if noop, ok := got.state["noop_message"].(string); ok {
				shows(t, "noop_message", noop)
			}
			if !strings.Contains(text, tc.want) || !strings.Contains(text, plainly) {
				t.Errorf("the control: %q or %q is not in\n%s", tc.want, plainly, text)
			}
		})
	}
}

// The tail that a message shows is cut out of a longer output, mostly in the middle of
// something.
func TestDiagnosticsMaskASecretThatIsCut(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789", 20)
	config := configured(attrs{"sensitive_environment": map[string]any{"S": long}})
	b := newBoundary(t)
	b.local.On("job").Exit(1).Do(func(_ context.Context, c host.Command) error {
		_, err := io.WriteString(c.Stderr, strings.Repeat("x", 100)+long+strings.Repeat("y", 4000))
		return err
	})
	text := b.apply(nil, nil, config).diags.text()
	if strings.Contains(text, "6789") || !strings.Contains(text, "yyyy") {
		t.Errorf("the end of the secret is in\n%s", text)
	}
}

// Where the output of a run is to be seen, beside the state.
func TestWhereOutputIsShown(t *testing.T) {
	t.Parallel()
	hidden := attrs{"sensitive_output": true}
	cases := map[string]struct {
		config       attrs
		exit         int
		inDiagnostic bool
		inLog        bool
	}{
		"a run that succeeds":                        {},
		"a run that fails":                           {exit: 1, inDiagnostic: true},
		"on_failure, a run that succeeds":            {config: attrs{"logoutput": "on_failure"}},
		"on_failure, a run that fails":               {config: attrs{"logoutput": "on_failure"}, exit: 1, inDiagnostic: true},
		"true, a run that succeeds":                  {config: attrs{"logoutput": "true"}, inDiagnostic: true, inLog: true},
		"true, a run that fails":                     {config: attrs{"logoutput": "true"}, exit: 1, inDiagnostic: true, inLog: true},
		"false, a run that succeeds":                 {config: attrs{"logoutput": "false"}},
		"false, a run that fails":                    {config: attrs{"logoutput": "false"}, exit: 1},
		"hidden output, a run that succeeds":         {config: hidden},
		"hidden output, a run that fails":            {config: hidden, exit: 1},
		"hidden output, although it is to be shown":  {config: hidden.with(attrs{"logoutput": "true"})},
		"hidden output of a failure, to be shown":    {config: hidden.with(attrs{"logoutput": "true"}), exit: 1},
		"hidden output that is cut, with its notice": {config: hidden.with(attrs{"output_limit": 4})},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBoundary(t)
			b.local.On("job").Exit(tc.exit).Stdout("printed to stdout").Stderr("printed to stderr")
			config := configured(tc.config)
			for what, got := range map[string]applied{
				"create": b.apply(nil, nil, config),
				"update": b.apply(ranOnce().with(config).with(attrs{"exit_code": 1, "in_sync": false}).nonNull(), nil, config),
			} {
				text := got.diags.text()
				for _, stream := range []string{"printed to stdout", "printed to stderr"} {
					if shown := strings.Contains(text, stream); shown != tc.inDiagnostic {
						t.Errorf("%s: %q in diagnostics: %v, want %v:\n%s", what, stream, shown, tc.inDiagnostic, text)
					}
				}
				if got.diags.failed() != (tc.exit != 0) {
					t.Errorf("%s: diagnostics %v", what, got.diags.lines())
				}
			}
			log := b.logs.String()
			if shown := strings.Contains(log, "printed to"); shown != tc.inLog {
				t.Errorf("output in the log: %v, want %v:\n%s", shown, tc.inLog, log)
			}
			if !strings.Contains(log, "command ended") {
				t.Errorf("the control: the log does not tell of the run:\n%s", log)
			}
		})
	}
}

func TestHiddenOutputHidesWhatGuardsSay(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		config attrs
		shown  bool
	}{
		"output that may be seen": {attrs{"unless": "check"}, true},
		"hidden output":           {attrs{"unless": "check", "sensitive_output": true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBoundaryWith(t, guardsInPlan)
			b.local.On("check").Stderr("last words").Fail(notFound)
			text := b.read(ranOnce().with(configured(tc.config)).nonNull()).diags.text()
			if got := strings.Contains(text, "last words"); got != tc.shown || text == "" {
				t.Errorf("shown: %v, want %v:\n%s", got, tc.shown, text)
			}
		})
	}
}

// Private state remembers that some run succeeded, through failures and edits.
func TestSuccessIsRemembered(t *testing.T) {
	t.Parallel()
	b := newBoundary(t)
	b.local.On("job").Exit(1)
	b.local.On("job")
	b.local.On("job").Exit(1)
	b.local.On("undo").Exit(1)
	config := configured(attrs{"destroy": map[string]any{"command": "undo"}})

	first := b.apply(nil, nil, config)
	if first.private != nil && strings.Contains(string(first.private), succeededKey) {
		t.Errorf("after a failing creation private state is %q", first.private)
	}
	// An engine taints that; a user can untaint it.
	second := b.apply(first.state, first.private, config)
	edited := b.apply(second.state, second.private, config.with(attrs{"name": "label"}))
	third := b.apply(edited.state, edited.private, config.with(attrs{"stdin": "new"}))
	if !third.diags.failed() {
		t.Fatal("the control: the third run did not fail")
	}
	for when, private := range map[string][]byte{
		"the second run": second.private, "an edit": edited.private, "a failure": third.private,
	} {
		if diff := cmp.Diff(string(succeededFlag), string(private)); diff != "" {
			t.Errorf("private state after %s (-want +got):\n%s", when, diff)
		}
	}
	if got := b.destroy(third.state, third.private); !got.diags.failed() {
		t.Error("a failing destroy command is forgiven although a run once succeeded")
	}
	if got := b.destroy(third.state, nil); got.diags.failed() {
		t.Errorf("the control, without private state: %v", got.diags.lines())
	}
}

func TestNoopMessageMasksSecrets(t *testing.T) {
	t.Parallel()
	place := "/" + plainly + "/" + secret
	config := configured(attrs{"creates": place, "sensitive_environment": map[string]any{"S": secret}})
	for name, script := range map[string]func(*hosttest.Fake){
		"a path that does not exist":       func(h *hosttest.Fake) { h.File(place, false); h.On("job").Exit(1) },
		"a path that may not be looked at": func(h *hosttest.Fake) { h.FileError(place, errDenied) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBoundaryWith(t, guardsInPlan)
			script(b.local)
			state := ranOnce().with(config).with(attrs{"in_sync": nil}).nonNull()
			read, _ := b.read(state).state["noop_message"].(string)
			shows(t, "noop_message of a refresh", read)
			if !strings.Contains(read, plainly) {
				t.Errorf("the control: noop_message is %q", read)
			}
			after, _ := b.apply(state, nil, config).state["noop_message"].(string)
			shows(t, "noop_message of an apply", after)
		})
	}
}
