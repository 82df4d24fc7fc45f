//go:build unix

package local_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/local"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	hosttest.Conformance(t, func(*testing.T) host.Host { return local.New() })
}

func TestConformanceAsNobody(t *testing.T) {
	t.Parallel()
	hosttest.AskNobody(t, "TestConformance")
}

func TestPrivateVariablesAreNotInherited(t *testing.T) {
	t.Setenv("LOCAL_TEST_PRIVATE", "p")
	t.Setenv("LOCAL_TEST_SHARED", "s")
	show := host.Command{Argv: []string{"/bin/sh", "-c", `printf '%s,%s' "$LOCAL_TEST_PRIVATE" "$LOCAL_TEST_SHARED"`}}
	for name, tc := range map[string]struct {
		host *local.Host
		env  map[string]string
		want string
	}{
		"hidden":                           {local.New("LOCAL_TEST_PRIVATE"), nil, ",s"},
		"control: inherited":               {local.New(), nil, "p,s"},
		"one that the command itself sets": {local.New("LOCAL_TEST_PRIVATE"), map[string]string{"LOCAL_TEST_PRIVATE": "own"}, "own,s"},
	} {
		var stdout strings.Builder
		c := show
		c.Env, c.Stdout = tc.env, &stdout
		if _, err := tc.host.Run(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if stdout.String() != tc.want {
			t.Errorf("%s: the command sees %q, want %q", name, stdout.String(), tc.want)
		}
	}
}
