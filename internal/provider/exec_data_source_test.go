package provider

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// dataSource is the exec data source as an engine talks to it.
type dataSource struct{ construct }

func newDataSource(t *testing.T) dataSource {
	t.Helper()
	return dataSource{newConstruct(t, func(r *tfprotov6.GetProviderSchemaResponse) *tfprotov6.Schema { return r.DataSourceSchemas["exec"] })}
}

func (d dataSource) validate(config attrs) diagnostics {
	d.t.Helper()
	resp, err := d.server.ValidateDataResourceConfig(d.ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: "exec", Config: d.pack(config)})
	if err != nil {
		d.t.Fatal(err)
	}
	return resp.Diagnostics
}

func (d dataSource) read(config attrs) answer {
	d.t.Helper()
	resp, err := d.server.ReadDataSource(d.ctx, &tfprotov6.ReadDataSourceRequest{TypeName: "exec", Config: d.pack(config)})
	if err != nil {
		d.t.Fatal(err)
	}
	return answer{values: d.unpack(resp.State), diags: resp.Diagnostics}
}

// refusal is a configuration and what is said of it.
type refusal struct {
	config attrs
	want   []string
}

// refusals are configurations that data and ephemeral exec refuse alike, beside ones that
// they accept.
var refusals = map[string]refusal{
	"a command":                         {attrs{"command": "job"}, nil},
	"a program":                         {attrs{"program": []any{"job"}, "query": map[string]any{"a": 1}}, nil},
	"a command with a query":            {attrs{"command": job, "query": mapOf(map[string]string{"a": "b"})}, nil},
	"nothing to run":                    {attrs{}, []string{"error: Unable to use command (command)"}},
	"a null with a type":                {attrs{"command": null(tftypes.String)}, []string{"error: Unable to use command (command)"}},
	"a command and a program":           {attrs{"command": job, "program": []any{"job"}}, []string{"error: Unable to combine attributes (program)"}},
	"a command that is not known yet":   {attrs{"command": unknown}, nil},
	"a program that is not known yet":   {attrs{"program": unknown}, nil},
	"an argument that is not known yet": {attrs{"command": []any{"job", unknown}}, nil},
	"a query that is not known yet":     {attrs{"command": job, "query": unknown, "stdin": unknown}, nil},
	"an empty program":                  {attrs{"program": []any{}}, []string{"error: Unable to use command (program)"}},
	"a program without a name":          {attrs{"program": []any{""}}, []string{"error: Unable to use command (program[0])"}},
	"a program with a null":             {attrs{"program": []any{"job", nil}}, []string{"error: Unable to use value (program[1])"}},
	"a query that is no object":         {attrs{"command": job, "query": "a"}, []string{"error: Unable to use value (query)"}},
	"a query and stdin":                 {attrs{"command": job, "query": map[string]any{}, "stdin": "x"}, []string{"error: Unable to combine attributes (query)"}},
	"stdin of a program":                {attrs{"program": []any{"job"}, "stdin": "x"}, []string{"error: Unable to combine attributes (stdin)"}},
	"a string that needs a shell":       {attrs{"command": "a | b"}, []string{"error: Unable to use command (command)"}},
	"a string for a shell":              {attrs{"command": "a | b", "shell": true}, nil},
	"shell and interpreter":             {attrs{"command": job, "shell": true, "interpreter": []any{"sh"}}, []string{"error: Unable to combine attributes (shell)"}},
	"a NUL byte":                        {attrs{"command": []any{"job", "a\x00b"}}, []string{"error: Unable to use value (command)"}},
	"a NUL byte in a program":           {attrs{"program": []any{"job", "a\x00b"}}, []string{"error: Unable to use value (program)"}},
	"no exit code is accepted":          {attrs{"command": job, "returns": []any{}}, []string{"error: Invalid Attribute Value (returns)"}},
	"a negative timeout":                {attrs{"command": job, "timeout": "-1s"}, []string{"error: Unable to use value (timeout)"}},
	"a relative entry of path":          {attrs{"command": job, "path": []any{"bin"}}, []string{"error: Unable to use value (path[0])"}},
	"a variable in both environments": {
		attrs{"command": job, "environment": map[string]any{"A": "1"}, "sensitive_environment": map[string]any{"A": "2"}},
		[]string{"error: Unable to combine attributes (sensitive_environment[\"A\"])"},
	},
}

