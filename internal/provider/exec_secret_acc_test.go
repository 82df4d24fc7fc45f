package provider_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// A sensitive value reaches the command, its guards and its destroy command, and is shown
// by no plan, no message, no computed attribute and no line that the provider logs.
func TestAccExecSensitiveValues(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Config(`
		variable "secret" {
			type      = string
			sensitive = true
		}
		variable "phase" {}
		resource "exec" "argv" {
			command = ["sh", "-c", "echo argv $1 >> used", "sh", var.secret]
			creates = "argv.${var.phase}"
		}
		resource "exec" "text" {
			shell   = true
			command = "echo text ${var.secret} >> used"
			unless  = "test ${var.secret} = none; echo guard ${var.secret} >> used; test -e text.${var.phase}"
		}
		resource "exec" "name" {
			name      = "sh -c 'echo name ${var.secret} >> used'"
			subscribe = var.phase
		}
		resource "exec" "streams" {
			shell                 = true
			command               = "echo stdin $(cat) >> used; echo environment $SECRET >> used; echo $SECRET"
			stdin                 = var.secret
			sensitive_environment = { SECRET = var.secret }
			sensitive_output      = true
			logoutput             = "true"
			subscribe             = [var.phase, var.secret]
			destroy               = { command = "echo undo $SECRET $EXEC_STDOUT >> used" }
		}
		resource "exec" "plain_environment" {
			shell       = true
			command     = "echo plain $SECRET >> used"
			environment = { SECRET = var.secret }
			subscribe   = var.phase
		}
		resource "exec" "fails" {
			shell                 = true
			command               = "echo stdout $SECRET; echo \"stderr: ${var.secret}\" >&2; test $PHASE != broken"
			sensitive_environment = { SECRET = var.secret }
			environment           = { PHASE = var.phase }
			returns               = [0]
			unchanged_returns     = [9]
			sensitive_output      = true
		}
		resource "exec" "no_answer" {
			command   = ["sh", "-c", "echo no_answer >> used"]
			unless    = [["./absent", var.secret], [var.secret]]
			subscribe = var.phase
		}
		resource "exec" "not_started" {
			count   = var.phase == "broken" ? 1 : 0
			command = ["./absent", var.secret]
		}
	`)
	const secret = "Kr4bbe-9!zz"
	w.Setenv("TF_VAR_secret", secret)
	w.Setenv("TF_LOG", "trace")
	w.Setenv("TF_LOG_PATH", w.Path("engine.log"))
	var shown strings.Builder
	do := func(code int, args ...string) {
		t.Helper()
		r := w.Run(args...)
		if r.ExitCode != code {
			t.Errorf("%s exited %d:\n%s", args[0], r.ExitCode, r.Output())
		}
		shown.WriteString(r.Output())
	}
	phase := func(name string) { w.Setenv("TF_VAR_phase", name) }

	phase("one")
	do(0, "plan", "-out=tfplan")
	do(0, "show", "tfplan")
	do(0, "apply", "tfplan")
	do(0, "show")
	phase("two")
	do(0, "plan", "-refresh-only")
	do(0, "apply", "-auto-approve")
	phase("broken")
	do(1, "apply", "-auto-approve")
	do(0, "plan")
	phase("three")
	do(0, "apply", "-auto-approve")
	for address, r := range w.State() {
		for _, name := range []string{"id", "target", "noop_message", "run_id", "start_time", "end_time"} {
			if text, _ := r.Values[name].(string); strings.Contains(text, secret) {
				t.Errorf("%s.%s holds the secret: %s", address, name, text)
			}
		}
		if address == "exec.streams" {
			equal[any](t, "stdout", r.Values["stdout"], nil)
			equal[any](t, "sensitive_stdout", r.Values["sensitive_stdout"], secret+"\n")
		}
	}
	do(0, "plan", "-destroy")
	do(0, "destroy", "-auto-approve")

	// The controls: it was used everywhere, failures were shown, and the log is one.
	used := w.Read("used")
	for _, by := range []string{"argv", "text", "guard", "name", "stdin", "environment", "plain", "undo"} {
		if !strings.Contains(used, by+" "+secret) {
			t.Errorf("%s did not get the secret:\n%s", by, used)
		}
	}
	if !strings.Contains(used, "undo "+secret+" "+secret) {
		t.Errorf("the destroy command did not get the output:\n%s", used)
	}
	for _, text := range []string{"Unable to run command", "Unable to start command", "unless[0] gave no answer"} {
		if !strings.Contains(shown.String(), text) {
			t.Errorf("the engine did not print %q:\n%s", text, shown.String())
		}
	}
	if strings.Contains(shown.String(), secret) {
		t.Errorf("the engine printed the secret:\n%s", shown.String())
	}
	// The engine may log what it wants; these lines are the provider's.
	lines := 0
	for line := range strings.Lines(w.Read("engine.log")) {
		if !strings.Contains(line, "provider.terraform-provider-exec") {
			continue
		}
		lines++
		if strings.Contains(line, secret) {
			t.Errorf("the provider logged the secret: %s", line)
		}
	}
	equal(t, "the provider logged something", lines > 100, true)
	if !strings.Contains(w.Read("engine.log"), "command ended") {
		t.Error("the provider does not log that commands ended")
	}
}

