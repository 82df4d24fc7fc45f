package provider

import (
	"crypto/ed25519"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"golang.org/x/crypto/ssh"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/remote"
)

// privateKey returns a key in the form in which people have them.
func privateKey(t *testing.T, passphrase string) string {
	t.Helper()
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	block, err := ssh.MarshalPrivateKey(key, "")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block))
}

// The way in comes from the variables, else from the configuration. No t.Parallel: the
// environment is one for all.
func TestAccessSettings(t *testing.T) {
	key, locked := privateKey(t, ""), privateKey(t, "open")
	yes, no := true, false
	const refused = "error: " + summarySettings
	for name, tc := range map[string]struct {
		variables map[string]string
		config    attrs
		want      remote.Access
		timeout   time.Duration
		unknown   bool
		told      []string
	}{
		"nothing is said": {timeout: 5 * time.Minute},
		"all is configured": {
			config:  attrs{"password": "pw", "private_key": locked, "passphrase": "open", "agent": true, "known_hosts_file": "/k", "connect_timeout": "1m"},
			want:    remote.Access{Password: "pw", PrivateKey: locked, Passphrase: "open", Agent: &yes, KnownHostsFile: "/k"},
			timeout: time.Minute,
		},
		"the variables win": {
			variables: map[string]string{
				passwordVariable: "other", privateKeyVariable: key, agentVariable: "false", knownHostsVariable: "/v", connectTimeoutVariable: "0s",
			},
			config: attrs{"password": "pw", "private_key": "unusable", "agent": true, "known_hosts_file": "/k", "connect_timeout": "1m"},
			want:   remote.Access{Password: "other", PrivateKey: key, Agent: &no, KnownHostsFile: "/v"},
		},
		"the variables alone": {
			variables: map[string]string{privateKeyVariable: locked, passphraseVariable: "open"},
			want:      remote.Access{PrivateKey: locked, Passphrase: "open"}, timeout: 5 * time.Minute,
		},
		"empty texts are none":     {config: attrs{"password": "", "private_key": "", "passphrase": ""}, timeout: 5 * time.Minute},
		"a password not yet known": {config: attrs{"password": unknown}, timeout: 5 * time.Minute, unknown: true},
		"a passphrase beside a key that is not yet known": {
			config: attrs{"private_key": unknown, "passphrase": "open"}, want: remote.Access{Passphrase: "open"}, timeout: 5 * time.Minute, unknown: true,
		},
		"a key that is known by the variable": {
			variables: map[string]string{privateKeyVariable: key}, config: attrs{"private_key": unknown},
			want: remote.Access{PrivateKey: key}, timeout: 5 * time.Minute,
		},
		"an agent not yet known":            {config: attrs{"agent": unknown}, timeout: 5 * time.Minute, unknown: true},
		"a file not yet known":              {config: attrs{"known_hosts_file": unknown}, timeout: 5 * time.Minute, unknown: true},
		"a limit not yet known":             {config: attrs{"connect_timeout": unknown}, timeout: 5 * time.Minute},
		"a key that is none":                {config: attrs{"private_key": "hunter22"}, told: []string{refused + " (private_key)"}},
		"a key without its passphrase":      {config: attrs{"private_key": locked}, told: []string{refused + " (private_key)"}},
		"a key with another passphrase":     {config: attrs{"private_key": locked, "passphrase": "hunter22"}, told: []string{refused + " (private_key)"}},
		"a variable that holds no key":      {variables: map[string]string{privateKeyVariable: "hunter22"}, told: []string{refused}},
		"a passphrase alone":                {config: attrs{"passphrase": "hunter22"}, told: []string{refused + " (passphrase)"}},
		"a passphrase alone, by a variable": {variables: map[string]string{passphraseVariable: "hunter22"}, told: []string{refused}},
		"an agent that is neither":          {variables: map[string]string{agentVariable: "perhaps"}, told: []string{refused}},
		"a limit that is none":              {variables: map[string]string{connectTimeoutVariable: "soon"}, told: []string{refused}},
	} {
		t.Run(name, func(t *testing.T) {
			clearVariables(t)
			for variable, value := range tc.variables {
				t.Setenv(variable, value)
			}
			resp := configureResponse(t, &execProvider{}, tc.config)
			if diff := cmp.Diff(tc.told, told(resp.Diagnostics)); diff != "" {
				t.Fatalf("diagnostics (-want +got):\n%s", diff)
			}
			for _, d := range resp.Diagnostics {
				if strings.Contains(d.Detail(), "hunter22") {
					t.Errorf("the detail shows a secret:\n%s", d.Detail())
				}
			}
			s, ok := resp.ResourceData.(*settings)
			if !ok {
				return
			}
			if diff := cmp.Diff(tc.want, s.access); diff != "" {
				t.Errorf("the way in (-want +got):\n%s", diff)
			}
			if s.connectTimeout != tc.timeout || s.accessUnknown != tc.unknown {
				t.Errorf("the limit is %s, want %s; not yet known: %v, want %v", s.connectTimeout, tc.timeout, s.accessUnknown, tc.unknown)
			}
			there := converge.Guards{Creates: []string{"/c"}}
			if got := s.notAsked(there, &remote.Place{}) != ""; got != tc.unknown {
				t.Errorf("a guard is asked there: %v", !got)
			}
			if why := s.notAsked(there, nil); why != "" {
				t.Errorf("a guard is not asked here: %s", why)
			}
		})
	}
}