func TestDataValidation(t *testing.T) {
	t.Parallel()
	for name, tc := range refusals {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, newDataSource(t).validate(tc.config).lines()); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDataOutputs(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		config attrs
		stdout string
		exit   int
		want   attrs
		warns  []string
	}{
		"text":                 {stdout: "said\n", want: attrs{"stdout": "said\n"}},
		"JSON":                 {stdout: `{"a":[1,true,null,"x"]}`, want: attrs{"stdout": `{"a":[1,true,null,"x"]}`, "result": map[string]any{"a": []any{1, true, nil, "x"}}}},
		"an accepted code":     {config: attrs{"returns": []any{0, 3}}, exit: 3, want: attrs{"exit_code": 3, "stdout": ""}},
		"output to be hidden":  {config: attrs{"sensitive_output": true}, stdout: "[1]", want: attrs{"sensitive_stdout": "[1]", "sensitive_stderr": "", "stdout": nil, "stderr": nil}},
		"longer than the rest": {stdout: strings.Repeat("x", 10000), want: attrs{"stdout": strings.Repeat("x", 10000)}},
		"a secret in plain output": {
			config: attrs{"sensitive_environment": map[string]any{"S": secret}}, stdout: "out " + secret, want: attrs{"stdout": "out " + secret},
			warns: []string{"warning: Output holds a sensitive value (sensitive_output)"},
		},
		"a secret in hidden output": {
			config: attrs{"sensitive_environment": map[string]any{"S": secret}, "sensitive_output": true},
			stdout: secret, want: attrs{"sensitive_stdout": secret, "sensitive_stderr": "", "stdout": nil, "stderr": nil},
		},
		"longer than the limit": {
			config: attrs{"output_limit": 4}, stdout: "[1,2,3]", want: attrs{"stdout": "[1\n[... 3 bytes omitted ...]\n3]"},
			warns: []string{"warning: Output was cut (output_limit)"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDataSource(t)
			d.local.On("job").Stdout(tc.stdout).Exit(tc.exit)
			config := attrs{"command": "job"}.with(tc.config)
			got := d.read(config)
			want := attrs{"exit_code": 0, "stderr": ""}.with(config).with(tc.want).nonNull()
			if diff := cmp.Diff(want, got.values); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.warns, got.diags.lines()); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
		})
	}
}

