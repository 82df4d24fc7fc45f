package provider_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// A data source whose configuration is known is read by the plan, one that waits for
// something by the apply alone, whatever the setting guards says.
func TestAccExecDataIsReadWhenItIsKnown(t *testing.T) {
	t.Parallel()
	for _, guards := range []string{"plan", "apply"} {
		t.Run("guards are asked in "+guards, func(t *testing.T) {
			t.Parallel()
			w := enginetest.New(t)
			w.Setenv("EXEC_GUARDS", guards)
			w.Config(`
				data "exec" "known" {
					command = ["sh", "-c", "echo known >> asked; echo '{\"n\": 1, \"l\": [true, null]}'"]
				}
				resource "exec" "first" {
					command = ["sh", "-c", "printf %s first"]
				}
				data "exec" "waits" {
					command = ["sh", "-c", "echo waits >> asked; printf 'after %s' $0", exec.first.stdout]
				}
				data "exec" "depends" {
					command    = ["sh", "-c", "echo depends >> asked"]
					depends_on = [exec.first]
				}
				output "sum" { value = data.exec.known.result.n + 1 }
			`)
			plan := w.Plan()
			equal(t, "what ran in the plan", sortedWords(w.Read("asked")), "known")
			saw(t, plan.Result, "data.exec.waits will be read during apply")
			w.Must("apply", "tfplan")
			equal(t, "what ran in the apply too", sortedWords(w.Read("asked")), "depends known waits")
			equal(t, "what was printed in the apply", w.Value("data.exec.waits", "stdout"), "after first")
			want := map[string]any{"n": 1.0, "l": []any{true, nil}}
			if diff := cmp.Diff(want, w.Value("data.exec.known", "result")); diff != "" {
				t.Errorf("the result (-want +got):\n%s", diff)
			}
			equal(t, "the output", w.Must("output", "-json", "sum").Stdout, "2\n")
			equal(t, "a second plan has changes", w.Plan().ExitCode, 0)
			equal(t, "what the second plan ran", sortedWords(w.Read("asked")), "depends depends known known waits waits")
		})
	}
}

// What cannot be read fails the plan, at the attribute at fault and in the words that the
// resource has for it.
func TestAccExecDataRefusals(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		config, attribute string
		summary, detail   string
	}{
		"nothing to run":                {``, "", "Unable to use command", "neither command nor program"},
		"a command and a program":       {`command = "true"` + "\n" + `program = ["true"]`, "program", "Unable to combine attributes", "both say what to run"},
		"a query and stdin":             {`command = "cat"` + "\n" + `stdin = "x"` + "\n" + `query = {}`, "query", "Unable to combine attributes", "both are what the command reads"},
		"a string that needs a shell":   {`command = "ls | wc"`, "command", "Unable to use command", "a pipe"},
		"a NUL byte":                    {`command = ["echo", jsondecode("\"a\\u0000b\"")]`, "command", "Unable to use value", "NUL byte"},
		"a directory that is not there": {`command = "true"` + "\n" + `cwd = "absent"`, "cwd", "Unable to start command", "working directory does not exist"},
		"a user that is not there":      {`command = "true"` + "\n" + `user = "no-such-user"`, "user", "Unable to start command", "no such user"},
		"no accepted code":              {`command = "true"` + "\n" + `returns = []`, "returns", "Invalid Attribute Value", "at least 1"},
		"a negative timeout":            {`command = "true"` + "\n" + `timeout = "-1s"`, "timeout", "Unable to use value", "negative"},
		"too little time":               {`command = ["sleep", "60"]` + "\n" + `timeout = "50ms"`, "timeout", "Unable to finish command in time", "still running after 50ms"},
		"a code that is not accepted":   {`command = ["sh", "-c", "echo no such host >&2; exit 3"]`, "command", "Unable to run command", "no such host"},
		"death by a signal":             {`command = ["sh", "-c", "kill -KILL $$"]`, "command", "Unable to finish command", "killed by SIGKILL"},
		"an answer that is not JSON":    {`program = ["echo", "hello"]`, "program", "Unable to read answer", "it is not JSON"},
		"an answer that is too long":    {`program = ["echo", "{\"a\": \"long\"}"]` + "\n" + `output_limit = 5`, "output_limit", "Unable to read answer", "printed 14 bytes"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := enginetest.New(t)
			w.Config("data \"exec\" \"x\" {\n" + tc.config + "\n}\n")
			d, ok := w.MustFail(nil, "plan", "-json").Diagnostic("data.exec.x", "error")
			if !ok {
				t.Fatal("there is no error about it")
			}
			equal(t, "the summary", d.Summary, tc.summary)
			if tc.attribute != "" {
				equal(t, "the attribute", d.Attribute(), tc.attribute)
			}
			if !containsFlat(d.Detail, tc.detail) {
				t.Errorf("the detail does not say %q:\n%s", tc.detail, d.Detail)
			}
		})
	}
}

// A program for the external data source reads what it always read, and answers with more
// than strings.
func TestAccExecDataProgram(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Config(`
		data "exec" "asked" {
			program = ["sh", "-c", "cat | tee asked"]
			query   = { name = "web", count = 3, tags = ["a", "b"], gone = null, deep = { on = true } }
		}
		data "exec" "unasked" {
			program = ["sh", "-c", "cat | tee unasked"]
		}
		output "next" { value = data.exec.asked.result.count + 1 }
	`)
	w.Apply()
	equal(t, "what it read", w.Read("asked"), `{"count":3,"deep":{"on":true},"name":"web","tags":["a","b"]}`)
	equal(t, "what it read without a query", w.Read("unasked"), "{}")
	equal(t, "the output", w.Must("output", "-json", "next").Stdout, "4\n")
}

// Output that is cut is told of, and hidden output is where it should be alone.
func TestAccExecDataOutput(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Config(`
		data "exec" "cut" {
			command      = ["seq", "1", "100"]
			output_limit = 20
		}
		data "exec" "hidden" {
			command          = ["echo", "{\"a\": 1}"]
			sensitive_output = true
		}
	`)
	r := w.Apply()
	saw(t, r, "Output was cut")
	sawNot(t, r, "log_file")
	if w.Value("data.exec.cut", "result") != nil {
		t.Error("the cut output has a result")
	}
	equal(t, "the hidden output", w.Value("data.exec.hidden", "sensitive_stdout"), "{\"a\": 1}\n")
	for _, name := range []string{"stdout", "stderr", "result"} {
		if v := w.Value("data.exec.hidden", name); v != nil {
			t.Errorf("%s of hidden output is %v", name, v)
		}
	}
}
