package converge

import (
	"maps"
	"time"
)

// EngineTimeout stands in a Spec for the limit that the Engine has.
const EngineTimeout time.Duration = -1

// Defaults is what surrounds every process of an Engine where its spec does not say. It is
// no part of any definition.
type Defaults struct {
	// Path replaces PATH where no other PATH is given; empty means as inherited.
	Path []string
	// Environment is added to what is inherited; every other variable wins over it.
	Environment map[string]string
}

// complete returns s with what e says where s does not.
func (e Engine) complete(s Spec) Spec {
	s.defaults = e.Defaults
	if s.Timeout == EngineTimeout {
		s.Timeout = e.Timeout
	}
	if s.Destroy != nil && s.Destroy.Timeout == EngineTimeout {
		destroy := *s.Destroy
		destroy.Timeout = e.Timeout
		s.Destroy = &destroy
	}
	return s
}

// completed returns p with what d says where p does not.
func (p Process) completed(d Defaults) Process {
	env := d.Environment
	if !p.hasPath() {
		p.Path = d.Path
	}
	if p.hasPath() {
		// One PATH is set already, whichever way.
		env = maps.Clone(env)
		delete(env, "PATH")
	}
	return p.under(env)
}

// hasPath reports that p says where programs are looked up.
func (p Process) hasPath() bool {
	_, plain := p.Environment["PATH"]
	_, sensitive := p.SensitiveEnvironment["PATH"]
	return plain || sensitive || len(p.Path) > 0
}
