package provider

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
)

// clearVariables unsets what overrules settings. No t.Parallel beside it: the environment
// is one for all.
func clearVariables(t *testing.T) {
	t.Helper()
	for _, name := range []string{
		guardsVariable, guardTimeoutVariable, pathVariable, environmentVariable, timeoutVariable, maxParallelVariable,
		passwordVariable, privateKeyVariable, passphraseVariable, agentVariable, knownHostsVariable, connectTimeoutVariable,
	} {
		t.Setenv(name, "")
	}
}

// The variable wins over the configuration, and that over the default. What is not known
// yet is the default.
func TestSettings(t *testing.T) {
	get := map[string]func(*settings) any{
		guardTimeoutVariable: func(s *settings) any { return s.guardTimeout },
		timeoutVariable:      func(s *settings) any { return s.timeout },
		maxParallelVariable:  func(s *settings) any { return s.maxParallel },
		pathVariable:         func(s *settings) any { return strings.Join(s.defaults.Path, "|") },
		environmentVariable:  func(s *settings) any { return fmt.Sprint(s.defaults.Environment) },
	}
	two := strings.Join([]string{"/v", "/w"}, string(filepath.ListSeparator))
	cases := map[string]struct {
		variable, value string
		config          attrs
		want            any
		careful         bool
	}{
		"guard_timeout: default":      {guardTimeoutVariable, "", nil, 30 * time.Second, false},
		"guard_timeout: configured":   {guardTimeoutVariable, "", attrs{"guard_timeout": "1m"}, time.Minute, false},
		"guard_timeout: the variable": {guardTimeoutVariable, "2m", attrs{"guard_timeout": "1m"}, 2 * time.Minute, false},
		"guard_timeout: no limit":     {guardTimeoutVariable, "0s", attrs{"guard_timeout": "1m"}, time.Duration(0), false},
		"timeout: default":            {timeoutVariable, "", nil, 5 * time.Minute, false},
		"timeout: configured":         {timeoutVariable, "", attrs{"timeout": "1m"}, time.Minute, false},
		"timeout: the variable":       {timeoutVariable, "2m", attrs{"timeout": "1m"}, 2 * time.Minute, false},
		"timeout: no limit":           {timeoutVariable, "", attrs{"timeout": "0s"}, time.Duration(0), false},
		"timeout: not yet known":      {timeoutVariable, "", attrs{"timeout": unknown}, 5 * time.Minute, false},
		"max_parallel: default":       {maxParallelVariable, "", nil, 0, false},
		"max_parallel: configured":    {maxParallelVariable, "", attrs{"max_parallel": 3}, 3, false},
		"max_parallel: the variable":  {maxParallelVariable, "7", attrs{"max_parallel": 3}, 7, false},
		"max_parallel: switched off":  {maxParallelVariable, "0", attrs{"max_parallel": 3}, 0, false},
		"max_parallel: not yet known": {maxParallelVariable, "", attrs{"max_parallel": unknown}, 0, false},
		"path: default":               {pathVariable, "", nil, "", false},
		"path: configured":            {pathVariable, "", attrs{"path": []any{"/a", "/b"}}, "/a|/b", false},
		"path: the variable":          {pathVariable, two, attrs{"path": []any{"/a"}}, "/v|/w", false},
		"path: not yet known":         {pathVariable, "", attrs{"path": unknown}, "", true},
		"path: one not yet known":     {pathVariable, "", attrs{"path": []any{"/a", unknown}}, "/a", true},
		"path: known by the variable": {pathVariable, "/v", attrs{"path": unknown}, "/v", false},
		"environment: default":        {environmentVariable, "", nil, "map[]", false},
		"environment: configured":     {environmentVariable, "", attrs{"environment": map[string]any{"A": "12", "B": "3"}}, "map[A:12 B:3]", false},
		"environment: a null in it":   {environmentVariable, "", attrs{"environment": map[string]any{"A": "12", "B": nil}}, "map[A:12]", false},
		"environment: the variable":   {environmentVariable, `{"A": "12345"}`, attrs{"environment": map[string]any{"A": "12", "B": "3"}}, "map[A:12345]", false},
		"environment: a null in that": {environmentVariable, `{"A": "12345", "B": null}`, nil, "map[A:12345]", false},
		"environment: none by that":   {environmentVariable, `{}`, attrs{"environment": map[string]any{"A": "12"}}, "map[]", false},
		"environment: not yet known":  {environmentVariable, "", attrs{"environment": unknown}, "map[]", true},
		"environment: one of it":      {environmentVariable, "", attrs{"environment": map[string]any{"A": unknown}}, "map[]", true},
		"environment: known by that":  {environmentVariable, `{"A": "12345"}`, attrs{"environment": unknown}, "map[A:12345]", false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			clearVariables(t)
			t.Setenv(tc.variable, tc.value)
			s, diags := configure(t, tc.config)
			if len(diags) > 0 {
				t.Fatal(diags)
			}
			if diff := cmp.Diff(tc.want, get[tc.variable](s)); diff != "" {
				t.Errorf("the setting (-want +got):\n%s", diff)
			}
			commands := converge.Guards{Unless: []converge.Line{{Text: "check"}}}
			if got := s.notAsked(commands, nil) != ""; got != tc.careful {
				t.Errorf("guard commands are asked in plans: %v", !got)
			}
			if why := s.notAsked(converge.Guards{Creates: []string{"/c"}}, nil); why != "" {
				t.Errorf("a path is the same wherever it is asked: %s", why)
			}
			engine, _ := s.engine(targetLocal, nil, oneAttempt)
			if diff := cmp.Diff([]any{s.timeout, s.guardTimeout, s.maxParallel, s.defaults},
				[]any{engine.Timeout, engine.GuardTimeout, engine.MaxParallel, engine.Defaults}); diff != "" {
				t.Errorf("the engine (-settings +engine):\n%s", diff)
			}
		})
	}
}

