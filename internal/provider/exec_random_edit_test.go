package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// This file is the chance of the randomised test: which edit, which drift.

func (s *sequence) chance(n, of int) bool { return s.rand.IntN(of) < n }

func pick[T any](s *sequence, from ...T) T { return from[s.rand.IntN(len(from))] }

// input is a value of a terraform_data: some differ in a part only.
func (s *sequence) input() string { return pick(s, "x1", "x2", "y1") }

// content is what a file of a guard may hold. Now and then a guard command is missing.
func (s *sequence) content(letter string) string {
	if letter == "c" || letter == "r" {
		return pick(s, "", saysYes)
	}
	if s.chance(1, 12) {
		return ""
	}
	return pick(s, saysYes, saysNo)
}

// hcl writes the whole configuration.
func (s *sequence) hcl() string {
	var b strings.Builder
	for _, name := range randomData {
		if input, ok := s.inputs[name]; ok {
			fmt.Fprintf(&b, "resource \"terraform_data\" %q {\n  input = %q\n}\n", name, input)
		}
	}
	for _, name := range randomExecs {
		if config, ok := s.execs[name]; ok {
			b.WriteString(config.hcl(name))
		}
	}
	return b.String()
}

// drift changes up to most things on the machine, mostly such that matter.
func (s *sequence) drift(most int) {
	for range s.rand.IntN(most + 1) {
		name := pick(s, randomExecs...)
		if configured := slices.Sorted(maps.Keys(s.execs)); len(configured) > 0 && s.chance(9, 10) {
			name = pick(s, configured...)
		}
		switch s.rand.IntN(10) {
		case 0, 1:
			s.machine.codes[name] = pick(s, 0, 0, 0, 0, 1, 3, 3, 7, 7, killed)
			if s.execs[name].unchanged && s.chance(1, 2) {
				s.machine.codes[name] = 7
			}
			s.logf("code of %s: %d", name, s.machine.codes[name])
			s.w.Write("code."+name, fmt.Sprint(s.machine.codes[name]))
		case 2:
			s.machine.destroyCodes[name] = pick(s, 0, 0, 1)
			s.logf("destroy code of %s: %d", name, s.machine.destroyCodes[name])
			s.w.Write("destroy-code."+name, fmt.Sprint(s.machine.destroyCodes[name]))
		case 3:
			s.setEffects(name, s.effects(name))
		default:
			letter := s.letter(name)
			file := s.file(name, letter)
			content := s.content(letter)
			if s.machine.files[file] == content && s.chance(3, 4) {
				content = opposite(letter, content)
			}
			s.logf("file %s: %q", file, content)
			s.setFile(file, content)
		}
	}
}

// letter is a guard attribute of the resource: mostly one that is set.
func (s *sequence) letter(name string) string {
	config := s.execs[name]
	var set []string
	for letter, q := range config.questions() {
		if q.set {
			set = append(set, letter)
		}
	}
	slices.Sort(set)
	if len(set) == 0 || s.chance(1, 5) {
		return pick(s, "c", "r", "u", "o", "d")
	}
	return pick(s, set...)
}

// opposite is what makes a guard say the other thing.
func opposite(letter, content string) string {
	switch {
	case content != saysYes:
		return saysYes
	case letter == "c" || letter == "r":
		return ""
	}
	return saysNo
}

// file is one that a guard attribute of the resource asks about, or could.
func (s *sequence) file(name, letter string) string {
	q := s.execs[name].questions()[letter]
	file := name + "." + letter
	if q.two && s.chance(1, 2) {
		file += "2"
	}
	if q.suffix.reference != "" && q.suffix.keep == 1 {
		file += pick(s, "x", "y")
	}
	return file
}

// effects are what the command of a resource may do: mostly what its guards ask for, and
// now and then something to a resource that comes after it in every apply.
func (s *sequence) effects(name string) map[string]string {
	effects := map[string]string{}
	if s.chance(3, 4) {
		for letter, content := range map[string]string{"c": saysYes, "r": "", "u": saysYes, "o": saysNo} {
			for _, variant := range []string{"", "2", "x", "y", "2x", "2y"} {
				effects[name+"."+letter+variant] = content
			}
		}
	}
	for _, other := range randomExecs {
		if s.chance(1, 2) && s.follows(other, name) {
			letter := pick(s, "c", "r", "u", "o")
			effects[s.file(other, letter)] = s.content(letter)
		}
	}
	return effects
}

// follows reports that other is the last one that name waits for, so that nobody else may
// change its files at the same time.
func (s *sequence) follows(name, other string) bool {
	upstream := slices.DeleteFunc(s.upstream(name), func(n string) bool { return slices.Contains(randomData, n) })
	return len(upstream) > 0 && upstream[len(upstream)-1] == other
}

func (s *sequence) setEffects(name string, effects map[string]string) {
	s.machine.effects[name] = effects
	var b strings.Builder
	for _, file := range slices.Sorted(maps.Keys(effects)) {
		if content := effects[file]; content == "" {
			fmt.Fprintf(&b, "rm -f %s\n", file)
		} else {
			fmt.Fprintf(&b, "ln -sf %s %s\n", content, file)
		}
	}
	s.logf("effects of %s: %v", name, effects)
	s.w.Write("effects."+name, b.String())
}

