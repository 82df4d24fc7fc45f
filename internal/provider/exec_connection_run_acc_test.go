//go:build unix

package provider_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/user"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/needs"
)

// What has a connection runs there, and what has none beside it runs here.
func TestAccConnectionRuns(t *testing.T) {
	t.Parallel()
	w, server := there(t)
	w.Config(`
		resource "exec" "there" {
			command    = "sh ${path.cwd}/where.sh there"
			connection = local.there
		}
		resource "exec" "here" {
			command = "sh ${path.cwd}/where.sh here"
		}
	`)
	target := targetAt(server.Place(t))
	equal[any](t, "the planned target", w.Plan().Change(t, "exec.there").Change.After["target"], target)
	w.Must("apply", "tfplan")
	equal[any](t, "the target", w.Value("exec.there", "target"), target)
	equal[any](t, "what ran there", w.Value("exec.there", "stdout"), "there by "+portOf(server.Addr)+"\n")
	equal[any](t, "the other target", w.Value("exec.here", "target"), "local")
	equal[any](t, "what ran here", w.Value("exec.here", "stdout"), "here by \n")
	settled(t, w)
}

// Everything that surrounds a command reaches it there.
func TestAccConnectionProcess(t *testing.T) {
	t.Parallel()
	w, _ := there(t, `environment = { FROM_PROVIDER = "setting" }`)
	account, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		body   string
		stdout string
		root   bool
		since  enginetest.Feature
	}{
		"stdin":                 {body: "command = \"cat\"\nstdin = \"typed\"", stdout: "typed"},
		"no stdin":              {body: "command = \"cat\""},
		"environment":           {body: "command = \"printenv WORD\"\nenvironment = { WORD = \"it's \\\"quoted\\\"\\n$HOME\" }", stdout: "it's \"quoted\"\n$HOME\n"},
		"provider environment":  {body: "command = \"printenv FROM_PROVIDER\"", stdout: "setting\n"},
		"sensitive environment": {body: "command = \"printenv WORD\"\nsensitive_environment = { WORD = \"hush\" }", stdout: "hush\n"},
		"write only": {
			body:   "shell = true\ncommand = \"test \\\"$WORD $(cat)\\\" = 'hush typed' && echo both\"\nwrite_only = { environment = { WORD = \"hush\" }, stdin = \"typed\" }",
			stdout: "both\n", since: enginetest.WriteOnly,
		},
		"clean environment": {
			body:   "command = [\"sh\", \"-c\", \"echo $${HOME-none} $${SSH_CONNECTION-none} $PATH\"]\npath = [\"/usr/bin\", \"/bin\"]\ninherit_environment = false",
			stdout: "none none /usr/bin:/bin\n",
		},
		"login environment": {body: "command = \"printenv HOME\"", stdout: account.HomeDir + "\n"},
		"path":              {body: "command = \"printenv PATH\"\npath = [\"/usr/bin\", \"/bin\"]", stdout: "/usr/bin:/bin\n"},
		"umask":             {body: "command = [\"sh\", \"-c\", \"umask\"]\numask = \"027\"", stdout: "0027\n"},
		"login directory":   {body: "command = \"pwd\"", stdout: account.HomeDir + "\n"},
		"cwd":               {body: "command = \"pwd\"\ncwd = \"/usr\"", stdout: "/usr\n"},
		"user":              {body: "command = [\"sh\", \"-c\", \"id -un; echo $LOGNAME\"]\nuser = \"nobody\"\ncwd = \"/\"", stdout: "nobody\nnobody\n", root: true},
		"group":             {body: "command = [\"id\", \"-g\"]\ngroup = \"1\"", stdout: "1\n", root: true},
		"interpreter":       {body: "command = \"echo $((1 + 1))\"\ninterpreter = [\"/bin/sh\", \"-euc\"]", stdout: "2\n"},
		"log file":          {body: "command = \"echo logged\"\nlog_file = \"log\"", stdout: "logged\n"},
	}
	var hcl strings.Builder
	for name, test := range tests {
		if (!test.root || os.Geteuid() == 0) && w.Has(test.since) {
			fmt.Fprintf(&hcl, "resource \"exec\" %q {\nconnection = local.there\n%s\n}\n", slug(name), test.body)
		}
	}
	w.Config(hcl.String())
	w.Apply()
	state := w.State()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.root {
				needs.Root(t)
			}
			if !w.Has(test.since) {
				t.Skip("this version of the engine has no write-only attributes, which TestAccFeaturesByVersion sees it refuse")
			}
			equal(t, "stdout", fmt.Sprint(state["exec."+slug(name)].Values["stdout"]), test.stdout)
		})
	}
	// The provider's files are on this machine.
	equal(t, "the log file", w.Read("log"), "logged\n")
	settled(t, w)
}

// The digest of an executable is that of the file there.
func TestAccConnectionPinnedExecutable(t *testing.T) {
	t.Parallel()
	w, server := there(t)
	const program = "#!/bin/sh\nexec sh \"${0%/*}/where.sh\" pinned\n"
	w.Write("program", program)
	chmod(t, w.Path("program"), 0o755)
	w.Setenv("TF_VAR_sha256", strings.Repeat("0", 64))
	w.Config(`
		variable "sha256" {}
		resource "exec_executable_object" "program" {
			name            = "program"
			exec_command    = "${path.cwd}/program"
			expected_sha256 = var.sha256
		}
		resource "exec" "a" {
			executable = exec_executable_object.program
			connection = local.there
		}
	`)
	digest := fmt.Sprintf("%x", sha256.Sum256([]byte(program)))
	w.MustFail([]string{digest, targetAt(server.Place(t))}, "apply", "-auto-approve")
	equal(t, "what ran with the wrong digest", w.Read("ran"), "")
	w.Setenv("TF_VAR_sha256", digest)
	w.Apply()
	equal(t, "what ran", w.Read("ran"), "pinned by "+portOf(server.Addr)+"\n")
	settled(t, w)
}

