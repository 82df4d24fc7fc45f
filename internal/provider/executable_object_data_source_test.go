package provider

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// What is looked up here is real; the program that would tell its version is scripted.
func TestExecutableLookUp(t *testing.T) {
	t.Parallel()
	// The digest of "abc", from FIPS 180-2.
	const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	dir := t.TempDir()
	tool := filepath.Join(dir, "tool")
	must(t, os.WriteFile(tool, []byte("abc"), 0o600))
	must(t, os.Chmod(tool, 0o700))
	must(t, os.Symlink("tool", filepath.Join(dir, "link")))
	must(t, os.WriteFile(filepath.Join(dir, "plain"), nil, 0o600))
	empty := t.TempDir()
	seen := attrs{"exists": true, "resolved_path": tool, "sha256": abc}
	absent := attrs{"exists": false}
	cases := map[string]struct {
		config attrs
		script func(h *hosttest.Fake)
		want   attrs
		told   []string
		says   string
	}{
		"a path":                                {config: attrs{"exec_command": tool}, want: seen},
		"a link is not resolved":                {config: attrs{"exec_command": filepath.Join(dir, "link")}, want: seen.with(attrs{"resolved_path": filepath.Join(dir, "link")})},
		"a bare name in path":                   {config: attrs{"exec_command": "tool", "path": []any{empty, dir}}, want: seen},
		"a bare name that is not in path":       {config: attrs{"exec_command": "tool", "path": []any{empty}}, want: absent},
		"a bare name that is nowhere":           {config: attrs{"exec_command": "no-such-tool-anywhere"}, want: absent},
		"a bare name of what is not executable": {config: attrs{"exec_command": "plain", "path": []any{dir}}, want: absent},
		"a path where nothing is":               {config: attrs{"exec_command": filepath.Join(dir, "gone")}, want: absent},
		"an absent one is not asked for its version": {
			config: attrs{"exec_command": filepath.Join(dir, "gone"), "version_args": []any{"--version"}}, want: absent,
		},
		"a version": {
			config: attrs{"exec_command": tool, "version_args": []any{"--version"}},
			script: func(h *hosttest.Fake) { h.On(tool, "--version").Stdout("tool 1.2\nmore\n") },
			want:   seen.with(attrs{"version": "tool 1.2"}),
		},
		"a version without arguments": {
			config: attrs{"exec_command": tool, "version_args": []any{}},
			script: func(h *hosttest.Fake) { h.On(tool).Stdout("1.2\n") },
			want:   seen.with(attrs{"version": "1.2"}),
		},
		"no version": {
			config: attrs{"exec_command": tool, "version_args": []any{"-V"}},
			script: func(h *hosttest.Fake) { h.On(tool, "-V").Exit(2) },
			told:   []string{"error: Unable to ask executable for its version (version_args)"}, says: "it exited with code 2",
		},
		"a directory": {
			config: attrs{"exec_command": dir},
			told:   []string{"error: Unable to look at executable (exec_command)"}, says: "it is a directory",
		},
		"a relative path": {
			config: attrs{"exec_command": "bin/tool"}, told: []string{"error: Unable to use command (exec_command)"},
			says: "an absolute path, or by a bare name",
		},
		"a relative directory": {
			config: attrs{"exec_command": "tool", "path": []any{"bin"}}, told: []string{"error: Unable to use value (path[0])"},
		},
		"a list of no directories": {
			config: attrs{"exec_command": "tool", "path": []any{}}, told: []string{"error: Invalid Attribute Value (path)"},
		},
		"a null argument": {
			config: attrs{"exec_command": "tool", "version_args": []any{nil}}, told: []string{"error: Null List Value (version_args)"},
		},
		"a name that is not known yet": {config: attrs{"exec_command": unknown}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			local := hosttest.NewFake(t)
			if tc.script != nil {
				tc.script(local)
			}
			// Nothing here is a guard, so the setting that silences guards silences nothing.
			s := settingsOf(local, guardsInApply)
			s.digests = &source.Digester{}
			got, diags := lookUp(t, s, "exec_executable_object", tc.config)
			if diff := cmp.Diff(tc.told, diags.lines()); diff != "" {
				t.Fatalf("diagnostics (-want +got):\n%s\n%s", diff, diags.text())
			}
			if !strings.Contains(diags.text(), tc.says) {
				t.Errorf("the message does not say %q:\n%s", tc.says, diags.text())
			}
			want := tc.want
			if want == nil {
				want = attrs{}
			}
			if diff := cmp.Diff(want, got.only("exists", "resolved_path", "sha256", "version")); diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
		})
	}
}