// A sensitive value makes no attribute sensitive that the provider computes, so none may
// hold it; and JSON plans mark what holds it.
func TestAccExecSensitiveMarks(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Config(`
		resource "exec" "a" {
			command               = ["true"]
			sensitive_environment = { TOKEN = "not marked by the configuration" }
		}
		resource "exec" "b" {
			command          = ["sh", "-c", "echo Kr4''bbe"]
			sensitive_output = true
		}
		output "b" {
			value     = exec.b.sensitive_stdout
			sensitive = true
		}
	`)
	plan := w.Plan()
	sawNot(t, plan.Result, "not marked by the configuration")
	r := w.Must("apply", "tfplan")
	sawNot(t, r, "Kr4bbe")
	shown := w.Must("show")
	sawNot(t, shown, "not marked by the configuration")
	sawNot(t, shown, "Kr4bbe")
	var state struct {
		Values struct {
			Root struct {
				Resources []struct {
					Address   string         `json:"address"`
					Sensitive map[string]any `json:"sensitive_values"`
				} `json:"resources"`
			} `json:"root_module"`
		} `json:"values"`
	}
	if err := json.Unmarshal([]byte(w.Must("show", "-json").Stdout), &state); err != nil {
		t.Fatal(err)
	}
	equal(t, "resources", len(state.Values.Root.Resources), 2)
	for _, r := range state.Values.Root.Resources {
		equal[any](t, r.Address+" marks sensitive_stdout", r.Sensitive["sensitive_stdout"], true)
		equal[any](t, r.Address+" marks stdout", r.Sensitive["stdout"], nil)
	}

	// Switching the option moves what was printed and runs nothing; switching it back
	// shows nothing until the next run.
	id := w.Value("exec.b", "run_id")
	open := strings.Replace(w.Read("main.tf"), "sensitive_output = true", "sensitive_output = false", 1)
	w.Config(open)
	r = w.Apply()
	sawNot(t, r, "Kr4bbe")
	equal[any](t, "stdout after opening", w.Value("exec.b", "stdout"), nil)
	equal[any](t, "sensitive_stdout after opening", w.Value("exec.b", "sensitive_stdout"), nil)
	equal(t, "run_id", w.Value("exec.b", "run_id"), id)
}

// Messages show what a command printed, without the values of sensitive_environment.
func TestAccExecMaskedMessages(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Config(`
		resource "exec" "fails" {
			shell                 = true
			command               = "echo out: $SECRET; echo err: $(printf $SECRET | base64) >&2; exit 1"
			sensitive_environment = { SECRET = "Kr4bbe-9!zz" }
		}
		resource "exec" "shows" {
			shell                 = true
			command               = "echo shown: $SECRET"
			sensitive_environment = { SECRET = "Kr4bbe-9!zz" }
			logoutput             = "true"
		}
		resource "exec" "hides" {
			shell     = true
			command   = "echo not for you; exit 2"
			logoutput = "false"
		}
	`)
	r := w.MustFail([]string{
		"Unable to run command", "Stdout: out: (sensitive value)", "Stderr: err: (sensitive value)",
		"Warning: Output of command", "Stdout: shown: (sensitive value)", "exited with code 2",
	}, "apply", "-auto-approve")
	sawNot(t, r, "Kr4bbe")
	sawNot(t, r, "Stdout: not for you")
	// What is stored is what was printed.
	equal[any](t, "stdout", w.Value("exec.fails", "stdout"), "out: Kr4bbe-9!zz\n")
	equal[any](t, "stdout of hides", w.Value("exec.hides", "stdout"), "not for you\n")
}

// The log file is for its owner alone, for nobody knows what a command prints.
func TestAccExecLogFile(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Config(`
		resource "exec" "a" {
			shell                 = true
			command               = "echo one $WORD; echo two >&2; exit $(cat exit)"
			log_file              = "logs/a.log"
			tries                 = 2
			always                = true
			output_limit          = 0
			sensitive_environment = { WORD = "unmasked" }
		}
	`)
	w.Write("exit", "0")
	w.MustFail([]string{"Unable to open log file", "Its directory must exist."}, "apply", "-auto-approve")
	equal(t, "resources that exist", len(w.State()), 0)
	if err := os.Mkdir(filepath.Join(w.Dir, "logs"), 0o755); err != nil {
		t.Fatal(err)
	}
	w.Apply()
	// Two streams come through two pipes, so nothing says which line is written first.
	log := func() string { return strings.Join(slices.Sorted(slices.Values(w.Lines("logs/a.log"))), ",") }
	equal(t, "the log", log(), "one unmasked,two")
	info, err := os.Stat(w.Path("logs/a.log"))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "its mode", info.Mode().Perm(), 0o600)
	equal[any](t, "stdout without any room", w.Value("exec.a", "stdout") != nil, true)
	w.Write("exit", "1")
	w.Run("apply", "-auto-approve")
	equal(t, "the log of two tries more", log(), "one unmasked,one unmasked,one unmasked,two,two,two")
}