// The destroy command runs there, before a replacement too, and what cannot be undone there
// stays in the state.
func TestAccConnectionDestroy(t *testing.T) {
	t.Parallel()
	w, server := there(t, `connect_timeout = "0s"`)
	// Whoever runs the test may have keys and an agent, which are tried without others.
	w.Setenv("HOME", t.TempDir())
	w.Setenv("SSH_AUTH_SOCK", "")
	w.Config(`
		resource "exec" "a" {
			command    = "sh ${path.cwd}/where.sh run"
			connection = local.there
			destroy    = { command = "sh ${path.cwd}/where.sh undo" }
		}
	`)
	run, undo := "run by "+portOf(server.Addr), "undo by "+portOf(server.Addr)
	ran := func() string { return strings.Join(w.Lines("ran"), ", ") }
	w.Apply()
	w.Apply("-replace=exec.a")
	equal(t, "what a replacement ran", ran(), strings.Join([]string{run, undo, run}, ", "))

	server.Stop()
	w.MustFail([]string{"Unable to reach machine", "Nothing was run.", "remove the resource from the state"}, "destroy", "-auto-approve")
	equal(t, "it is in the state", len(w.State()), 1)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	w.Write("provider.tf", "")
	w.Setenv("EXEC_CONNECT_TIMEOUT", "0s")
	w.MustFail([]string{"Unable to reach machine", "Nothing was run."}, "destroy", "-auto-approve")
	equal(t, "it is in the state without a key", len(w.State()), 1)
	w.Setenv("EXEC_PRIVATE_KEY", w.Read("key"))
	w.Must("destroy", "-auto-approve")
	equal(t, "what ran in the end", ran(), strings.Join([]string{run, undo, run, undo}, ", "))
	equal(t, "resources", len(w.State()), 0)
}

// A failed first run there is made anew: the resource is tainted, undone, and run again.
func TestAccConnectionTainted(t *testing.T) {
	t.Parallel()
	w, server := there(t)
	w.Config(`
		resource "exec" "a" {
			command    = ["sh", "-c", "sh $0 run && test -e \"$0.done\"", "${path.cwd}/where.sh"]
			connection = local.there
			destroy    = { command = "sh ${path.cwd}/where.sh undo" }
		}
	`)
	w.MustFail([]string{"Unable to run command", "Host: ssh://"}, "apply", "-auto-approve")
	equal(t, "tainted", w.State()["exec.a"].Tainted, true)
	w.Write("where.sh.done", "")
	w.Apply()
	by := " by " + portOf(server.Addr)
	equal(t, "what ran", strings.Join(w.Lines("ran"), ", "), strings.Join([]string{"run" + by, "undo" + by, "run" + by}, ", "))
	settled(t, w)
}

// What is adopted fills in its connection and runs nothing.
func TestAccConnectionAdopts(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		first, then string
		since       enginetest.Feature
	}{
		"an import": {then: `import {
			to = exec.a
			id = "app"
		}`},
		"a move": {first: `resource "terraform_data" "a" {}`, since: enginetest.Moves, then: `moved {
			from = terraform_data.a
			to   = exec.a
		}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, server := there(t)
			w.Needs(test.since)
			if test.first != "" {
				w.Config(test.first)
				w.Apply()
			}
			config := `
				resource "exec" "a" {
					command    = "sh ${path.cwd}/where.sh WORD"
					connection = local.there
				}
			`
			w.Config(config + test.then)
			w.Apply()
			equal(t, "what ran", w.Read("ran"), "")
			equal[any](t, "the target", w.Value("exec.a", "target"), targetAt(server.Place(t)))
			settled(t, w)
			w.Config(strings.Replace(config, "WORD", "edited", 1))
			w.Apply()
			equal(t, "what ran once it was edited", w.Read("ran"), "edited by "+portOf(server.Addr)+"\n")
		})
	}
}

// Data sources and ephemeral resources run there too, and what closes one.
func TestAccConnectionOfOthers(t *testing.T) {
	t.Parallel()
	w, server := there(t)
	config := `
		data "exec" "a" {
			command    = "sh ${path.cwd}/where.sh data"
			connection = local.there
		}
	`
	by := " by " + portOf(server.Addr)
	want := []string{"data" + by}
	if w.Has(enginetest.Ephemeral) {
		config += `
			ephemeral "exec" "a" {
				command    = "sh ${path.cwd}/where.sh open"
				connection = local.there
				close      = { command = "sh ${path.cwd}/where.sh close" }
			}
		`
		want = append(want, "open"+by, "close"+by)
	}
	w.Config(config)
	w.Plan()
	equal(t, "what ran", sortedWords(w.Read("ran")), sortedWords(strings.Join(want, " ")))
}

// A service is made ready here, so it stays here.
func TestAccConnectionRefusesServices(t *testing.T) {
	t.Parallel()
	w, _ := there(t)
	w.Config(`
		resource "exec_service" "s" {
			name       = "s"
			source     = { path = path.module }
			executable = { filename = "where.sh" }
			executable_object = { exec_command = "sh" }
		}
		resource "exec" "a" {
			service    = exec_service.s
			connection = local.there
		}
	`)
	w.MustFail([]string{"Unable to combine attributes", "connection"}, "plan")
}
