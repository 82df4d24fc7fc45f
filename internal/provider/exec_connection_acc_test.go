package provider_test

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// closedPort returns a port of this machine on which nobody answers.
func closedPort(t *testing.T) int {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	at, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		t.Fatalf("it listens at %v", l.Addr())
	}
	return at.Port
}

// Engines have a block called connection, and still hand over an attribute of that name, in
// JSON within "_". Where nobody answers, a plan warns, an apply fails, and nothing runs.
func TestAccConnectionWithoutTheMachine(t *testing.T) {
	t.Parallel()
	port := closedPort(t)
	target := fmt.Sprintf("ssh://me@127.0.0.1:%d", port)
	const machine = `{"host": "127.0.0.1", "port": PORT, "user": "me"}`
	for name, config := range map[string]struct{ file, text string }{
		"HCL": {"main.tf", `
			provider "exec" {
				connect_timeout = "0s"
			}
			resource "exec" "a" {
				command    = ["touch", "ran"]
				creates    = "ran"
				connection = ` + machine + `
			}`},
		"JSON": {"main.tf.json", `{
			"provider": {"exec": {"connect_timeout": "0s"}},
			"resource": {"exec": {"a": {"command": ["touch", "ran"], "creates": "ran", "_": {"connection": ` + machine + `}}}}
		}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := enginetest.New(t)
			w.Write(config.file, strings.ReplaceAll(config.text, "PORT", fmt.Sprint(port)))
			plan := w.Plan()
			saw(t, plan.Result, "Unable to reach machine during plan")
			saw(t, plan.Result, target)
			w.MustFail([]string{"Unable to reach machine", "Nothing was run"}, "apply", "-auto-approve")
			if _, err := os.Stat(w.Path("ran")); err == nil {
				t.Error("the command ran, and here at that")
			}
			equal(t, "resources", len(w.State()), 0)
		})
	}
}
