package service

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// What controls the engine that runs the provider, and what the two speak by, is none of
// the business of an OpenTofu that a service runs.
func TestTofuEnvironment(t *testing.T) {
	t.Parallel()
	inherited := []string{
		"TF_VAR_x=1", "TF_LOG=trace", "PLUGIN_CLIENT_CERT=pem", "PLUGIN_UNIX_SOCKET_DIR=/tmp", "PATH=/bin", "PWD=/", "AWS_REGION=inherited", "HOME=inherited",
	}
	cases := map[string]struct {
		base host.Command
		want map[string]string
	}{
		"as it is":          {host.Command{}, map[string]string{"TF_IN_AUTOMATION": "1", "AWS_REGION": "inherited", "HOME": "inherited"}},
		"what is set wins":  {host.Command{Env: map[string]string{"AWS_REGION": "x", "TF_VAR_x": "y"}}, map[string]string{"TF_IN_AUTOMATION": "1", "HOME": "inherited"}},
		"another user":      {host.Command{User: "nobody"}, map[string]string{"TF_IN_AUTOMATION": "1", "AWS_REGION": "inherited"}},
		"nothing inherited": {host.Command{CleanEnv: true}, map[string]string{"TF_IN_AUTOMATION": "1"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, (&Site{Base: tc.base}).tofuEnvironment(inherited)); diff != "" {
				t.Errorf("environment (-want +got):\n%s", diff)
			}
		})
	}
}
