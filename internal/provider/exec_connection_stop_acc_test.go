//go:build linux

package provider_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// farTree takes a witness, starts a grandchild that ignores SIGTERM and holds it too, and
// waits for that. With a file "quick" it does nothing.
const farTree = `
[ ! -e "${0%/*}/quick" ] || exit 0
exec 9>"$1"
echo before
sh -c 'trap "" TERM; echo ready >&9; while :; do sleep 1; done' &
wait
`

// growFarTree starts an apply that runs the tree over the connection local.there, and returns
// once it is at work.
func growFarTree(t *testing.T, w *enginetest.Workspace, more string) (*enginetest.Running, *hosttest.Witness) {
	t.Helper()
	witness := hosttest.NewWitness(t)
	w.Write("tree.sh", farTree)
	w.Config(fmt.Sprintf(`
		resource "exec" "a" {
			command    = ["sh", "${path.cwd}/tree.sh", %q]
			connection = local.there
			%s
		}
	`, witness.Path, more))
	engine := w.Start("apply", "-auto-approve")
	witness.Await("ready")
	return engine, witness
}

// What ends a run ends all of it there, before the engine has ended, and leaves a resource
// that the next apply makes anew.
func TestAccConnectionStops(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		more string
		stop func(*enginetest.Running)
		says string
	}{
		"at a time limit": {more: `timeout = "3s"`, stop: func(*enginetest.Running) {}, says: "The command was still running after 3s"},
		"at an interrupt": {stop: (*enginetest.Running).Interrupt, says: "The command was interrupted and ended, and everything in its session with it."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := there(t)
			engine, witness := growFarTree(t, w, test.more)
			test.stop(engine)
			r := engine.Wait(interruptLimit)
			equal(t, "something of it lives", witness.Alive(), false)
			equal(t, "exit code", r.ExitCode, 1)
			saw(t, r, test.says)
			a := w.State()["exec.a"]
			equal(t, "it is tainted", a.Tainted, true)
			equal[any](t, "its output", a.Values["stdout"], "before\n")
			w.Write("quick", "")
			w.Apply()
			equal(t, "it is tainted after the next apply", w.State()["exec.a"].Tainted, false)
		})
	}
}

// Where nobody is left who could end a command there, the machine does.
func TestAccConnectionOutlivesNobody(t *testing.T) {
	t.Parallel()
	for name, kill := range map[string]func(*testing.T, *enginetest.Running){
		"the provider is killed": func(t *testing.T, engine *enginetest.Running) {
			t.Helper()
			if err := syscall.Kill(serving(t, engine).pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		},
		"the engine is killed": func(t *testing.T, engine *enginetest.Running) {
			t.Helper()
			provider := serving(t, engine)
			engine.Kill()
			t.Cleanup(func() { eventually(t, "the provider ends", provider.gone) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := there(t)
			engine, witness := growFarTree(t, w, "")
			kill(t, engine)
			equal(t, "all of it is gone", witness.AwaitGone(interruptLimit), true)
			equal(t, "the engine failed", engine.Wait(patience).ExitCode != 0, true)
		})
	}
}

// Where the connection breaks nobody knows how the command ended, so it is not a success, and
// it is run no second time beside itself.
func TestAccConnectionBreaks(t *testing.T) {
	t.Parallel()
	w := reaching(t)
	server := hosttest.NewSSHD(t)
	serverAs(t, w, "there", server.Place(t))
	engine, witness := growFarTree(t, w, "tries = 3")
	// What it has printed must get here before.
	time.Sleep(time.Second)
	server.Cut()
	equal(t, "all of it is gone", witness.AwaitGone(interruptLimit), true)
	r := engine.Wait(interruptLimit)
	equal(t, "exit code", r.ExitCode, 1)
	saw(t, r, "Unable to follow command")
	saw(t, r, "it is not known how it ended")
	a := w.State()["exec.a"]
	equal(t, "it is tainted", a.Tainted, true)
	equal(t, "its output", strings.HasPrefix(fmt.Sprint(a.Values["stdout"]), "before\n"), true)
	w.Write("quick", "")
	w.Apply()
	settled(t, w)
}
