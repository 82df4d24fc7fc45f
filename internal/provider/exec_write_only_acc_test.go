package provider_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// What is written only, here from an ephemeral variable, reaches the command and is found
// in nothing that an engine or the provider writes.
func TestAccExecWriteOnly(t *testing.T) {
	t.Parallel()
	const secret, planted = "Kr4bbe-9!zz/q", "planted-in-plain"
	w := enginetest.New(t)
	w.Needs(enginetest.WriteOnly)
	w.Config(`
		variable "secret" {
			type      = string
			ephemeral = true
		}
		variable "generation" {}
		resource "exec" "a" {
			shell       = true
			command     = "cat >stdin; printf %s \"$SECRET\" >environment; echo $PLANTED; echo $SECRET; printf %s $SECRET | base64; exit $(cat exit)"
			unless      = "echo \"guard:$SECRET\" >>asked; test -e $PHASE"
			environment = { PLANTED = "` + planted + `", PHASE = "done" }
			logoutput   = "true"
			log_file    = "log"
			write_only = {
				environment = { SECRET = var.secret }
				stdin       = "from stdin: ${var.secret}"
			}
			write_only_version = var.generation
			destroy = { command = "echo \"undo:$SECRET\" >>asked" }
		}
		resource "exec" "plain" {
			command = ["true"]
		}
		resource "exec_service" "s" {
			name              = "s"
			source            = { path = "." }
			executable_object = exec_executable_object.sh
			executable        = { filename = "serve.sh" }
		}
		resource "exec_executable_object" "sh" {
			name         = "sh"
			exec_command = "sh"
		}
		resource "exec" "serves" {
			service    = exec_service.s
			subscribe  = [var.generation]
			write_only = { environment = { SECRET = var.secret }, stdin = var.secret }
		}
	`)
	w.Write("src/.keep", "")
	w.Config(strings.Replace(w.Read("main.tf"), `path = "."`, `path = "src"`, 1))
	w.Write("src/serve.sh", "echo \"{\\\"got\\\": \\\"$SECRET\\\"}\"; printf '%s %s' \"$SECRET\" \"$(cat)\" >../served\n")
	w.Write("exit", "0")
	w.Setenv("TF_VAR_secret", secret)
	w.Setenv("TF_VAR_generation", "1")
	w.Setenv("TF_LOG", "trace")
	w.Setenv("TF_LOG_PATH", w.Path("engine.log"))

	written := map[string]string{}
	plan := w.Plan()
	written["the plan"] = plan.Output() + w.Must("show", "tfplan").Output()
	written["the plan file"] = w.PlanFile()
	written["the plan as JSON"] = w.Must("show", "-json", "tfplan").Stdout
	written["the apply"] = w.Must("apply", "tfplan").Output()
	equal(t, "the environment", w.Read("environment"), secret)
	equal(t, "stdin", w.Read("stdin"), "from stdin: "+secret)
	equal(t, "what the service got", w.Read("served"), secret+" "+secret)
	equal(t, "how often what is set is printed", strings.Count(plan.Stdout, "write_only "), 2)

	w.Setenv("TF_VAR_secret", secret+"2")
	w.Write("done", "")
	settled(t, w) // Nobody can see that it changed,
	w.Remove("done")
	w.Setenv("TF_VAR_generation", "2")
	plan = w.Plan() // but for the version.
	equal(t, "it may run", plan.Change(t, "exec.a").MayRun(), true)
	written["the plan of an update"] = plan.Output() + w.PlanFile()
	w.Write("exit", "1")
	r := w.Run("apply", "tfplan")
	equal(t, "the failing apply's exit code", r.ExitCode, 1)
	saw(t, r, "Unable to run command")
	equal(t, "the environment", w.Read("environment"), secret+"2")
	written["the failing apply"] = r.Output()
	written["the state"] = w.Read("terraform.tfstate") + w.Read("terraform.tfstate.backup")
	written["the state as JSON"] = w.Must("show", "-json").Stdout
	written["the log file"] = w.Read("log")
	equal[any](t, "stdout", w.Value("exec.a", "stdout"), planted+"\n(sensitive value)\n(sensitive value)\n")
	w.Write("exit", "0")
	written["the destroy"] = w.Must("destroy", "-auto-approve").Output()
	written["the log"] = w.Read("engine.log")

	if asked := w.Read("asked"); !strings.Contains(asked, "guard:\n") || !strings.Contains(asked, "undo:\n") || strings.Contains(asked, secret) {
		t.Errorf("the guard and the destroy command got:\n%s", asked)
	}
	for what, text := range written {
		for _, form := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret))[:14], strings.ReplaceAll(secret, "/", `\/`)} {
			if strings.Contains(text, form) {
				i := strings.Index(text, form)
				t.Errorf("%s holds the secret: %s", what, text[max(0, i-200):min(len(text), i+100)])
			}
		}
		// The control: the search finds what is no secret.
		if !strings.Contains(text, planted) && what != "the apply" {
			t.Errorf("%s does not hold what is no secret", what)
		}
	}
}

// What contradicts itself is refused before anything runs.
func TestAccExecWriteOnlyIsValidated(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ config, want string }{
		"two inputs":            {`stdin = "a"` + "\n" + `write_only = { stdin = "b" }`, "In write_only.stdin: This attribute and stdin exclude each other"},
		"a variable twice":      {`environment = { A = "a" }` + "\n" + `write_only = { environment = { A = "b" } }`, "The same variable is in environment and in write_only."},
		"a secret one twice":    {`sensitive_environment = { A = "a" }` + "\n" + `write_only = { environment = { A = "b" } }`, "The same variable is in sensitive_environment and in write_only."},
		"path and PATH":         {`path = ["/bin"]` + "\n" + `write_only = { environment = { PATH = "/b" } }`, "write_only.environment.PATH exclude each other"},
		"a name that is none":   {`write_only = { environment = { "A-B" = "b" } }`, "must be a name of letters"},
		"a version and nothing": {`write_only_version = "1"`, ""},
		"an empty object":       {`write_only = {}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := enginetest.New(t)
			w.Config("resource \"exec\" \"a\" {\n  command = \"true\"\n" + tc.config + "\n}\n")
			if tc.want == "" {
				w.Must("validate")
				return
			}
			w.MustFail([]string{tc.want}, "validate")
		})
	}
}