// What reaches the command: the same process as that of a resource.
func TestDataCommand(t *testing.T) {
	t.Parallel()
	mask := uint32(0o27)
	cases := map[string]struct {
		config attrs
		want   host.Command
	}{
		"a string is split": {attrs{"command": "job 'one word'"}, host.Command{Argv: []string{"job", "one word"}}},
		"a shell reads a string": {
			attrs{"command": "a | b", "shell": true}, host.Command{Argv: []string{"/bin/sh", "-c", "a | b"}},
		},
		"an interpreter reads a string": {
			attrs{"command": "a | b", "interpreter": []any{"bash", "-ec"}}, host.Command{Argv: []string{"bash", "-ec", "a | b"}},
		},
		"the process": {
			attrs{
				"command": job, "cwd": "/srv", "path": []any{"/bin"}, "environment": map[string]any{"A": "1"}, "user": "u", "group": "g",
				"umask": "027", "stdin": "text", "inherit_environment": false, "sensitive_environment": map[string]any{"B": "2"},
			},
			host.Command{
				Argv: []string{"job"}, Dir: "/srv", Path: []string{"/bin"}, Env: map[string]string{"A": "1", "B": "2"}, User: "u", Group: "g",
				Umask: &mask, Stdin: "text", CleanEnv: true,
			},
		},
		"a program asks for nothing": {attrs{"program": []any{"job"}}, host.Command{Argv: []string{"job"}, Stdin: "{}"}},
		"a program is asked": {
			attrs{"program": []any{"job", "$x"}, "query": map[string]any{
				"n": 1.5, "b": true, "l": []any{1, nil, "<x>"}, "gone": nil, "o": map[string]any{"kept": nil},
			}},
			host.Command{Argv: []string{"job", "$x"}, Stdin: `{"b":true,"l":[1,null,"\u003cx\u003e"],"n":1.5,"o":{"kept":null}}`},
		},
		"a query of a map":    {attrs{"command": job, "query": mapOf(map[string]string{"a": "b"})}, host.Command{Argv: []string{"job"}, Stdin: `{"a":"b"}`}},
		"a query of nothing":  {attrs{"command": job, "query": map[string]any{}}, host.Command{Argv: []string{"job"}, Stdin: "{}"}},
		"a query that is set": {attrs{"command": job, "query": map[string]any{"a": setOf("x", "y")}}, host.Command{Argv: []string{"job"}, Stdin: `{"a":["x","y"]}`}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDataSource(t)
			d.local.On(tc.want.Argv...).Stdout("{}")
			if got := d.read(tc.config); len(got.diags) > 0 {
				t.Fatal(got.diags.text())
			}
			if tc.want.Env == nil {
				tc.want.Env = map[string]string{}
			}
			if diff := cmp.Diff([]host.Command{tc.want}, d.local.Commands()); diff != "" {
				t.Errorf("commands (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDataFailures(t *testing.T) {
	t.Parallel()
	program := attrs{"program": []any{"job"}}
	cases := map[string]struct {
		config attrs
		local  func(*hosttest.Script)
		want   string
		says   string
	}{
		"a code that is not accepted": {nil, func(s *hosttest.Script) { s.Exit(2) }, "Unable to run command (command)", "Exit code: 2 (accepted: 0)"},
		"a program that fails":        {program, func(s *hosttest.Script) { s.Exit(2).Stderr("no such host") }, "Unable to run command (program)", "no such host"},
		"a signal":                    {nil, func(s *hosttest.Script) { s.Fail(&host.SignalError{Name: "SIGSEGV"}) }, "Unable to finish command (command)", "killed by SIGSEGV"},
		"no such program":             {nil, func(s *hosttest.Script) { s.Result(host.Result{}).Fail(notFound) }, "Unable to start command (command)", "program not found"},
		"a wrong directory": {nil, func(s *hosttest.Script) {
			s.Result(host.Result{}).Fail(&host.StartError{Reason: host.DirMissing, Subject: "/x"})
		}, "Unable to start command (cwd)", "/x"},
		"an unknown user": {nil, func(s *hosttest.Script) {
			s.Result(host.Result{}).Fail(&host.StartError{Reason: host.UserUnknown, Subject: "x"})
		}, "Unable to start command (user)", "no such user"},
		"no answer":                        {program, func(*hosttest.Script) {}, "Unable to read answer (program)", "it is empty"},
		"an answer in words":               {program, func(s *hosttest.Script) { s.Stdout("hello") }, "Unable to read answer (program)", "it is not JSON"},
		"an answer that is a list":         {program, func(s *hosttest.Script) { s.Stdout("[1]") }, "Unable to read answer (program)", "it is another JSON value"},
		"two answers":                      {program, func(s *hosttest.Script) { s.Stdout("{}{}") }, "Unable to read answer (program)", "something follows"},
		"an answer beyond what HCL holds":  {program, func(s *hosttest.Script) { s.Stdout(`{"a":1e999}`) }, "Unable to read answer (program)", "too large"},
		"an answer that is cut":            {program.with(attrs{"output_limit": 4}), func(s *hosttest.Script) { s.Stdout(`{"a":"b"}`) }, "Unable to read answer (output_limit)", "printed 9 bytes"},
		"an answer that is hidden and bad": {program.with(attrs{"sensitive_output": true}), func(s *hosttest.Script) { s.Stdout("hello") }, "Unable to read answer (program)", "it is not JSON"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDataSource(t)
			tc.local(d.local.On("job"))
			config := tc.config
			if config == nil {
				config = attrs{"command": "job"}
			}
			got := d.read(config)
			lines := got.diags.lines()
			if text := got.diags.text(); lines[len(lines)-1] == "" || !strings.Contains(text, tc.says) || strings.Contains(text, "next apply") {
				t.Errorf("it does not say %q, or speaks of a next apply:\n%s", tc.says, text)
			}
			if lines[0] != "error: "+tc.want {
				t.Errorf("diagnostics %q, want %q", lines, tc.want)
			}
			if hidden := config["sensitive_output"] == true; hidden && strings.Contains(got.diags.text(), "hello") {
				t.Errorf("it shows what was printed:\n%s", got.diags.text())
			}
		})
	}
}

func TestDataMasksSecrets(t *testing.T) {
	t.Parallel()
	d := newDataSource(t)
	d.local.On("job").Exit(1).Stdout("out " + secret).Stderr("err " + secret)
	got := d.read(attrs{"command": "job", "sensitive_environment": map[string]any{"S": secret}})
	text := got.diags.text() + d.logs.String()
	shows(t, "a message or the log", text)
	for _, control := range []string{"out (sensitive value)", "err (sensitive value)", "command ended"} {
		if !strings.Contains(text, control) {
			t.Errorf("the control: %q is not in\n%s", control, text)
		}
	}
}

// A data source asks what the configuration says, whatever guards may do in plans.
func TestDataIsReadWhateverGuardsSays(t *testing.T) {
	t.Parallel()
	for _, guards := range []string{guardsInPlan, guardsInApply} {
		d := newDataSource(t)
		d.boundary = newBoundaryWith(t, guards)
		d.local.On("job").Stdout("said")
		if got := d.read(attrs{"command": "job"}); got.values["stdout"] != "said" {
			t.Errorf("guards = %q: %v, %v", guards, got.values, got.diags.lines())
		}
	}
}
