package converge_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// placed is a service of which only the place matters here.
type placed struct {
	converge.Service
	dir string
	err error
}

func (p placed) Environment() map[string]string { return nil }
func (p placed) Release()                       {}

func (p placed) Dir(context.Context, host.Command) (string, error) { return p.dir, p.err }

// The destroy command of a service lives in the same place as its guards.
func TestUndoRunsWhereTheServiceIs(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		service placed
		cwd     string
		want    string
		err     string
	}{
		"in the directory of the service":               {service: placed{dir: "/srv/jobs"}, want: "/srv/jobs"},
		"a cwd is preferred, and nothing is made ready": {service: placed{err: errors.New("gone")}, cwd: "/opt", want: "/opt"},
		"nothing runs elsewhere if it cannot be had":    {service: placed{err: errors.New("gone")}, err: "gone"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := hosttest.NewFake(t)
			if tc.err == "" {
				h.On("undo")
			}
			spec := converge.Spec{
				Service: tc.service, Process: converge.Process{Dir: tc.cwd},
				Destroy: &converge.Destroy{Command: argv("undo"), Returns: []int{0}},
			}
			_, err := converge.Engine{Host: h}.Undo(t.Context(), spec, converge.Last{})
			if said := message(err); said != tc.err {
				t.Errorf("error %q, want %q", said, tc.err)
			}
			var where []string
			for _, c := range h.Commands() {
				where = append(where, c.Dir)
			}
			var want []string
			if tc.want != "" {
				want = []string{tc.want}
			}
			if diff := cmp.Diff(want, where); diff != "" {
				t.Errorf("where it ran (-want +got):\n%s", diff)
			}
		})
	}
}
