package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// This file is the model of the randomised test: the decision table and what a plan may
// promise, written once more from their description, over a machine that is a few files.

// What is in a file of the model's machine. A file that is not in the map does not exist;
// as a guard command it then gives no answer.
const (
	saysYes = "yes"
	saysNo  = "no"
)

// killed is the exit code of a command that kills itself.
const killed = -1

// machine is everything that guards and commands see.
type machine struct {
	files map[string]string
	// effects are the files that a command sets; empty content removes one.
	effects map[string]map[string]string
	// codes are what commands exit with, and destroyCodes what destroy commands do.
	codes, destroyCodes map[string]int
}

type verdict string

const (
	mustRun    verdict = "run"
	mustSkip   verdict = "skip"
	cannotTell verdict = "unsure"
)

// ask puts the guards in the order of the table; there must be some.
func (m machine) ask(r resolved) verdict {
	for _, f := range r.asks["creates"] {
		if m.files[f] != "" {
			return mustSkip
		}
	}
	for _, f := range r.asks["removes"] {
		if m.files[f] == "" {
			return mustSkip
		}
	}
	for _, guards := range []struct{ attribute, skips string }{{"unless", saysYes}, {"onlyif", saysNo}} {
		for _, f := range r.asks[guards.attribute] {
			switch m.files[f] {
			case "":
				return cannotTell
			case guards.skips:
				return mustSkip
			}
		}
	}
	return mustRun
}

// Whether the engine's in_sync is true, false or null.
const (
	inSync    = "true"
	notInSync = "false"
	notKnown  = "null"
)

// execState is what the state holds of an exec resource.
type execState struct {
	resolved
	adopted, tainted bool
	inSync           string
	// runID is a name for the engine's run_id; empty is null.
	runID  string
	ran    bool
	code   int
	stdout value
	// secret is sensitive_stdout.
	secret value
	// succeeded says that some run did.
	succeeded bool
}

// failed reports that the latest run was no success by the rules it ran under. An edit of
// returns judges no run that is over, and a failed apply keeps the rules before it: so
// where guards have no say in in_sync, that tells, and the exit code only elsewhere.
func (s execState) failed() bool {
	if s.guarded() || s.always || s.refreshOnly || s.inSync == notKnown {
		return s.ran && !s.accepts(s.code)
	}
	return s.inSync == notInSync
}

// dataState is what the state holds of a terraform_data resource.
type dataState struct{ id, output string }

// model is the configuration, the machine and the state.
type model struct {
	inputs  map[string]string
	execs   map[string]spec
	machine machine
	data    map[string]dataState
	state   map[string]execState
	ids     int
}

func newModel() *model {
	return &model{
		inputs: map[string]string{}, execs: map[string]spec{},
		machine: machine{
			files: map[string]string{}, effects: map[string]map[string]string{},
			codes: map[string]int{}, destroyCodes: map[string]int{},
		},
		data: map[string]dataState{}, state: map[string]execState{},
	}
}

func (m *model) newID(kind string) string {
	m.ids++
	return fmt.Sprintf("%s%d", kind, m.ids)
}

