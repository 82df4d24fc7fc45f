package converge_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// What the engine says reaches every process, and everything nearer wins over it.
func TestDefaultsSurroundEveryProcess(t *testing.T) {
	t.Parallel()
	type got struct {
		Path []string
		Env  map[string]string
	}
	cases := map[string]struct {
		defaults converge.Defaults
		spec     func(*converge.Spec)
		want     got
	}{
		"nothing": {want: got{Env: map[string]string{}}},
		"both": {
			defaults: converge.Defaults{Path: []string{"/d"}, Environment: map[string]string{"A": "default"}},
			want:     got{Path: []string{"/d"}, Env: map[string]string{"A": "default"}},
		},
		"a variable of the resource": {
			defaults: converge.Defaults{Environment: map[string]string{"A": "default", "B": "default"}},
			spec:     func(s *converge.Spec) { s.Process.Environment = map[string]string{"A": "own"} },
			want:     got{Env: map[string]string{"A": "own", "B": "default"}},
		},
		"a secret variable of the resource": {
			defaults: converge.Defaults{Environment: map[string]string{"A": "default"}},
			spec:     func(s *converge.Spec) { s.Process.SensitiveEnvironment = map[string]string{"A": "own"} },
			want:     got{Env: map[string]string{"A": "own"}},
		},
		"a variable of the executable": {
			defaults: converge.Defaults{Environment: map[string]string{"A": "default"}},
			spec: func(s *converge.Spec) {
				s.Command, s.Args = converge.Line{}, nil
				s.Executable = &converge.Executable{Command: "job", Environment: map[string]string{"A": "own"}}
			},
			want: got{Env: map[string]string{"A": "own"}},
		},
		"a path of the resource": {
			defaults: converge.Defaults{Path: []string{"/d"}, Environment: map[string]string{"PATH": "/e"}},
			spec:     func(s *converge.Spec) { s.Process.Path = []string{"/own"} },
			want:     got{Path: []string{"/own"}, Env: map[string]string{}},
		},
		"a PATH of the resource": {
			defaults: converge.Defaults{Path: []string{"/d"}},
			spec:     func(s *converge.Spec) { s.Process.Environment = map[string]string{"PATH": "/own"} },
			want:     got{Env: map[string]string{"PATH": "/own"}},
		},
		"a secret PATH of the resource": {
			defaults: converge.Defaults{Path: []string{"/d"}},
			spec:     func(s *converge.Spec) { s.Process.SensitiveEnvironment = map[string]string{"PATH": "/own"} },
			want:     got{Env: map[string]string{"PATH": "/own"}},
		},
		"a PATH of the engine": {
			defaults: converge.Defaults{Environment: map[string]string{"PATH": "/e"}},
			want:     got{Env: map[string]string{"PATH": "/e"}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := hosttest.NewFake(t)
			h.On("check").Exit(1)
			h.On("keep").Exit(1)
			h.On("job")
			h.On("undo")
			spec := oneJob()
			spec.Guards.Unless = []converge.Line{argv("check")}
			spec.Destroy = &converge.Destroy{Command: argv("undo"), Unless: []converge.Line{argv("keep")}, Returns: []int{0}}
			if tc.spec != nil {
				tc.spec(&spec)
			}
			engine := converge.Engine{Host: h, Defaults: tc.defaults}
			if _, err := engine.Observe(t.Context(), spec, guard.Facts{}); err != nil {
				t.Fatal(err)
			}
			if _, err := engine.Converge(t.Context(), spec, guard.Facts{}); err != nil {
				t.Fatal(err)
			}
			if _, err := engine.Undo(t.Context(), spec, converge.Last{}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"run check", "run check", "run job", "run keep", "run undo"}, h.Log()); diff != "" {
				t.Fatalf("what ran (-want +got):\n%s", diff)
			}
			for _, c := range h.Commands() {
				for _, name := range []string{"EXEC_EXIT_CODE", "EXEC_STDOUT", "EXEC_RUN_ID"} {
					delete(c.Env, name)
				}
				if diff := cmp.Diff(tc.want, got{c.Path, c.Env}); diff != "" {
					t.Errorf("%v (-want +got):\n%s", c.Argv, diff)
				}
			}
		})
	}
}

func TestEngineTimeout(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ own, engine, want time.Duration }{
		"the engine's":                {converge.EngineTimeout, time.Hour, time.Hour},
		"the engine has none":         {converge.EngineTimeout, 0, 0},
		"the resource's own":          {time.Minute, time.Hour, time.Minute},
		"the resource's own, of none": {0, time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := hosttest.NewFake(t)
			h.On("job").Exit(1)
			h.On("undo").Exit(1)
			spec := oneJob()
			spec.Timeout = tc.own
			spec.Destroy = &converge.Destroy{Command: argv("undo"), Timeout: tc.own, Returns: []int{0}}
			engine := converge.Engine{Host: h, Timeout: tc.engine}
			_, run := engine.Converge(t.Context(), spec, guard.Facts{First: true})
			_, undo := engine.Undo(t.Context(), spec, converge.Last{})
			for what, err := range map[string]error{"run": run, "undo": undo} {
				var failed *converge.RunError
				if !errors.As(err, &failed) || failed.Timeout != tc.want {
					t.Errorf("%s: %v, want a limit of %s", what, failed, tc.want)
				}
			}
			if spec.Destroy.Timeout != tc.own {
				t.Errorf("the spec was changed: %s", spec.Destroy.Timeout)
			}
		})
	}
}