// The directories of the look-up are the PATH of the program.
func TestExecutableLookUpGivesItsPath(t *testing.T) {
	t.Parallel()
	local := hosttest.NewFake(t)
	dir := t.TempDir()
	tool := filepath.Join(dir, "tool")
	must(t, os.WriteFile(tool, nil, 0o600))
	must(t, os.Chmod(tool, 0o700))
	local.On(tool).Stdout("1\n")
	s := settingsOf(local, guardsInPlan)
	s.digests = &source.Digester{}
	config := attrs{"exec_command": "tool", "path": []any{dir, "/usr/bin"}, "version_args": []any{}}
	if _, diags := lookUp(t, s, "exec_executable_object", config); len(diags) > 0 {
		t.Fatal(diags.lines())
	}
	commands := local.Commands()
	if len(commands) != 1 {
		t.Fatalf("%d commands ran, want 1", len(commands))
	}
	if diff := cmp.Diff(map[string]string{"PATH": dir + ":/usr/bin"}, commands[0].Env); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}

// A plan that does not know the provider's settings yet gives no answer that they may change.
func TestDataSourcesWaitForSettings(t *testing.T) {
	t.Parallel()
	tooEarly := func(at string) []string { return []string{"error: Unable to read during plan (" + at + ")"} }
	cases := map[string]struct {
		source string
		config attrs
		want   []string
	}{
		"a command":                          {"exec", attrs{"command": []any{"/bin/job"}}, tooEarly("command")},
		"a program":                          {"exec", attrs{"program": []any{"/bin/job"}}, tooEarly("program")},
		"a bare name":                        {"exec_executable_object", attrs{"exec_command": "tool"}, tooEarly("exec_command")},
		"a bare name in a path of its own":   {"exec_executable_object", attrs{"exec_command": "tool", "path": []any{"/bin"}}, nil},
		"an absolute path":                   {"exec_executable_object", attrs{"exec_command": "/no/such/tool"}, nil},
		"the version of an absolute path":    {"exec_executable_object", attrs{"exec_command": "/no/such/tool", "version_args": []any{}}, tooEarly("exec_command")},
		"the version of one in its own path": {"exec_executable_object", attrs{"exec_command": "tool", "path": []any{"/bin"}, "version_args": []any{}}, tooEarly("exec_command")},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := hosttest.NewFake(t)
			s := settingsOf(h, guardsInApply)
			s.digests, s.defaultsUnknown = &source.Digester{}, true
			if _, diags := lookUp(t, s, tc.source, tc.config); !cmp.Equal(tc.want, diags.lines()) {
				t.Errorf("diagnostics (-want +got):\n%s\n%s", cmp.Diff(tc.want, diags.lines()), diags.text())
			}
			if got := h.Log(); len(got) > 0 {
				t.Errorf("%q ran", got)
			}
			if tc.want == nil || tc.source != "exec" {
				return
			}
			h.On("/bin/job").Stdout("{}")
			s.defaultsUnknown = false
			if _, diags := lookUp(t, s, tc.source, tc.config); len(diags) > 0 || len(h.Log()) != 1 {
				t.Errorf("control: with known settings %q ran, and %q was said", h.Log(), diags.lines())
			}
		})
	}
}