// accessModel returns a configuration of the provider.
func accessModel(t *testing.T, config attrs) providerModel {
	t.Helper()
	var schema provider.SchemaResponse
	(&execProvider{}).Schema(t.Context(), provider.SchemaRequest{}, &schema)
	raw := encode(t, schema.Schema.Type().TerraformType(t.Context()), map[string]any(config))
	var diags diag.Diagnostics
	m, ok := read[providerModel](t.Context(), tfsdk.Config{Schema: schema.Schema, Raw: raw}, &diags)
	if !ok {
		t.Fatal(diags)
	}
	return m
}

// A passphrase needs a key, which may come from the environment, or be known later.
func TestPassphraseAloneIsRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		variable string
		config   providerModel
		refused  bool
	}{
		"alone":                      {config: accessModel(t, attrs{"passphrase": "open"}), refused: true},
		"empty":                      {config: accessModel(t, attrs{"passphrase": ""})},
		"not yet known":              {config: accessModel(t, attrs{"passphrase": unknown})},
		"beside a key":               {config: accessModel(t, attrs{"passphrase": "open", "private_key": "key"})},
		"beside one not yet known":   {config: accessModel(t, attrs{"passphrase": "open", "private_key": unknown})},
		"beside one in the variable": {variable: "key", config: accessModel(t, attrs{"passphrase": "open"})},
	} {
		t.Run(name, func(t *testing.T) {
			clearVariables(t)
			t.Setenv(privateKeyVariable, tc.variable)
			var diags diag.Diagnostics
			tc.config.validate(&diags)
			if diags.HasError() != tc.refused {
				t.Errorf("diagnostics %v", told(diags))
			}
		})
	}
}

// The way in is nowhere to be seen, whatever a command prints.
func TestDiagnosticsMaskTheWayIn(t *testing.T) {
	t.Parallel()
	for name, access := range map[string]remote.Access{
		"a password": {Password: secret}, "a key": {PrivateKey: secret}, "a passphrase": {Passphrase: secret},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, far := withFar(t)
			s.access = access
			b := newBoundaryWithSettings(t, s.local, s)
			b.local = far.Fake
			far.On("job").Exit(1).Stdout(said).Stderr(said)
			text := b.apply(nil, nil, configured(connected)).diags.text() + b.logs.String()
			far.answer = fmt.Errorf("%s was refused", secret)
			text += b.apply(nil, nil, configured(connected)).diags.text()
			shows(t, "a message or the log", text)
			for _, control := range []string{"Unable to run command", plainly, "was refused"} {
				if !strings.Contains(text, control) {
					t.Errorf("the control: %q is not in\n%s", control, text)
				}
			}
		})
	}
}

// Commands of this machine inherit its environment, and the way into others is none of
// their business.
func TestTheWayInIsNotInherited(t *testing.T) {
	t.Parallel()
	for _, name := range []string{passwordVariable, privateKeyVariable, passphraseVariable} {
		if !slices.Contains(private, name) {
			t.Errorf("%s is inherited", name)
		}
	}
}

// Connections are needed until the last thing is closed.
func TestConnectionsAreClosedLast(t *testing.T) {
	t.Parallel()
	var o openings
	var log []string
	o.atEnd(func() { log = append(log, "connections") })
	o.add("a", func() diag.Diagnostics { log = append(log, "a"); return nil })
	o.closeAll()
	o.closeAll()
	if diff := cmp.Diff([]string{"a", "connections"}, log); diff != "" {
		t.Errorf("what was closed (-want +got):\n%s", diff)
	}
}
