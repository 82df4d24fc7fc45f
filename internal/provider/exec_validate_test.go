package provider

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Summaries of the framework's own validators and types.
const (
	badValue    = "error: Invalid Attribute Value"
	badLength   = "error: Invalid Attribute Value Length"
	badMatch    = "error: Invalid Attribute Value Match"
	nullInList  = "error: Null List Value"
	badDuration = "error: Unable to use value"
	badCommand  = "error: Unable to use command"
	badGuard    = "error: Unable to use guard"
	unusable    = "error: Unable to use value"
	badCombined = "error: Unable to combine attributes"
)

// Bad input is refused with the attribute named, by the schema's validators or by
// ValidateConfig; its twins, good or not yet known, pass.
func TestValidate(t *testing.T) {
	t.Parallel()
	anyText := unknownOf(tftypes.String)
	cases := map[string]struct {
		bad  attrs
		told []string
		// good are configurations that differ in the one thing that counts.
		good []attrs
	}{
		"nothing to run": {
			attrs{"command": nil},
			[]string{badCommand + " (command)"},
			[]attrs{{}, {"command": nil, "name": "job"}, {"command": unknown}, {"command": nil, "name": unknown}},
		},
		"a command that is a typed null, and nothing else": {
			attrs{"command": null(tftypes.String)},
			[]string{badCommand + " (command)"},
			[]attrs{{"command": null(tftypes.String), "name": "job"}},
		},
		"an empty name that is the command": {
			attrs{"command": nil, "name": ""},
			[]string{badCommand + " (name)"},
			[]attrs{{"name": ""}},
		},
		"an empty command": {
			attrs{"command": ""}, []string{badCommand + " (command)"}, []attrs{{"command": "x"}, {"command": anyText}},
		},
		"a blank command": {
			attrs{"command": "  "}, []string{badCommand + " (command)"}, []attrs{{"command": "  ", "shell": true}},
		},
		"an empty argv": {
			attrs{"command": []any{}}, []string{badCommand + " (command)"}, []attrs{{"command": []any{"x"}}, {"command": []any{unknown}}},
		},
		"an argv whose program is empty": {
			attrs{"command": []any{"", "x"}},
			[]string{badCommand + " (command[0])"},
			[]attrs{{"command": []any{"x", ""}}, {"command": []any{unknown, ""}}},
		},
		"an argv with a null": {
			attrs{"command": []any{"x", nil}},
			[]string{unusable + " (command[1])"},
			[]attrs{{"command": []any{"x", unknown}}, {"command": []any{"x", 1, true}}},
		},
		"an argv with a list inside": {
			attrs{"command": []any{"x", []any{"y"}}}, []string{badCommand + " (command[1])"}, []attrs{{"command": listOf("x", "y")}},
		},
		"a command that is a number": {
			attrs{"command": 1}, []string{badCommand + " (command)"}, []attrs{{"command": "1"}},
		},
		"a command that is an object": {
			attrs{"command": map[string]any{"x": "y"}}, []string{badCommand + " (command)"}, nil,
		},
		"a command that is a set, which has no order": {
			attrs{"command": setOf("x", "y")}, []string{badCommand + " (command)"}, []attrs{{"command": listOf("x", "y")}},
		},
		"shell syntax without a shell": {
			attrs{"command": "x | y"},
			[]string{badCommand + " (command)"},
			[]attrs{
				{"command": "x | y", "shell": true},
				{"command": "x | y", "interpreter": []any{"sh", "-c"}},
				{"command": "x | y", "shell": unknown},
				{"command": "x | y", "interpreter": unknown},
				{"command": []any{"x", "|", "y"}},
				{"command": "x '|' y"},
			},
		},
		"shell syntax in a name that is the command": {
			attrs{"command": nil, "name": "x && y"}, []string{badCommand + " (name)"}, []attrs{{"name": "x && y"}},
		},
		"shell syntax in refresh": {
			attrs{"refresh": "x > y"}, []string{badCommand + " (refresh)"}, []attrs{{"refresh": "x y"}, {"refresh": unknown}},
		},
		"shell syntax in a guard": {
			attrs{"unless": "x; y"}, []string{badCommand + " (unless)"}, []attrs{{"unless": "x; y", "shell": true}},
		},
		"shell syntax in one of several guards": {
			attrs{"onlyif": []any{"x", "$y"}},
			[]string{badCommand + " (onlyif[1])"},
			[]attrs{{"onlyif": []any{"x", []any{"$y"}}}, {"onlyif": []any{unknown, "x"}}},
		},
		"shell syntax in the destroy command": {
			attrs{"destroy": map[string]any{"command": "rm *"}},
			[]string{badCommand + " (destroy.command)"},
			[]attrs{{"destroy": map[string]any{"command": "rm *"}, "shell": true}, {"destroy": unknown}, {"destroy": map[string]any{"command": unknown}}},
		},
		"shell syntax in a guard of destroy": {
			attrs{"destroy": map[string]any{"command": "x", "unless": "y & z"}},
			[]string{badCommand + " (destroy.unless)"},
			[]attrs{{"destroy": map[string]any{"command": "x", "unless": "y z"}}},
		},
		"an unterminated quote": {
			attrs{"command": "echo 'x"}, []string{badCommand + " (command)"}, []attrs{{"command": "echo 'x'"}},
		},
		"a NUL byte in an argv": {
			attrs{"command": []any{"x", "a\x00b"}}, []string{unusable + " (command)"}, []attrs{{"command": []any{"x", "ab"}}},
		},
		"a NUL byte in a script": {
			attrs{"command": "a\x00b", "shell": true}, []string{unusable + " (command)"}, nil,
		},

		"shell and interpreter": {
			attrs{"shell": true, "interpreter": []any{"sh", "-c"}},
			[]string{badCombined + " (shell)"},
			[]attrs{{"shell": false, "interpreter": []any{"sh", "-c"}}, {"shell": true, "interpreter": unknown}, {"shell": unknown, "interpreter": []any{"sh"}}},
		},
		"an empty interpreter": {
			attrs{"interpreter": []any{}}, []string{badValue + " (interpreter)"}, []attrs{{"interpreter": []any{"sh"}}},
		},
		"a null in interpreter": {
			attrs{"interpreter": []any{"sh", nil}}, []string{nullInList + " (interpreter)"}, []attrs{{"interpreter": []any{"sh", unknown}}},
		},
		"an empty cwd": {
			attrs{"cwd": ""}, []string{badLength + " (cwd)"}, []attrs{{"cwd": "relative"}, {"cwd": unknown}},
		},
		"a relative entry of path": {
			attrs{"path": []any{"/bin", "bin"}}, []string{unusable + " (path[1])"}, []attrs{{"path": []any{"/bin", unknown}}},
		},
		"an empty entry of path": {
			attrs{"path": []any{""}}, []string{unusable + " (path[0])"}, []attrs{{"path": []any{"/"}}},
		},
		"two directories in one entry of path": {
			attrs{"path": []any{"/bin:/usr/bin"}}, []string{unusable + " (path[0])"}, []attrs{{"path": []any{"/bin", "/usr/bin"}}},
		},
		"a null in path": {
			attrs{"path": []any{nil}}, []string{unusable + " (path[0])"}, nil,
		},
		"an empty path": {
			attrs{"path": []any{}}, []string{badValue + " (path)"}, []attrs{{"path": unknown}},
		},
		"PATH twice": {
			attrs{"path": []any{"/bin"}, "environment": map[string]any{"PATH": "/bin"}},
			[]string{badCombined + " (path)"},
			[]attrs{
				{"environment": map[string]any{"PATH": "/bin"}},
				{"path": unknown, "environment": map[string]any{"PATH": "/bin"}},
				{"path": []any{"/bin"}, "environment": map[string]any{"PATH": nil}},
				{"path": []any{"/bin"}, "environment": map[string]any{"PATH": unknown}},
				{"path": []any{"/bin"}, "environment": unknown},
			},
		},
		"PATH twice, once as a secret": {
			attrs{"path": []any{"/bin"}, "sensitive_environment": map[string]any{"PATH": "/bin"}}, []string{badCombined + " (path)"}, nil,
		},
		"a variable in both environments": {
			attrs{"environment": map[string]any{"A": "1"}, "sensitive_environment": map[string]any{"A": "1"}},
			[]string{badCombined + ` (sensitive_environment["A"])`},
			[]attrs{
				{"environment": map[string]any{"A": "1"}, "sensitive_environment": map[string]any{"B": "1"}},
				{"environment": map[string]any{"A": nil}, "sensitive_environment": map[string]any{"A": "1"}},
				{"environment": map[string]any{"A": unknown}, "sensitive_environment": map[string]any{"A": "1"}},
			},
		},
		"a bad name of a variable": {
			attrs{"environment": map[string]any{"1A": "x"}},
			[]string{badMatch + ` (environment["1A"])`},
			[]attrs{{"environment": map[string]any{"A1": "x", "_": "", "b": unknown}}},
		},
		"an empty name of a variable": {
			attrs{"environment": map[string]any{"": "x"}}, []string{badMatch + ` (environment[""])`}, nil,
		},
		"a bad name of a secret variable": {
			attrs{"sensitive_environment": map[string]any{"A=B": "x"}}, []string{badMatch + ` (sensitive_environment["A=B"])`}, nil,
		},
		"a NUL byte in a variable": {
			attrs{"environment": map[string]any{"A": "x\x00"}}, []string{unusable + ` (environment["A"])`}, nil,
		},
		"an empty user":        {attrs{"user": ""}, []string{badLength + " (user)"}, []attrs{{"user": "1000"}}},
		"an empty group":       {attrs{"group": ""}, []string{badLength + " (group)"}, []attrs{{"group": "wheel"}}},
		"a umask that is none": {attrs{"umask": "u=rwx"}, []string{badMatch + " (umask)"}, []attrs{{"umask": "7"}, {"umask": unknown}}},
		"a umask not in octal": {attrs{"umask": "089"}, []string{badMatch + " (umask)"}, []attrs{{"umask": "077"}}},
		"a umask too long":     {attrs{"umask": "00022"}, []string{badMatch + " (umask)"}, []attrs{{"umask": "0022"}}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.told, validated(t, configured(tc.bad))); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
			for _, good := range tc.good {
				if got := validated(t, configured(good)); len(got) > 0 {
					t.Errorf("%v is refused: %v", good, got)
				}
			}
		})
	}
}

