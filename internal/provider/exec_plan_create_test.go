package provider

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/service"
)

// A create stays a create and its guards may flip, so every plan of one is the same. What
// the guards say at present is a warning.
func TestPlanOfACreation(t *testing.T) {
	t.Parallel()
	const notNeeded, noAnswer = "warning: Command is not needed at present", "warning: Unable to ask guard during plan"
	missing := &host.StartError{Reason: host.ProgramNotFound, Subject: "check"}
	cases := map[string]struct {
		config attrs
		guards string
		local  func(*hosttest.Fake)
		asked  []string
		told   []string
	}{
		"without a guard nothing is asked": {},
		"a guard that says run": {
			config: attrs{"creates": "/c"},
			local:  func(h *hosttest.Fake) { h.File("/c", false) },
			asked:  []string{"exists /c"},
		},
		"a creates that exists": {
			config: attrs{"creates": "/c", "unless": "check"},
			local:  func(h *hosttest.Fake) { h.File("/c", true) },
			asked:  []string{"exists /c"}, told: []string{notNeeded + " (creates)"},
		},
		"a removes that does not": {
			config: attrs{"removes": "/r"},
			local:  func(h *hosttest.Fake) { h.File("/r", false) },
			asked:  []string{"exists /r"}, told: []string{notNeeded + " (removes)"},
		},
		"an unless that exits 0": {
			config: attrs{"unless": "check"},
			local:  func(h *hosttest.Fake) { h.On("check") },
			asked:  []string{"run check"}, told: []string{notNeeded + " (unless)"},
		},
		"an onlyif that exits 1": {
			config: attrs{"onlyif": "check"},
			local:  func(h *hosttest.Fake) { h.On("check").Exit(1) },
			asked:  []string{"run check"}, told: []string{notNeeded + " (onlyif)"},
		},
		"a guard that could not start": {
			config: attrs{"unless": "check"},
			local:  func(h *hosttest.Fake) { h.On("check").Fail(missing) },
			asked:  []string{"run check"}, told: []string{noAnswer + " (unless)"},
		},
		"a path that may not be looked at": {
			config: attrs{"creates": "/c"},
			local:  func(h *hosttest.Fake) { h.FileError("/c", errDenied) },
			asked:  []string{"exists /c"}, told: []string{noAnswer + " (creates)"},
		},
		"guards = apply asks nothing": {
			config: attrs{"creates": "/c"}, guards: guardsInApply,
		},
		"a trigger that is set makes the guards void": {
			config: attrs{"creates": "/c", "subscribe": "x"},
		},
		"a trigger that is not yet known makes them void too": {
			config: attrs{"creates": "/c", "subscribe": unknown},
		},
		"a trigger that is a typed null does not": {
			config: attrs{"creates": "/c", "subscribe": null(tftypes.String)},
			local:  func(h *hosttest.Fake) { h.File("/c", true) },
			asked:  []string{"exists /c"}, told: []string{notNeeded + " (creates)"},
		},
		"recheck_on has them asked": {
			config: attrs{"creates": "/c", "refresh_only": true, "recheck_on": "x"},
			local:  func(h *hosttest.Fake) { h.File("/c", true) },
			asked:  []string{"exists /c"}, told: []string{notNeeded + " (creates)"},
		},
		"a guard that is not yet known is not asked": {
			config: attrs{"creates": "/c", "unless": unknown},
		},
		"a guard with an element not yet known is not asked": {
			config: attrs{"creates": []any{"/c", unknown}},
		},
		"a guard in a directory that is not yet known is not asked": {
			config: attrs{"creates": "c", "cwd": unknown},
		},
		"a guard in an environment that is not yet known is not asked": {
			config: attrs{"unless": "check", "environment": map[string]any{"A": unknown}},
		},
		"an unknown command leaves the guards alone": {
			config: attrs{"command": unknown, "creates": "/c"},
			local:  func(h *hosttest.Fake) { h.File("/c", true) },
			asked:  []string{"exists /c"}, told: []string{notNeeded + " (creates)"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := hosttest.NewFake(t)
			if tc.local != nil {
				tc.local(h)
			}
			s := settingsOf(h, guardsInPlan)
			if tc.guards != "" {
				s.guards = tc.guards
			}
			got, diags := planned(t, s, nil, configured(tc.config))
			want := mayRun.of(attrs{"id": unknown})
			if diff := cmp.Diff(want, got.only(computedAttributes...)); diff != "" {
				t.Errorf("planned values (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.told, told(diags)); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(append([]string{}, tc.asked...), h.Log()); diff != "" {
				t.Errorf("what was asked (-want +got):\n%s", diff)
			}
		})
	}
}

// Guards run where and as the command would, and are told apart from it by nothing but
// their words and their input.
func TestPlanAsksGuardsInTheCommandsSurroundings(t *testing.T) {
	t.Parallel()
	h := hosttest.NewFake(t)
	h.On("/bin/bash", "-c", "check | grep x").Exit(1)
	h.On("test", "-f", "x").Exit(1)
	umask := uint32(0o27)
	_, diags := planned(t, settingsOf(h, guardsInPlan), nil, attrs{
		"command": "job", "interpreter": []any{"/bin/bash", "-c"}, "stdin": "not for guards",
		"unless": []any{"check | grep x", []any{"test", "-f", "x"}},
		"cwd":    "/work", "path": []any{"/opt/bin", "/bin"}, "inherit_environment": false,
		"environment": map[string]any{"A": "1", "B": nil}, "sensitive_environment": map[string]any{"S": "secret"},
		"user": "nobody", "group": "100", "umask": "27",
	})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	want := host.Command{
		Argv: []string{"/bin/bash", "-c", "check | grep x"}, Dir: "/work", Path: []string{"/opt/bin", "/bin"},
		Env: map[string]string{"A": "1", "S": "secret"}, CleanEnv: true, User: "nobody", Group: "100", Umask: &umask,
	}
	second := want
	second.Argv = []string{"test", "-f", "x"}
	if diff := cmp.Diff([]host.Command{want, second}, h.Commands()); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
}

// The guards of a service are asked where it is, whatever of its inputs is not known yet.
func TestPlanAsksGuardsWhereTheServiceIs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "run.sh"), nil, 0o600))
	for name, inputs := range map[string]any{
		"known inputs": map[string]any{"x": "1"}, "an input not yet known": map[string]any{"x": unknown}, "no input known": unknown,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := hosttest.NewFake(t)
			h.On("check").Exit(1)
			s := settingsOf(h, guardsInPlan)
			s.machine = func() (service.Machine, error) { return service.Machine{Host: h}, nil }
			_, diags := planned(t, s, nil, attrs{"service": serviceAt(dir), "inputs": inputs, "unless": "check"})
			if len(diags) > 0 {
				t.Fatal(diags)
			}
			if got := h.Commands(); len(got) != 1 || got[0].Dir != dir {
				t.Errorf("asked %v, want once in %s", got, dir)
			}
		})
	}
}
