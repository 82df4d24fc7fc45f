//go:build unix

package remote_test

import (
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/needs"
)

func TestConformanceOverOpenSSH(t *testing.T) {
	t.Parallel()
	p := hosttest.NewOpenSSH(t).Place(t)
	hosttest.Conformance(t, func(t *testing.T) host.Host {
		t.Helper()
		return hostAt(t, machines(t, p), placeOf(p))
	})
}

// Other shells than that of this machine are /bin/sh elsewhere.
func TestConformanceUnderOtherShells(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"bash", "busybox"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := hosttest.NewSSHD(t).Place(t)
			shell := linked(t, needs.Program(t, name))
			hosttest.Conformance(t, func(t *testing.T) host.Host {
				t.Helper()
				m := machines(t, p)
				m.UseShell(shell)
				return hostAt(t, m, placeOf(p))
			})
		})
	}
}

func TestConformanceAsNobody(t *testing.T) {
	t.Parallel()
	hosttest.AskNobody(t, "TestConformanceUnderOtherShells/bash")
}
