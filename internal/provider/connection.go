package provider

import (
	"context"
	"errors"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/remote"
)

// farHost is a machine that a connection leads to.
type farHost interface {
	host.Host
	// Reach waits as long as patience says for a machine that does not answer; zero is one
	// attempt.
	Reach(ctx context.Context, patience time.Duration) error
	// Identify is that of a [converge.Engine].
	Identify(ctx context.Context, c host.Command) (path, sha256 string, err error)
}

// oneAttempt is the patience of a plan, which must not wait for what an apply may bring up.
const oneAttempt time.Duration = 0

// errElsewhere means that a connection does not lead to the machine that was meant.
var errElsewhere = errors.New("the connection leads to another machine")

// engine returns what runs commands on the target: the machine at this place, nil for this
// one, which may take as long to answer as patience says. Beside an error nothing may run at
// all; it is errElsewhere where place is not the target.
func (s *settings) engine(target string, place *remote.Place, patience time.Duration) (converge.Engine, error) {
	if target != targetOf(place) {
		return converge.Engine{}, errElsewhere
	}
	engine := converge.Engine{
		Host: s.local, Identify: s.identify, Defaults: s.defaults,
		GuardTimeout: s.guardTimeout, Timeout: s.timeout, MaxParallel: s.maxParallel,
	}
	if place == nil {
		return engine, nil
	}
	far, err := s.far(*place)
	if err != nil {
		return converge.Engine{}, err
	}
	engine.Host, engine.Identify = far, far.Identify
	engine.Reach = func(ctx context.Context) error { return far.Reach(ctx, patience) }
	return engine, nil
}

// reachMachines lets s reach other machines by the way in that it has. The connections are
// closed when the process ends.
func (s *settings) reachMachines() {
	machines := remote.NewMachines(s.access)
	s.openings.atEnd(machines.Close)
	s.far = func(p remote.Place) (farHost, error) { return machines.Host(p) }
}
