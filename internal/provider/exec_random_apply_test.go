package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// outcome is what an apply comes to.
type outcome struct {
	// log is what ran, by resource. Order between resources is another matter.
	log map[string][]string
	// failed are resources for which the engine prints an error, and stay those of them
	// that could not be destroyed.
	failed, stay []string
	// before holds, for each resource, those that must be over before it.
	before map[string][]string
}

// apply predicts the apply of a plan on the machine as it is now, and takes it over into
// the model. The stored dependencies are the engine's own: in which order it destroys is
// none of this provider's business.
func (m *model) apply(p modelPlan, stored map[string][]string) outcome {
	m.data, m.state = maps.Clone(p.data), maps.Clone(p.state)
	out := outcome{log: map[string][]string{}, before: map[string][]string{}}
	dependents := func(name string) (all []string) {
		for _, other := range slices.Concat(randomData, randomExecs) {
			if slices.Contains(stored[other], address(name)) || slices.Contains(m.upstream(other), name) {
				all = append(all, other)
			}
		}
		return all
	}
	kept := m.destroyAll(p, dependents, &out)
	stuck := maps.Clone(kept)
	for _, name := range slices.Concat(randomData, randomExecs) {
		upstream := m.upstream(name)
		out.before[name] = upstream
		c := p.changes[name]
		changes := c.action == actCreate || c.action == actUpdate || c.action == actReplace
		// What depends on it is destroyed first, and what it depends on is changed first.
		waits := func(up string) bool { return stuck[up] }
		blocks := func(down string) bool { return kept[down] }
		if slices.ContainsFunc(upstream, waits) || changes && slices.ContainsFunc(dependents(name), blocks) {
			stuck[name] = true
		}
		if changes && !stuck[name] {
			stuck[name] = !m.put(name, c, &out)
		}
	}
	return out
}

// destroyAll destroys what the plan destroys, dependents first, and returns what stands in
// the way of others: what could not be destroyed.
func (m *model) destroyAll(p modelPlan, dependents func(string) []string, out *outcome) map[string]bool {
	stuck := map[string]bool{}
	names := slices.Concat(randomData, randomExecs)
	slices.Reverse(names)
	for _, name := range names {
		if a := p.changes[name].action; a != actDelete && a != actReplace {
			continue
		}
		stuck[name] = slices.ContainsFunc(dependents(name), func(other string) bool { return stuck[other] })
		switch s, isExec := m.state[name]; {
		case stuck[name]:
		case isExec && !m.destroy(name, s, out):
			stuck[name] = true
		default:
			delete(m.state, name)
			delete(m.data, name)
		}
	}
	return stuck
}

// destroy runs the destroy block; false means that the resource stays.
func (m *model) destroy(name string, s execState, out *outcome) bool {
	if s.adopted || !s.destroy {
		return true
	}
	ok := true
	answer := saysNo
	if s.destroyUnless {
		answer = m.machine.files[name+".d"]
	}
	switch answer {
	case "":
		ok = false
	case saysNo:
		code, output := "", ""
		if s.ran && s.code != killed {
			code = fmt.Sprint(s.code)
		}
		for _, v := range []value{s.secret, s.stdout} {
			if v != nullValue && v != (value{}) {
				output = strings.TrimSuffix(strings.Trim(v.plain, `"`), `\n`)
			}
		}
		out.log[name] = append(out.log[name], strings.TrimRight(fmt.Sprintf("destroy %s %s %s", name, code, output), " "))
		ok = m.machine.destroyCodes[name] == 0
	}
	if !ok && s.succeeded {
		out.failed, out.stay = append(out.failed, name), append(out.stay, name)
		return false
	}
	return true
}

// put creates or updates; false means that it failed.
func (m *model) put(name string, c planned, out *outcome) bool {
	if input, isData := m.inputs[name]; isData {
		s := m.data[name]
		if c.action != actUpdate {
			s.id = m.newID("data")
		}
		s.output = input
		m.data[name] = s
		return true
	}
	now := m.execs[name].resolve(name, m.actual)
	if c.action == actUpdate {
		return m.update(name, c, now, out)
	}
	next := execState{resolved: now, inSync: inSync, stdout: nullValue, secret: nullValue}
	v, refresh := m.machine.first(now)
	switch v {
	case mustSkip:
	case cannotTell:
		out.failed = append(out.failed, name)
		return false // Nothing ran, so there is nothing to remember.
	case mustRun:
		if !m.execute(name, &next, now, true, refresh, out) {
			next.tainted, next.inSync = true, notInSync
		}
	}
	m.state[name] = next
	return !next.tainted
}

func (m *model) update(name string, c planned, now resolved, out *outcome) bool {
	prior := m.state[name]
	next := prior.shown(now.sensitive)
	next.resolved, next.inSync, next.adopted = now, inSync, false
	// The engine plans once more, now that everything is known; what that promises counts.
	if c.mayRun && mayRun(prior, now) {
		v, refresh := m.machine.decide(prior, now)
		switch v {
		case mustSkip:
		case cannotTell:
			prior.inSync = notKnown
			m.state[name] = prior
			out.failed = append(out.failed, name)
			return false
		case mustRun:
			if !m.execute(name, &next, now, false, refresh, out) {
				next.resolved, next.inSync = prior.resolved, notInSync
				m.state[name] = next
				return false
			}
		}
	}
	m.state[name] = next
	return true
}

// execute runs the command on the machine and records what came of it.
func (m *model) execute(name string, s *execState, now resolved, first, refresh bool, out *outcome) bool {
	what := "run"
	if refresh && now.refresh {
		what = "refresh"
	}
	out.log[name] = append(out.log[name], fmt.Sprintf("%s %s", what, now.prints))
	maps.Copy(m.machine.files, m.machine.effects[name])
	s.ran, s.code = true, m.machine.codes[name]
	// The first run is no "unchanged" of anything.
	if s.code != 7 || !now.unchanged || first {
		s.runID = m.newID("run")
	}
	said := knownValue(fmt.Sprintf("%q", now.prints+"\n"))
	s.stdout, s.secret = said, nullValue
	if now.sensitive {
		s.stdout, s.secret = nullValue, said
	}
	ok := now.accepts(s.code)
	s.succeeded = s.succeeded || ok
	if ok && now.verify {
		ok = m.machine.ask(now) == mustSkip
	}
	if !ok {
		out.failed = append(out.failed, name)
	}
	return ok
}

// actual are references as they are during an apply.
func (m *model) actual(reference string) value {
	kind, rest, _ := strings.Cut(reference, ".")
	name, attribute, _ := strings.Cut(rest, ".")
	if kind == "terraform_data" {
		return dataValue(m.data[name], attribute)
	}
	if attribute == "run_id" {
		return runIDValue(m.state[name])
	}
	return m.state[name].stdout
}