// upstream are the names that the configured resource depends on, directly or not.
func (m *model) upstream(name string) []string {
	var all []string
	for _, r := range m.execs[name].references() {
		_, up, _ := strings.Cut(r, ".")
		all = append(all, up)
		all = append(all, m.upstream(up)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// options are how a plan is made.
type options struct {
	refresh bool
	// askInPlan is false under EXEC_GUARDS=apply.
	askInPlan bool
	destroy   bool
	replace   []string
}

// planned is what a plan says of one resource.
type planned struct {
	action string
	mayRun bool
}

// The actions, in the engine's words.
const (
	actNothing = "no-op"
	actCreate  = "create"
	actUpdate  = "update"
	actDelete  = "delete"
	actReplace = "delete,create"
)

// modelPlan is a plan, with the state as it was when the plan was made.
type modelPlan struct {
	changes map[string]planned
	data    map[string]dataState
	state   map[string]execState
}

func (p modelPlan) empty() bool {
	for _, c := range p.changes {
		if c.action != actNothing {
			return false
		}
	}
	return true
}

// refreshed returns the state as Read leaves it.
func (m *model) refreshed(o options) map[string]execState {
	state := maps.Clone(m.state)
	if !o.refresh {
		return state
	}
	for name, s := range state {
		switch {
		case s.adopted:
		case s.refreshOnly:
			s.inSync = inSync
		case s.guarded() && !o.askInPlan:
			s.inSync = notKnown
		case s.guarded():
			s.inSync = map[verdict]string{mustRun: notInSync, mustSkip: inSync, cannotTell: notKnown}[m.machine.ask(s.resolved)]
		case s.failed() || s.always:
			s.inSync = notInSync
		default:
			s.inSync = inSync
		}
		state[name] = s
	}
	return state
}

// plan predicts a plan.
func (m *model) plan(o options) modelPlan {
	p := modelPlan{changes: map[string]planned{}, data: maps.Clone(m.data), state: m.refreshed(o)}
	for _, name := range randomData {
		prior, exists := p.data[name]
		input, configured := m.inputs[name]
		switch {
		case exists && (o.destroy || !configured):
			p.changes[name] = planned{action: actDelete}
		case o.destroy || !configured:
		case !exists:
			p.changes[name] = planned{action: actCreate}
		case slices.Contains(o.replace, name):
			p.changes[name] = planned{action: actReplace}
		case prior.output != input:
			p.changes[name] = planned{action: actUpdate}
		default:
			p.changes[name] = planned{action: actNothing}
		}
	}
	for _, name := range randomExecs {
		prior, exists := p.state[name]
		config, configured := m.execs[name]
		switch {
		case exists && (o.destroy || !configured):
			p.changes[name] = planned{action: actDelete}
		case o.destroy || !configured:
		case !exists:
			p.changes[name] = planned{action: actCreate, mayRun: true}
		case prior.tainted || slices.Contains(o.replace, name):
			p.changes[name] = planned{action: actReplace, mayRun: true}
		default:
			now := config.resolve(name, p.values(m))
			c := planned{action: actNothing, mayRun: mayRun(prior, now)}
			if c.mayRun || prior.inSync != inSync || !sameAttributes(prior.resolved, now) {
				c.action = actUpdate
			}
			p.changes[name] = c
		}
	}
	return p
}

// values are references as the plan sees them.
func (p modelPlan) values(m *model) values {
	return func(reference string) value {
		kind, rest, _ := strings.Cut(reference, ".")
		name, attribute, _ := strings.Cut(rest, ".")
		c := p.changes[name]
		if kind == "terraform_data" {
			if c.action != actNothing && (c.action != actUpdate || attribute == "output") {
				return value{unknown: true}
			}
			return dataValue(p.data[name], attribute)
		}
		s := p.state[name]
		if attribute == "run_id" {
			if c.mayRun {
				return value{unknown: true}
			}
			return runIDValue(s)
		}
		sensitive := m.execs[name].sensitive
		if c.mayRun && !sensitive {
			return value{unknown: true}
		}
		return s.shown(sensitive).stdout
	}
}

func dataValue(s dataState, attribute string) value {
	if attribute == "id" {
		return knownValue(s.id)
	}
	return knownValue(fmt.Sprintf("%q", s.output))
}

func runIDValue(s execState) value {
	if s.runID == "" {
		return nullValue
	}
	return knownValue(s.runID)
}

// shown returns s with its output where sensitive_output wants it: hidden if it is
// switched on, and nowhere until the next run if it is switched off.
func (s execState) shown(sensitive bool) execState {
	if !sensitive {
		s.secret = nullValue
		return s
	}
	if s.stdout != nullValue {
		s.secret = s.stdout
	}
	s.stdout = nullValue
	return s
}

func sameAttributes(a, b resolved) bool {
	for attribute, v := range a.attributes {
		if w := b.attributes[attribute]; w.unknown || v.typed != w.typed {
			return false
		}
	}
	return true
}

// change is what a trigger comes to.
func change(prior, now value) (fired bool) {
	switch {
	case now.unknown:
		return true
	case now.plain == "null":
		return false
	}
	return now.plain != prior.plain
}

func unlike(a, b value) bool { return b.unknown || a.plain != b.plain }

// mayRun is the promise of a plan for a resource in the state: false is no run.
func mayRun(prior execState, now resolved) bool {
	was := prior.attributes
	different := func(attributes ...string) bool {
		return slices.ContainsFunc(attributes, func(a string) bool { return unlike(was[a], now.attributes[a]) })
	}
	recheck := func() bool { return change(was["recheck_on"], now.attributes["recheck_on"]) }
	switch {
	case prior.adopted:
		return false
	case change(was["subscribe"], now.attributes["subscribe"]):
		return true
	case now.refreshOnly && !recheck():
		return false
	case now.guarded():
		commands := now.unless.set || now.onlyif.set
		return recheck() || prior.inSync != inSync || prior.refreshOnly != now.refreshOnly ||
			different("creates", "removes", "unless", "onlyif") || commands && different("environment")
	}
	return recheck() || different("command", "environment", "stdin") || prior.failed() || now.always
}

// decide is the decision table for a resource in the state; refresh says that row 1 did.
func (m machine) decide(prior execState, now resolved) (v verdict, refresh bool) {
	was := prior.attributes
	recheck := change(was["recheck_on"], now.attributes["recheck_on"])
	definition := slices.ContainsFunc([]string{"command", "environment", "stdin"}, func(a string) bool {
		return unlike(was[a], now.attributes[a])
	})
	switch {
	case change(was["subscribe"], now.attributes["subscribe"]):
		return mustRun, true
	case now.refreshOnly && !recheck:
		return mustSkip, false
	case now.guarded():
		return m.ask(now), false
	case definition || recheck || prior.failed() || now.always:
		return mustRun, false
	}
	return mustSkip, false
}

// first is the decision table for a resource that is not in the state.
func (m machine) first(now resolved) (v verdict, refresh bool) {
	recheck := now.attributes["recheck_on"].plain != "null"
	switch {
	case now.attributes["subscribe"].plain != "null":
		return mustRun, true
	case now.refreshOnly && !recheck:
		return mustSkip, false
	case now.guarded():
		return m.ask(now), false
	}
	return mustRun, false
}