func TestValidateGuardsAndLimits(t *testing.T) {
	t.Parallel()
	guard := attrs{"creates": "/c"}
	cases := map[string]struct {
		bad  attrs
		told []string
		good []attrs
	}{
		"an empty creates": {
			attrs{"creates": ""}, []string{badGuard + " (creates)"}, []attrs{{"creates": "/c"}, {"creates": unknown}},
		},
		"a list of no paths": {
			attrs{"creates": []any{}}, []string{badGuard + " (creates)"}, []attrs{{"creates": []any{unknown}}, {"creates": null(tftypes.String)}},
		},
		"an empty path in a list": {
			attrs{"removes": []any{"/r", ""}}, []string{badGuard + " (removes[1])"}, []attrs{{"removes": listOf("/r", "/s")}, {"removes": setOf("/r")}},
		},
		"a null path in a list": {
			attrs{"removes": []any{"/r", nil}}, []string{unusable + " (removes[1])"}, []attrs{{"removes": []any{"/r", unknown}}},
		},
		"a path that is a list": {
			attrs{"creates": []any{[]any{"/c"}}}, []string{badGuard + " (creates[0])"}, nil,
		},
		"a path that is a number": {
			attrs{"creates": 1}, []string{badGuard + " (creates)"}, []attrs{{"creates": "1"}},
		},
		"a path with a NUL byte": {
			attrs{"creates": "/c\x00"}, []string{unusable + " (creates)"}, nil,
		},
		"an empty guard": {
			attrs{"unless": ""}, []string{badCommand + " (unless)"}, []attrs{{"unless": "x"}, {"unless": unknown}},
		},
		"a list of no guards": {
			attrs{"onlyif": []any{}}, []string{badGuard + " (onlyif)"}, []attrs{{"onlyif": []any{"x"}}},
		},
		"a flat argv as a guard": {
			attrs{"unless": []any{"test", "-f", "/x"}},
			[]string{badGuard + " (unless[1])"},
			[]attrs{{"unless": []any{[]any{"test", "-f", "/x"}}}, {"unless": "test -f /x"}},
		},
		"a flat argv as a guard of destroy": {
			attrs{"destroy": map[string]any{"command": "x", "onlyif": []any{"test", "-f"}}}, []string{badGuard + " (destroy.onlyif[1])"}, nil,
		},
		"a null guard": {
			attrs{"unless": []any{"x", nil}}, []string{unusable + " (unless[1])"}, []attrs{{"unless": []any{"x", unknown}}},
		},
		"a null in the argv of a guard": {
			attrs{"unless": []any{[]any{"x", nil}}}, []string{unusable + " (unless[0][1])"}, []attrs{{"unless": []any{[]any{"x", unknown}}}},
		},
		"a guard that is a number": {
			attrs{"unless": []any{1}}, []string{badGuard + " (unless[0])"}, []attrs{{"unless": []any{"1"}}},
		},
		"a guard that is an object": {
			attrs{"unless": map[string]any{"x": 1}}, []string{badGuard + " (unless)"}, nil,
		},
		"an empty argv as a guard": {
			attrs{"unless": []any{[]any{}}}, []string{badCommand + " (unless[0])"}, nil,
		},

		"refresh_only with guards and without recheck_on": {
			guard.with(attrs{"refresh_only": true, "subscribe": "x"}),
			[]string{badCombined + " (refresh_only)"},
			[]attrs{
				guard.with(attrs{"refresh_only": true, "recheck_on": "x"}),
				guard.with(attrs{"refresh_only": true, "subscribe": "x", "recheck_on": unknown}),
				guard.with(attrs{"refresh_only": unknown, "subscribe": "x"}),
				guard.with(attrs{"refresh_only": false, "subscribe": "x"}),
				{"refresh_only": true, "subscribe": "x", "creates": unknown},
				{"refresh_only": true, "subscribe": "x", "creates": null(tftypes.String)},
			},
		},
		"refresh_only without a trigger": {
			attrs{"refresh_only": true},
			[]string{badCombined + " (refresh_only)"},
			[]attrs{
				{"refresh_only": true, "subscribe": unknown},
				{"refresh_only": true, "recheck_on": "x"},
				{"refresh_only": unknown},
				{"refresh_only": true, "subscribe": null(tftypes.String)},
			},
		},
		"always with a guard": {
			guard.with(attrs{"always": true}),
			[]string{badCombined + " (always)"},
			[]attrs{{"always": true}, guard.with(attrs{"always": false}), {"always": true, "unless": unknown}, guard.with(attrs{"always": unknown})},
		},
		"verify without a guard": {
			attrs{"verify": true},
			[]string{badCombined + " (verify)"},
			[]attrs{guard.with(attrs{"verify": true}), {"verify": false}, {"verify": true, "onlyif": unknown}},
		},

		"a negative timeout": {
			attrs{"timeout": "-1s"}, []string{unusable + " (timeout)"}, []attrs{{"timeout": "0s"}, {"timeout": "1h30m"}, {"timeout": unknown}},
		},
		"a timeout without a unit": {
			attrs{"timeout": "5"}, []string{badDuration + " (timeout)"}, []attrs{{"timeout": "5s"}},
		},
		"a negative try_sleep": {
			attrs{"try_sleep": "-1ms"}, []string{unusable + " (try_sleep)"}, []attrs{{"try_sleep": "1ms"}},
		},
		"a try_sleep that is none": {
			attrs{"try_sleep": "soon"}, []string{badDuration + " (try_sleep)"}, nil,
		},
		"a negative timeout of destroy": {
			attrs{"destroy": map[string]any{"command": "x", "timeout": "-1s"}},
			[]string{unusable + " (destroy.timeout)"},
			[]attrs{{"destroy": map[string]any{"command": "x", "timeout": "1s"}}},
		},
		"no tries": {
			attrs{"tries": 0}, []string{badValue + " (tries)"}, []attrs{{"tries": 1}, {"tries": unknown}},
		},
		"empty returns": {
			attrs{"returns": []any{}}, []string{badValue + " (returns)"}, []attrs{{"returns": []any{1}}, {"returns": unknown}},
		},
		"returns above 255": {
			attrs{"returns": []any{0, 256}}, []string{badValue + " (returns[1])"}, []attrs{{"returns": []any{0, 255}}},
		},
		"returns below 0": {
			attrs{"returns": []any{-1}}, []string{badValue + " (returns[0])"}, []attrs{{"returns": []any{unknown}}},
		},
		"a null in returns": {
			attrs{"returns": []any{nil}}, []string{nullInList + " (returns)"}, nil,
		},
		"empty unchanged_returns": {
			attrs{"unchanged_returns": []any{}}, []string{badValue + " (unchanged_returns)"}, []attrs{{"unchanged_returns": []any{2}}},
		},
		"empty returns of destroy": {
			attrs{"destroy": map[string]any{"command": "x", "returns": []any{}}},
			[]string{badValue + " (destroy.returns)"},
			[]attrs{{"destroy": map[string]any{"command": "x", "returns": []any{1}}}},
		},
		"an empty lock":              {attrs{"lock": ""}, []string{badLength + " (lock)"}, []attrs{{"lock": "x"}}},
		"an unknown logoutput":       {attrs{"logoutput": "always"}, []string{badMatch + " (logoutput)"}, []attrs{{"logoutput": "true"}, {"logoutput": unknown}}},
		"an empty log_file":          {attrs{"log_file": ""}, []string{badLength + " (log_file)"}, []attrs{{"log_file": "x"}}},
		"a negative output_limit":    {attrs{"output_limit": -1}, []string{badValue + " (output_limit)"}, []attrs{{"output_limit": 0}}},
		"an output_limit too large":  {attrs{"output_limit": 1 << 30}, []string{badValue + " (output_limit)"}, []attrs{{"output_limit": 16 << 20}}},
		"an empty destroy command":   {attrs{"destroy": map[string]any{"command": ""}}, []string{badCommand + " (destroy.command)"}, nil},
		"a destroy without command":  {attrs{"destroy": map[string]any{}}, []string{"error: Missing Configuration for Required Attribute (destroy.command)"}, nil},
		"a destroy block of a guard": {attrs{"destroy": map[string]any{"command": "x", "unless": []any{nil}}}, []string{unusable + " (destroy.unless[0])"}, nil},
		"several faults at once": {
			attrs{"command": nil, "tries": 0, "verify": true}, []string{badValue + " (tries)", badCombined + " (verify)", badCommand + " (command)"}, nil,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.told, validated(t, configured(tc.bad))); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
			for _, good := range tc.good {
				if got := validated(t, configured(good)); len(got) > 0 {
					t.Errorf("%v is refused: %v", good, got)
				}
			}
		})
	}
}