// A variable that cannot be used is refused by its name, also where nothing is configured,
// and what may be a secret is not shown.
func TestVariablesAreChecked(t *testing.T) {
	for name, tc := range map[string]struct{ variable, value string }{
		"a word for a duration":          {timeoutVariable, "soon"},
		"a negative duration":            {timeoutVariable, "-1s"},
		"a bare number for a duration":   {guardTimeoutVariable, "5"},
		"a negative count":               {maxParallelVariable, "-1"},
		"a fraction for a count":         {maxParallelVariable, "1.5"},
		"a relative directory":           {pathVariable, "/a" + string(filepath.ListSeparator) + "b"},
		"an empty directory":             {pathVariable, "/a" + string(filepath.ListSeparator)},
		"no JSON":                        {environmentVariable, "A=hunter22"},
		"a list for an environment":      {environmentVariable, `["hunter22"]`},
		"a null for an environment":      {environmentVariable, "null"},
		"a number in an environment":     {environmentVariable, `{"A": "hunter22", "B": 1}`},
		"a name that is none":            {environmentVariable, `{"A-B": "hunter22"}`},
		"a NUL byte in an environment":   {environmentVariable, `{"A": "hunter22\u0000"}`},
		"two values for an environment":  {environmentVariable, `{"A": "hunter22"} {}`},
		"another word for when to ask":   {guardsVariable, "never"},
		"a word that begins like a good": {guardsVariable, "plans"},
	} {
		t.Run(name, func(t *testing.T) {
			clearVariables(t)
			t.Setenv(tc.variable, tc.value)
			p := &execProvider{}
			resp := configureResponse(t, p, nil)
			if resp.ResourceData != nil || len(resp.Diagnostics) != 1 {
				t.Fatalf("settings %v, diagnostics %v", resp.ResourceData, resp.Diagnostics)
			}
			d := resp.Diagnostics[0]
			if d.Summary() != summarySettings || !strings.Contains(d.Detail(), tc.variable) || strings.Contains(d.Detail(), "hunter22") {
				t.Errorf("%s\n%s", d.Summary(), d.Detail())
			}
		})
	}
}

// Where programs are looked up is said once, wherever that is.
func TestTwoPathsAreRefused(t *testing.T) {
	clearVariables(t)
	t.Setenv(pathVariable, "/v")
	env := attrs{"environment": map[string]any{"PATH": "/e"}}
	if s, diags := configure(t, env); s != nil || cmp.Diff([]string{"error: " + summarySettings}, diags) != "" {
		t.Errorf("settings %v, diagnostics %v", s, diags)
	}
	t.Setenv(pathVariable, "")
	s, diags := configure(t, env)
	if len(diags) > 0 {
		t.Fatalf("the control, with one: %v", diags)
	}
	if diff := cmp.Diff([]string{"/e"}, s.searchPath()); diff != "" {
		t.Errorf("where executable objects are looked up (-want +got):\n%s", diff)
	}
}
