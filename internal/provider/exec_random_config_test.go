package provider_test

import (
	"fmt"
	"slices"
	"strings"
)

// This file is what the randomised test writes: configurations of a few resources that
// refer only to those before them, and what such a configuration comes to once references
// have values.

// The resources, in the order in which they may refer to each other.
var (
	randomData  = []string{"t0", "t1"}
	randomExecs = []string{"a", "b", "c", "d", "e"}
)

func address(name string) string {
	if slices.Contains(randomData, name) {
		return "terraform_data." + name
	}
	return "exec." + name
}

// value is a value as far as it matters here. Two values are the same to the engine if
// typed is, and to the provider if plain is, which knows no difference between list and
// tuple. Null is "null" in both.
type value struct {
	typed, plain string
	unknown      bool
}

var nullValue = value{typed: "null", plain: "null"}

func knownValue(text string) value { return value{typed: text, plain: text} }

// values finds the value of a reference such as "exec.a.run_id".
type values func(reference string) value

// elem is one expression: a literal, or a reference of which a part may be taken.
type elem struct {
	literal, reference string
	// keep is how much of the reference's value is taken: all of it if negative.
	keep int
}

func (e elem) hcl() string {
	switch {
	case e.reference == "":
		return fmt.Sprintf("%q", e.literal)
	case e.keep >= 0:
		return fmt.Sprintf("substr(%s, 0, %d)", e.reference, e.keep)
	}
	return e.reference
}

func (e elem) value(of values) value {
	if e.reference == "" {
		return knownValue(fmt.Sprintf("%q", e.literal))
	}
	v := of(e.reference)
	if v.unknown || v.plain == "null" || e.keep < 0 {
		return v
	}
	text := strings.Trim(v.plain, `"`)
	return knownValue(fmt.Sprintf("%q", text[:min(e.keep, len(text))]))
}

// The forms in which the same elements can be written.
const (
	formBare = iota
	formTuple
	formList
	formObject
	formMap
	forms
)

// collection is a value of one of the forms. It is null without elements.
type collection struct {
	form  int
	elems []elem
}

func (c collection) hcl() string {
	var parts []string
	for i, e := range c.elems {
		if c.form >= formObject {
			parts = append(parts, fmt.Sprintf("k%d = %s", i, e.hcl()))
		} else {
			parts = append(parts, e.hcl())
		}
	}
	text := strings.Join(parts, ", ")
	switch c.form {
	case formBare:
		return parts[0]
	case formTuple:
		return "[" + text + "]"
	case formList:
		return "tolist([" + text + "])"
	case formObject:
		return "{ " + text + " }"
	}
	return "tomap({ " + text + " })"
}

func (c collection) value(of values) value {
	if len(c.elems) == 0 {
		return nullValue
	}
	var plain []string
	var unknown bool
	for _, e := range c.elems {
		v := e.value(of)
		plain = append(plain, v.plain)
		unknown = unknown || v.unknown
	}
	text := strings.Join(plain, ", ")
	switch c.form {
	case formBare:
	case formTuple, formList:
		text = "[" + text + "]"
	default:
		text = "{" + text + "}"
	}
	return value{typed: fmt.Sprintf("%d:%s", c.form, text), plain: text, unknown: unknown}
}

func (c collection) references() []string {
	var out []string
	for _, e := range c.elems {
		if e.reference != "" {
			out = append(out, e.reference)
		}
	}
	return out
}

// question is a guard attribute that asks about one or two files: whether they exist, or
// what they exit with. The files' names may depend on a reference.
type question struct {
	set    bool
	form   int // formBare, formTuple or formList
	two    bool
	suffix elem
}

// files are the base names that the question's attribute asks about.
func (q question) files(name, letter string) []string {
	if !q.set {
		return nil
	}
	if q.two && q.form != formBare {
		return []string{name + "." + letter, name + "." + letter + "2"}
	}
	return []string{name + "." + letter}
}

