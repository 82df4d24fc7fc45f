package provider

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// aHostKey is a public key of no machine.
const aHostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"

func TestConnectionValidation(t *testing.T) {
	t.Parallel()
	const badHost, badKey = "error: Unable to use value (connection.host)", "error: Unable to use value (connection.host_key)"
	to := func(host any) map[string]any { return map[string]any{"host": host} }
	for name, tc := range map[string]struct {
		connection any
		want       []string
	}{
		"a name":                      {to("db.example.org"), nil},
		"a short name":                {to("db"), nil},
		"an IPv4 address":             {to("192.0.2.7"), nil},
		"an IPv6 address":             {to("2001:db8::7"), nil},
		"an IPv6 address with a zone": {to("fe80::1%eth0"), nil},
		"nothing is known":            {unknown, nil},
		"the host is not known":       {to(unknown), nil},
		"everything": {map[string]any{
			"host": "db", "port": 65535, "user": "me", "host_key": aHostKey, "bastion": map[string]any{"host": "b", "port": 1, "user": "me", "host_key": aHostKey},
		}, nil},
		"a key with a comment":     {map[string]any{"host": "db", "host_key": aHostKey + " root@db\n"}, nil},
		"no host":                  {map[string]any{"port": 22}, []string{"error: Missing Configuration for Required Attribute (connection.host)"}},
		"an empty host":            {to(""), []string{badHost}},
		"white space":              {to("db "), []string{badHost}},
		"a user as well":           {to("me@db"), []string{badHost}},
		"a port as well":           {to("db:22"), []string{badHost}},
		"an address with a port":   {to("192.0.2.7:22"), []string{badHost}},
		"an address in brackets":   {to("[2001:db8::7]"), []string{badHost}},
		"a URL":                    {to("ssh://db"), []string{badHost}},
		"a path":                   {to("db/etc"), []string{badHost}},
		"port 0":                   {map[string]any{"host": "db", "port": 0}, []string{"error: Invalid Attribute Value (connection.port)"}},
		"port 65536":               {map[string]any{"host": "db", "port": 65536}, []string{"error: Invalid Attribute Value (connection.port)"}},
		"an empty user":            {map[string]any{"host": "db", "user": ""}, []string{"error: Invalid Attribute Value Length (connection.user)"}},
		"a key that is none":       {map[string]any{"host": "db", "host_key": "AAAA"}, []string{badKey}},
		"an empty key":             {map[string]any{"host": "db", "host_key": ""}, []string{badKey}},
		"a bastion without a host": {map[string]any{"host": "db", "bastion": map[string]any{}}, []string{"error: Missing Configuration for Required Attribute (connection.bastion.host)"}},
		"a bastion with a port":    {map[string]any{"host": "db", "bastion": to("b:22")}, []string{"error: Unable to use value (connection.bastion.host)"}},
		"a bastion's bad key":      {map[string]any{"host": "db", "bastion": map[string]any{"host": "b", "host_key": "x"}}, []string{"error: Unable to use value (connection.bastion.host_key)"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := attrs{"command": job, "connection": tc.connection}
			for kind, got := range map[string][]string{
				"the resource":           validated(t, config),
				"the data source":        newDataSource(t).validate(config).lines(),
				"the ephemeral resource": newEphemeralResource(t).validate(config).lines(),
				"the action":             newInvokable(t).validate(config).lines(),
			} {
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", kind, diff)
				}
			}
		})
	}
}

// A service is made ready here, so it cannot run elsewhere.
func TestConnectionExcludesService(t *testing.T) {
	t.Parallel()
	service := attrs{"service": serviceAt("/srv")}
	if diff := cmp.Diff([]string{"error: Unable to combine attributes (connection)"}, validated(t, service.with(connected))); diff != "" {
		t.Errorf("diagnostics (-want +got):\n%s", diff)
	}
	for name, config := range map[string]attrs{
		"without a connection": service, "a connection not yet known": service.with(attrs{"connection": unknown}),
		"a service not yet known": attrs{"service": unknown}.with(connected),
	} {
		if got := validated(t, config); len(got) > 0 {
			t.Errorf("the control, %s: %v", name, got)
		}
	}
}