// add configures a new resource.
func (s *sequence) add(name string) {
	s.execs[name] = spec{unchanged: s.chance(1, 3), returns: s.chance(1, 4)}
	for range 5 + s.rand.IntN(8) {
		s.mutate(name)
	}
	s.logf("add %s:\n%s", name, s.execs[name].hcl(name))
	s.setEffects(name, s.effects(name))
}

// edit changes the configuration somewhere.
func (s *sequence) edit() {
	switch name := pick(s, randomExecs...); s.rand.IntN(8) {
	case 0, 1:
		data := pick(s, randomData...)
		s.inputs[data] = s.input()
		s.logf("input of %s: %s", data, s.inputs[data])
	case 2:
		if _, ok := s.execs[name]; !ok {
			s.add(name)
			return
		}
		if s.chance(1, 2) {
			s.logf("remove %s", name)
			delete(s.execs, name)
			s.settle()
		}
	default:
		if _, ok := s.execs[name]; ok {
			s.mutate(name)
			s.logf("edit %s:\n%s", name, s.execs[name].hcl(name))
		}
	}
}

// settle drops references to what is not configured, and effects on what no longer
// follows.
func (s *sequence) settle() {
	for _, name := range randomExecs {
		if config, ok := s.execs[name]; ok {
			s.execs[name] = s.valid(config)
		}
	}
	for name, effects := range s.machine.effects {
		kept := maps.Clone(effects)
		maps.DeleteFunc(kept, func(file, _ string) bool {
			owner, _, _ := strings.Cut(file, ".")
			return owner != name && !s.follows(owner, name)
		})
		if len(kept) != len(effects) {
			s.setEffects(name, kept)
		}
	}
}

// valid returns the configuration without what the provider would refuse.
func (s *sequence) valid(c spec) spec {
	gone := func(e elem) bool {
		kind, rest, _ := strings.Cut(e.reference, ".")
		name, _, _ := strings.Cut(rest, ".")
		_, ok := s.execs[name]
		return kind == "exec" && !ok
	}
	for _, trigger := range []*collection{&c.subscribe, &c.recheck} {
		trigger.elems = slices.DeleteFunc(slices.Clone(trigger.elems), gone)
	}
	c.always = c.always && !c.guarded()
	c.verify = c.verify && c.guarded()
	triggered := len(c.subscribe.elems)+len(c.recheck.elems) > 0
	c.refreshOnly = c.refreshOnly && triggered && (!c.guarded() || len(c.recheck.elems) > 0)
	return c
}

// mutate changes one thing of a resource.
func (s *sequence) mutate(name string) {
	c := s.execs[name]
	flip := func(b *bool) { *b = !*b }
	form := func() int { return s.rand.IntN(formList + 1) }
	guards := []*question{&c.creates, &c.removes, &c.unless, &c.onlyif}
	switch s.rand.IntN(24) {
	case 0:
		c.label = pick(s, "", "one", "two")
	case 1:
		c.commandForm = form()
	case 2:
		c.revision++
	case 3:
		c.argument = pick(s, elem{}, s.dataElem())
	case 4:
		c.environment = pick(s, elem{}, elem{literal: "v"}, elem{literal: "w"}, s.dataElem())
	case 5:
		c.stdin = pick(s, "", "in")
	case 6, 7, 8, 9:
		g := pick(s, guards...)
		g.set = s.chance(3, 4)
	case 10:
		pick(s, guards...).form = form()
	case 11:
		flip(&pick(s, guards...).two)
	case 12:
		pick(s, guards...).suffix = pick(s, elem{}, elem{reference: "terraform_data.t1.output", keep: s.rand.IntN(2)})
	case 13:
		flip(&c.refreshOnly)
	case 14:
		flip(&c.always)
	case 15:
		flip(&c.verify)
	case 16:
		flip(&c.sensitive)
	case 17, 18:
		c.subscribe = s.trigger(name)
	case 19, 20:
		c.recheck = s.trigger(name)
	case 21:
		flip(&c.refresh)
	case 22:
		flip(pick(s, &c.returns, &c.unchanged))
	case 23:
		flip(pick(s, &c.destroy, &c.destroy, &c.destroyUnless))
	}
	s.execs[name] = s.valid(c)
	s.settle()
}

// dataElem refers to a terraform_data, or to a part of it that changes less often.
func (s *sequence) dataElem() elem {
	return elem{reference: fmt.Sprintf("terraform_data.%s.output", pick(s, randomData...)), keep: pick(s, -1, 0, 1)}
}

// trigger is a value to subscribe to: a literal, or something of what comes before.
func (s *sequence) trigger(name string) collection {
	c := collection{form: s.rand.IntN(forms)}
	most := 2
	if c.form == formBare {
		most = 1
	}
	for range s.rand.IntN(most + 1) {
		e := elem{literal: pick(s, "v1", "v2"), keep: -1}
		earlier := slices.DeleteFunc(slices.Clone(randomExecs), func(other string) bool {
			_, configured := s.execs[other]
			return !configured || other >= name
		})
		switch {
		case s.chance(1, 2) && len(earlier) > 0:
			e.reference = "exec." + pick(s, earlier...) + "." + pick(s, "run_id", "run_id", "stdout")
		case s.chance(1, 3):
			e.reference = "terraform_data." + pick(s, randomData...) + ".id"
		case s.chance(1, 2):
			e = s.dataElem()
		}
		c.elems = append(c.elems, e)
	}
	return c
}
