package provider

import (
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// guardsVariable overrules the guards setting, so that one configuration serves a
// read-only plan job and an apply.
const guardsVariable = "EXEC_GUARDS"

// The values of the guards setting.
const (
	guardsInPlan  = "plan"
	guardsInApply = "apply"
)

// defaultGuardTimeout is how long a guard may take to answer.
const defaultGuardTimeout = 30 * time.Second

// settings is what the provider's configuration comes to.
type settings struct {
	guards       string
	guardTimeout time.Duration
	local        host.Host
}

// askInPlan reports whether guards may be asked when nothing is applied. Only Read and the
// warning of a create may look at this: a plan that depended on it could be contradicted
// by the one that engines make during apply.
func (s *settings) askInPlan() bool { return s.guards == guardsInPlan }

// engine returns what runs commands on the target; false means that this provider
// configuration does not lead there, and then nothing may run at all.
func (s *settings) engine(target string) (converge.Engine, bool) {
	if target != targetLocal {
		return converge.Engine{}, false
	}
	return converge.Engine{Host: s.local, GuardTimeout: s.guardTimeout}, true
}
