package service

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

func TestOpenTofuPlanKnowsWhereItsStateIs(t *testing.T) {
	t.Parallel()
	inside := func(s *tofuScene) string { return filepath.Join(s.placed.root, "live", "x.tfstate") }
	cases := map[string]struct {
		kind    OpenTofuPlan
		main    string
		edit    func(s *tofuScene)
		backend string
		reason  StateReason
		// early says that it is known without a run.
		early, ok bool
	}{
		"neither backend nor state file": {main: `output "o" { value = 1 }`, reason: StateUnset, early: true},
		"a backend in a comment is none": {main: "# no backend \"s3\"\n", reason: StateUnset},
		"a backend":                      {main: withBackend, backend: remoteBackend, ok: true},
		"a state file and settings of a backend": {
			kind: OpenTofuPlan{StateFile: "/x", BackendConfig: map[string]string{"a": "b"}}, main: withBackend, reason: StateTwice, early: true,
		},
		"a state file and another backend": {
			kind: OpenTofuPlan{StateFile: "/x"}, main: withBackend, backend: remoteBackend, reason: StateTwice,
		},
		"a state file in place of the local backend's": {
			kind: OpenTofuPlan{StateFile: "/x"}, main: withBackend, backend: `{"type":"local","config":{"path":null}}`, ok: true,
		},
		"a state file in the source": {
			edit: func(s *tofuScene) { s.runner.Kind = OpenTofuPlan{StateFile: inside(s)} }, reason: StateInSource, early: true,
		},
		"a local backend without a path":         {main: withBackend, backend: `{"type":"local","config":{"path":null}}`, reason: StateRelative},
		"a local backend with a path":            {main: withBackend, backend: `{"type":"local","config":{"path":"/srv/x"}}`, ok: true},
		"a local backend with a relative path":   {main: withBackend, backend: `{"type":"local","config":{"path":"x"}}`, reason: StateRelative},
		"a backend's settings without a backend": {main: "", kind: OpenTofuPlan{BackendConfig: map[string]string{"path": "/x"}}, reason: StateUnset, early: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scene := newTofuScene(t, tc.kind, tc.main)
			if tc.edit != nil {
				tc.edit(scene)
			}
			kind, _ := scene.runner.Kind.(OpenTofuPlan)
			if err := kind.Check(scene.runner.Definition); (err != nil) != tc.early {
				t.Errorf("Check() = %v, want an error: %t", err, tc.early)
			}
			if !tc.early {
				init := []string{"tofu", "-chdir=CACHE/source/live", "init", "-input=false", "-no-color", "-reconfigure"}
				scene.initialized(tc.backend, append(init, "-var-file=PRIVATE/inputs.tfvars.json")...)
			}
			ready, err := scene.runner.Prepare(t.Context(), host.Command{})
			if tc.ok {
				if err != nil {
					t.Fatal(err)
				}
				ready.Close()
				return
			}
			if fault, ok := errors.AsType[*StateError](err); !ok || fault.Reason != tc.reason {
				t.Errorf("Prepare() = %v, want %v", err, tc.reason)
			}
		})
	}
}

func TestOpenTofuPlanFindsAStateThatALinkLeadsIntoTheSource(t *testing.T) {
	t.Parallel()
	scene := newTofuScene(t, OpenTofuPlan{}, "")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(scene.placed.root, link); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		filepath.Join(link, "new", "x.tfstate"):                true,
		filepath.Join(link+"2", "x.tfstate"):                   false,
		filepath.Join(scene.placed.root+"-state", "x.tfstate"): false,
	} {
		err := OpenTofuPlan{StateFile: path}.Check(scene.runner.Definition)
		if _, refused := errors.AsType[*StateError](err); refused != want {
			t.Errorf("Check() of %q = %v, refused: %t", path, err, want)
		}
	}
}
