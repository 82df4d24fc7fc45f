//go:build unix

package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// The way in is held by no plan and no state, shown by no message, and logged by nobody,
// whether it is accepted or refused.
func TestAccConnectionSecrets(t *testing.T) {
	t.Parallel()
	const password = "Kr4bbe-9!zz"
	w := reaching(t, `password = file("password")`, `connect_timeout = "0s"`)
	server := hosttest.NewSSHD(t, hosttest.WithPassword(password))
	serverAs(t, w, "there", server.Place(t))
	// The key is another one, so that it is shown in vain and the password lets in.
	key := hosttest.NewSSHD(t).ClientKey
	w.Write("key", key)
	w.Write("password", password)
	w.Config(`
		resource "exec" "a" {
			command    = "sh ${path.cwd}/where.sh in-plain-sight"
			unless     = "false"
			connection = local.there
			destroy    = { command = "true" }
		}
	`)
	w.Setenv("TF_LOG", "trace")
	w.Setenv("TF_LOG_PATH", w.Path("engine.log"))
	var shown strings.Builder
	do := func(code int, args ...string) {
		t.Helper()
		r := w.Run(args...)
		equal(t, args[0]+" exits", r.ExitCode, code)
		shown.WriteString(r.Output())
	}
	do(0, "plan", "-out=tfplan")
	do(0, "show", "-json", "tfplan")
	shown.WriteString(w.PlanFile())
	do(0, "apply", "tfplan")
	equal(t, "what ran", w.Read("ran"), "in-plain-sight by "+portOf(server.Addr)+"\n")
	w.Write("password", "not "+password)
	do(1, "apply", "-auto-approve")
	do(0, "show", "-json")
	state := w.Read("terraform.tfstate")
	w.Write("password", password)
	do(0, "destroy", "-auto-approve")

	for what, text := range map[string]string{"what was printed": shown.String(), "the state": state, "the log": w.Read("engine.log")} {
		wantNoSecret(t, what, text, append(keyLines(key), password))
		equal(t, what+" holds what it should", strings.Contains(text, "in-plain-sight"), true)
	}
	if !strings.Contains(shown.String(), "Unable to reach machine") {
		t.Errorf("the control: the way in was not refused:\n%s", shown.String())
	}
}

// keyLines are the lines of a key that nothing else holds.
func keyLines(key string) []string {
	lines := strings.Split(strings.TrimSpace(key), "\n")
	return lines[1 : len(lines)-1]
}
