//go:build unix

package provider_test

import (
	"fmt"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// Guards are asked there, in plans too. Each of these answers otherwise when it is asked
// here: the paths are relative to where a login begins, and the commands look for a
// connection.
func TestAccConnectionGuards(t *testing.T) {
	t.Parallel()
	w, server := there(t)
	account, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	fromHome, err := filepath.Rel(account.HomeDir, w.Dir)
	if err != nil {
		t.Fatal(err)
	}
	const check = `[["sh", "-c", "test -n \"$SSH_CONNECTION\" && test -e $0", "${path.cwd}/%s"]]`
	tests := map[string]struct{ guard, calm, drifts, says string }{
		"creates": {"creates = \"" + fromHome + "/made\"", "+made", "-made", `creates "` + fromHome + `/made" does not exist`},
		"removes": {"removes = \"" + fromHome + "/left\"", "", "+left", `removes "` + fromHome + `/left" exists`},
		"unless":  {"unless = " + fmt.Sprintf(check, "valid"), "+valid", "-valid", "unless[0] exited 1"},
		"onlyif":  {"onlyif = " + fmt.Sprintf(check, "stale"), "", "+stale", "onlyif[0] exited 0"},
		"control": {"unless = " + fmt.Sprintf(check, "always"), "+always", "", ""},
	}
	var hcl strings.Builder
	for name, test := range tests {
		fmt.Fprintf(&hcl, "resource \"exec\" %q {\ncommand = \"sh ${path.cwd}/where.sh %s\"\nconnection = local.there\n%s\n}\n", name, name, test.guard)
		if test.calm != "" {
			stage(t, w.Dir, test.calm)
		}
	}
	w.Config(hcl.String())
	saw(t, w.Plan().Result, "Command is not needed at present")
	w.Must("apply", "tfplan")
	equal(t, "what ran while no guard wanted it", w.Read("ran"), "")
	settled(t, w)
	for _, test := range tests {
		if test.drifts != "" {
			stage(t, w.Dir, test.drifts)
		}
	}
	plan := w.Plan()
	equal(t, "what the plan ran", w.Read("ran"), "")
	var want []string
	for name, test := range tests {
		c := plan.Change(t, "exec."+name)
		equal(t, name+" may run", c.MayRun(), test.drifts != "")
		if test.drifts != "" {
			equal[any](t, name+" says", c.Change.Before["noop_message"], "Would have executed: "+test.says)
			want = append(want, name+" by "+portOf(server.Addr))
		}
	}
	w.Must("apply", "tfplan")
	equal(t, "what ran then", sortedWords(w.Read("ran")), sortedWords(strings.Join(want, " ")))
}

// A machine that is down makes no plan fail. It makes an apply fail, which loses nothing, and
// the next one goes on from there.
func TestAccConnectionWhileTheMachineIsDown(t *testing.T) {
	t.Parallel()
	w, server := there(t, `connect_timeout = "0s"`)
	config := `
		resource "exec" "guarded" {
			command    = "sh ${path.cwd}/where.sh WORD"
			connection = local.there
			unless     = ["test -e ${path.cwd}/done"]
		}
		resource "exec" "remembered" {
			command    = "sh ${path.cwd}/where.sh once"
			connection = local.there
		}
	`
	w.Config(strings.Replace(config, "WORD", "first", 1))
	w.Apply()
	w.Write("done", "")
	settled(t, w)
	server.Stop()
	w.Config(strings.Replace(config, "WORD", "second", 1))
	plan := w.Plan()
	saw(t, plan.Result, "Unable to reach machine during plan")
	equal(t, "the guarded one may run", plan.Change(t, "exec.guarded").MayRun(), true)
	equal(t, "what asks nothing may run", plan.Change(t, "exec.remembered").MayRun(), false)
	before := w.State()
	w.MustFail([]string{"Unable to reach machine", "Nothing was run."}, "apply", "tfplan")
	if diff := cmp.Diff(before, w.State(), cmp.FilterPath(observed, cmp.Ignore())); diff != "" {
		t.Errorf("the state (-before +after):\n%s", diff)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	w.Apply()
	settled(t, w)
	w.Remove("done")
	w.Apply()
	by := " by " + portOf(server.Addr)
	equal(t, "what ran", sortedWords(w.Read("ran")), sortedWords("first"+by+" once"+by+" second"+by))
}

// observed are the attributes in which a refresh notes what it saw.
func observed(p cmp.Path) bool {
	key, ok := p.Last().(cmp.MapIndex)
	return ok && (key.Key().String() == "in_sync" || key.Key().String() == "noop_message")
}

// An apply waits for a machine that comes up while it does.
func TestAccConnectionWaits(t *testing.T) {
	t.Parallel()
	w, server := there(t, `connect_timeout = "1m"`)
	w.Config(`
		resource "exec" "a" {
			command    = "sh ${path.cwd}/where.sh a"
			connection = local.there
		}
	`)
	server.Stop()
	up := make(chan error, 1)
	begun := time.Now()
	time.AfterFunc(2500*time.Millisecond, func() { up <- server.Start() })
	w.Apply()
	if err := <-up; err != nil {
		t.Fatal(err)
	}
	equal(t, "it waited", time.Since(begun) > 2500*time.Millisecond, true)
	equal(t, "what ran", w.Read("ran"), "a by "+portOf(server.Addr)+"\n")
}

// A machine that the same apply makes has no address in the plan, and a key that it makes
// is not known either. Then nobody is asked, and the command may run.
func TestAccConnectionNotKnownYet(t *testing.T) {
	t.Parallel()
	const host = `merge(local.there, { host = terraform_data.made.output })`
	for name, test := range map[string]struct {
		settings, made, connection string
		says                       any
	}{
		"the host": {made: `"127.0.0.1"`, connection: host},
		"the way in": {
			settings: "private_key = terraform_data.made.output", made: `file("key")`, connection: "local.there",
			says: "May execute: guards are asked during apply (the provider's way into the machine is not known yet)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, server := there(t)
			if test.settings != "" {
				w.Write("provider.tf", "provider \"exec\" {\n"+test.settings+"\n}\n")
			}
			w.Config(`
				variable "generation" { default = 1 }
				resource "terraform_data" "made" {
					input            = ` + test.made + `
					triggers_replace = var.generation
				}
				resource "exec" "a" {
					command    = "sh ${path.cwd}/where.sh a"
					connection = ` + test.connection + `
					unless     = ["test -e ${path.cwd}/done"]
				}
			`)
			target := targetAt(server.Place(t))
			created := w.Plan().Change(t, "exec.a")
			equal(t, "what the plan does", created.Action(), "create")
			equal(t, "the target is not known", created.Change.AfterUnknown["target"] == true, test.says == nil)
			w.Must("apply", "tfplan")
			equal[any](t, "the target", w.Value("exec.a", "target"), target)
			w.Write("done", "")
			settled(t, w)

			again := w.Plan("-var=generation=2").Change(t, "exec.a")
			equal(t, "it may run", again.MayRun(), true)
			equal(t, "what it says", again.Change.Before["noop_message"], test.says)
			w.Must("apply", "tfplan")
			equal(t, "what ran", w.Read("ran"), "a by "+portOf(server.Addr)+"\n")
		})
	}
}

// A machine that shows another key than expected gets nothing: not even a guard is asked.
func TestAccConnectionRefusesAnotherKey(t *testing.T) {
	t.Parallel()
	w, server := there(t)
	other := hosttest.NewSSHD(t)
	w.Config(`
		variable "host_key" {}
		resource "exec" "a" {
			command    = "sh ${path.cwd}/where.sh a"
			connection = merge(local.there, { host_key = var.host_key })
			unless     = "sh ${path.cwd}/where.sh guard"
		}
	`)
	own, wrong := server.Place(t).HostKey, other.Place(t).HostKey
	w.Setenv("TF_VAR_host_key", wrong)
	saw(t, w.Plan().Result, "Unable to reach machine during plan")
	w.MustFail([]string{"Unable to reach machine", fingerprint(t, own), fingerprint(t, wrong), "Nothing was run."}, "apply", "-auto-approve")
	equal(t, "what ran", w.Read("ran"), "")
	w.Setenv("TF_VAR_host_key", own)
	w.Apply()
	equal(t, "what was asked with the right key", strings.Join(slices.Compact(w.Lines("ran")), ", "), "guard by "+portOf(server.Addr))
}
