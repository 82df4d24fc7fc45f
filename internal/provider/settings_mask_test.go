package provider

import (
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// A command can get hold of the provider's own secrets, from a file say, and print them.
func TestDiagnosticsMaskCredentials(t *testing.T) {
	t.Parallel()
	for name, credential := range map[string]source.Credential{
		"a password":   {Password: secret},
		"a key":        {PrivateKey: secret},
		"a passphrase": {Passphrase: secret},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := hosttest.NewFake(t)
			h.On("job").Exit(1).Stdout(said).Stderr(said)
			s := settingsOf(h, guardsInApply)
			s.credentials = []source.Credential{credential}
			b := newBoundaryWithSettings(t, h, s)
			b.local = h
			text := b.apply(nil, nil, attrs{"command": "job"}).diags.text() + b.logs.String()
			shows(t, "a message or the log", text)
			for _, control := range []string{"Unable to run command", plainly} {
				if !strings.Contains(text, control) {
					t.Errorf("the control: %q is not in\n%s", control, text)
				}
			}
		})
	}
}
