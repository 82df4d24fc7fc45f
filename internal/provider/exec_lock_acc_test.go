package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// Each command says when it begins and ends, so that runs which overlap are seen.
const overlapping = `
	resource "exec" "a" {
		count   = 4
		shell   = true
		command = "echo begin >> ran; sleep 0.3; echo end >> ran"
		always  = true
		LOCK
	}
`

func TestAccExecLock(t *testing.T) {
	t.Parallel()
	inTurn := strings.TrimSpace(strings.Repeat("begin end ", 4))
	// Locks belong to the machine, so the name must be one that nobody else uses.
	w := enginetest.New(t)
	lock := fmt.Sprintf("lock = %q", "acceptance "+w.Dir)
	w.Config(strings.Replace(overlapping, "LOCK", lock+"\ntimeout = \"800ms\"", 1))
	w.Apply() // Waiting does not count towards timeout.
	equal(t, "what ran with a lock", runs(t, w), inTurn)

	w.Config(strings.Replace(overlapping, "LOCK", "", 1))
	w.Apply()
	if got := runs(t, w); got == inTurn {
		t.Error("without a lock nothing overlapped, so this test proves nothing")
	}

	// The lock holds across processes too.
	other := enginetest.New(t)
	for _, each := range []*enginetest.Workspace{w, other} {
		each.Config(strings.ReplaceAll(strings.Replace(overlapping, "LOCK", lock, 1), ">> ran", fmt.Sprintf(">> '%s'", w.Path("ran"))))
	}
	second := other.Command("apply", "-auto-approve")
	if err := second.Start(); err != nil {
		t.Fatal(err)
	}
	w.Apply()
	if err := second.Wait(); err != nil {
		t.Fatal(err)
	}
	equal(t, "what two engines ran", runs(t, w), inTurn+" "+inTurn)

	// A guard is asked once the lock is held, so a run by somebody else counts.
	w.Config(fmt.Sprintf(`
		resource "exec" "once" {
			count   = 3
			shell   = true
			command = "echo once >> ran; sleep 0.2; touch made"
			creates = "made"
			%s
		}
	`, lock))
	w.Apply()
	equal(t, "what ran until one of them did it", runs(t, w), "once")
}

// Many resources with guards of every kind in one configuration.
func TestAccExecManyResources(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	w.Config(`
		resource "exec" "a" {
			count   = 100
			command = ["touch", "made.${count.index}"]
			creates = "made.${count.index}"
			unless  = [["test", "-e", "made.${count.index}"]]
			onlyif  = ["test ! -e made.${count.index}", "true"]
		}
	`)
	stage(t, w.Dir, "+made.7", "+made.8", "+made.9")
	plan := w.Plan()
	saw(t, plan.Result, "Command is not needed at present")
	w.Must("apply", "tfplan")
	state := w.State()
	equal(t, "resources", len(state), 100)
	ran := 0
	for _, r := range state {
		if r.Values["run_id"] != nil {
			ran++
		}
	}
	equal(t, "how many ran", ran, 97)
	settled(t, w)
	for i := range 100 {
		if i%10 == 0 {
			w.Remove(fmt.Sprintf("made.%d", i))
		}
	}
	open := 0
	for _, c := range w.Plan().ResourceChanges {
		if c.MayRun() {
			open++
		}
	}
	equal(t, "how many are left open", open, 10)
	w.Must("apply", "tfplan")
	settled(t, w)
}