// hcl writes the question; as is true where an element is a command.
func (q question) hcl(name, letter string, command bool) string {
	var parts []string
	for _, f := range q.files(name, letter) {
		text := f
		if command {
			text = "./" + f
		}
		expr := fmt.Sprintf("%q", text)
		if q.suffix.reference != "" {
			expr = fmt.Sprintf(`"%s${%s}"`, text, q.suffix.hcl())
		}
		if command {
			switch q.form {
			case formTuple:
				expr = "[" + expr + "]"
			case formList:
				expr = "tolist([" + expr + "])"
			}
		}
		parts = append(parts, expr)
	}
	text := strings.Join(parts, ", ")
	switch q.form {
	case formBare:
		return text
	case formTuple:
		return "[" + text + "]"
	}
	return "tolist([" + text + "])"
}

// value returns the attribute's value and, if that is known, the files it asks about.
func (q question) value(name, letter string, command bool, of values) (value, []string) {
	if !q.set {
		return nullValue, nil
	}
	files := q.files(name, letter)
	suffix := knownValue(`""`)
	if q.suffix.reference != "" {
		suffix = q.suffix.value(of)
	}
	for i := range files {
		files[i] += strings.Trim(suffix.plain, `"`)
	}
	plain := strings.Join(files, ",")
	if command && q.form == formBare {
		plain = "string:" + plain // A string that is split is not the argv that it becomes.
	}
	return value{typed: fmt.Sprintf("%d:%s", q.form, plain), plain: plain, unknown: suffix.unknown}, files
}

// spec is one exec resource as it is written.
type spec struct {
	label       string
	commandForm int // formBare for a string, formTuple or formList
	revision    int
	argument    elem // one more argument, if it is a reference
	environment elem // the variable V, if set
	stdin       string

	creates, removes, unless, onlyif question

	refreshOnly, always, verify, sensitive bool
	subscribe, recheck                     collection
	refresh                                bool

	returns, unchanged bool // [0, 3] and [7]

	destroy, destroyUnless bool
}

func (s spec) guarded() bool {
	return s.creates.set || s.removes.set || s.unless.set || s.onlyif.set
}

// questions are the guard attributes by the letter that stands in their files' names.
func (s spec) questions() map[string]question {
	return map[string]question{"c": s.creates, "r": s.removes, "u": s.unless, "o": s.onlyif}
}