// validated asks the framework's server, so that the schema's validators run as well.
func validated(t *testing.T, config attrs) []string {
	t.Helper()
	value, err := tfprotov6.NewDynamicValue(execType(), config.value(t))
	if err != nil {
		t.Fatal(err)
	}
	server := providerserver.NewProtocol6(New("test")())()
	resp, err := server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: "exec", Config: &value})
	if err != nil {
		t.Fatal(err)
	}
	lines := diagnostics(resp.Diagnostics).lines()
	slices.Sort(lines)
	return slices.Compact(lines)
}

// An object that only looks like an exec_service is held to the rules of one.
func TestValidateService(t *testing.T) {
	t.Parallel()
	with := func(more map[string]any) attrs {
		s := serviceAt("/srv")
		maps.Copy(s, more)
		return attrs{"service": s}
	}
	git := map[string]any{"git": map[string]any{"url": "https://example.com/x.git"}}
	cases := map[string]struct {
		bad  attrs
		told []string
		good []attrs
	}{
		"no kind": {
			with(map[string]any{"executable": nil}),
			[]string{badCombined + " (service.executable)"},
			[]attrs{with(nil), with(map[string]any{"executable": unknown}), {"service": unknown}},
		},
		"two kinds": {
			with(map[string]any{"opentofu_plan": map[string]any{"state_file": "/var/state"}}), []string{badCombined + " (service.executable)"}, nil,
		},
		"a script without an executable object": {
			with(map[string]any{"executable_object": nil}),
			[]string{badCombined + " (service.executable_object)"},
			[]attrs{with(map[string]any{"executable_object": unknown})},
		},
		"a Python program that is none": {
			with(map[string]any{"executable": nil, "python_script": map[string]any{"req_file": "r.txt"}}),
			[]string{badCombined + " (service.python_script)"},
			[]attrs{with(map[string]any{"executable": nil, "python_script": map[string]any{"filename": "x.py"}})},
		},
		"a path that leads out": {
			with(map[string]any{"executable": map[string]any{"filename": "../x"}}),
			[]string{"error: Unable to use service (service.executable.filename)"},
			[]attrs{with(map[string]any{"executable": map[string]any{"filename": unknown}})},
		},
		"a source that is none": {
			with(map[string]any{"source": map[string]any{"path": nil}}),
			[]string{badCombined + " (service.source)"},
			[]attrs{with(map[string]any{"source": unknown}), with(map[string]any{"source": map[string]any{"path": unknown}})},
		},
		"a source that is two": {
			with(map[string]any{"source": map[string]any{"path": "/a", "git": git["git"]}}), []string{badCombined + " (service.source)"}, nil,
		},
		"a repository without a commit": {
			with(map[string]any{"source": git, "revision": nil}),
			[]string{badCombined + " (service.revision)"},
			[]attrs{with(map[string]any{"source": git, "revision": unknown}), with(map[string]any{"revision": nil})},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.told, validated(t, tc.bad)); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
			for _, good := range tc.good {
				if got := validated(t, good); got != nil {
					t.Errorf("control %v: %q", good, got)
				}
			}
		})
	}
}