// references are the addresses that the resource refers to.
func (s spec) references() []string {
	all := slices.Concat(s.subscribe.references(), s.recheck.references())
	parts := []elem{s.argument, s.environment}
	for _, q := range s.questions() {
		if q.set {
			parts = append(parts, q.suffix)
		}
	}
	for _, e := range parts {
		if e.reference != "" {
			all = append(all, e.reference)
		}
	}
	for i, r := range all {
		all[i] = r[:strings.LastIndexByte(r, '.')]
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// words are the command's argv as expressions; what is run, refresh or destroy.
func (s spec) words(what, name string) []elem {
	words := []elem{{literal: "sh"}, {literal: "do.sh"}, {literal: what}, {literal: name}, {literal: fmt.Sprint(s.revision)}}
	if s.argument.reference != "" {
		words = append(words, s.argument)
	}
	return words
}

func (s spec) commandHCL(what, name string) string {
	words := s.words(what, name)
	if s.commandForm != formBare {
		return collection{form: s.commandForm, elems: words}.hcl()
	}
	var text []string
	for _, w := range words {
		if w.reference != "" {
			text = append(text, "${"+w.hcl()+"}")
		} else {
			text = append(text, w.literal)
		}
	}
	return `"` + strings.Join(text, " ") + `"`
}

func (s spec) commandValue(what, name string, of values) value {
	v := collection{form: formTuple, elems: s.words(what, name)}.value(of)
	v.typed = fmt.Sprintf("%d:%s", s.commandForm, v.plain)
	if s.commandForm == formBare {
		v.plain = "string:" + v.plain
	}
	return v
}

// hcl writes the resource.
func (s spec) hcl(name string) string {
	var b strings.Builder
	line := func(set bool, attribute, expr string) {
		if set {
			fmt.Fprintf(&b, "  %s = %s\n", attribute, expr)
		}
	}
	fmt.Fprintf(&b, "resource \"exec\" %q {\n", name)
	line(s.label != "", "name", fmt.Sprintf("%q", s.label))
	line(true, "command", s.commandHCL("run", name))
	line(s.environment != elem{}, "environment", "{ V = "+s.environment.hcl()+" }")
	line(s.stdin != "", "stdin", fmt.Sprintf("%q", s.stdin))
	line(s.creates.set, "creates", s.creates.hcl(name, "c", false))
	line(s.removes.set, "removes", s.removes.hcl(name, "r", false))
	line(s.unless.set, "unless", s.unless.hcl(name, "u", true))
	line(s.onlyif.set, "onlyif", s.onlyif.hcl(name, "o", true))
	line(s.refreshOnly, "refresh_only", "true")
	if len(s.subscribe.elems) > 0 {
		line(true, "subscribe", s.subscribe.hcl())
	}
	if len(s.recheck.elems) > 0 {
		line(true, "recheck_on", s.recheck.hcl())
	}
	line(s.refresh, "refresh", s.commandHCL("refresh", name))
	line(s.always, "always", "true")
	line(s.returns, "returns", "[0, 3]")
	line(s.unchanged, "unchanged_returns", "[7]")
	line(s.verify, "verify", "true")
	line(s.sensitive, "sensitive_output", "true")
	if s.destroy {
		unless := ""
		if s.destroyUnless {
			unless = fmt.Sprintf(`, unless = [["./%s.d"]]`, name)
		}
		line(true, "destroy", fmt.Sprintf(`{ command = ["sh", "do.sh", "destroy", %q]%s }`, name, unless))
	}
	b.WriteString("}\n")
	return b.String()
}

// resolved is a resource whose references have been looked up.
type resolved struct {
	spec
	// attributes are those whose change the engine would show.
	attributes map[string]value
	// asks are the files that each guard attribute asks about, if that is known.
	asks map[string][]string
	// prints is what the command prints.
	prints string
}

func (s spec) resolve(name string, of values) resolved {
	r := resolved{spec: s, attributes: map[string]value{}, asks: map[string][]string{}}
	set := func(attribute string, v value) { r.attributes[attribute] = v }
	set("name", knownValue(s.label))
	set("command", s.commandValue("run", name, of))
	set("refresh", nullValue)
	if s.refresh {
		set("refresh", s.commandValue("refresh", name, of))
	}
	set("environment", nullValue)
	variable := ""
	if (s.environment != elem{}) {
		v := s.environment.value(of)
		set("environment", v)
		variable = strings.Trim(v.plain, `"`)
	}
	set("stdin", knownValue(s.stdin))
	ask := func(attribute, letter string, q question, command bool) {
		v, files := q.value(name, letter, command, of)
		set(attribute, v)
		r.asks[attribute] = files
	}
	ask("creates", "c", s.creates, false)
	ask("removes", "r", s.removes, false)
	ask("unless", "u", s.unless, true)
	ask("onlyif", "o", s.onlyif, true)
	set("subscribe", s.subscribe.value(of))
	set("recheck_on", s.recheck.value(of))
	set("flags", knownValue(fmt.Sprint(s.refreshOnly, s.always, s.verify, s.sensitive, s.returns, s.unchanged, s.destroy, s.destroy && s.destroyUnless)))

	argument := ""
	if s.argument.reference != "" {
		argument = strings.Trim(s.argument.value(of).plain, `"`)
	}
	r.prints = fmt.Sprintf("%s %d %s %s", name, s.revision, argument, variable)
	return r
}

func (r resolved) accepts(code int) bool {
	return code == 0 || r.returns && code == 3 || r.unchanged && code == 7
}
