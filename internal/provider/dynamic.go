package provider

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
)

// underlying returns what a dynamic value holds. A dynamic value that holds a typed null,
// or a typed unknown, is neither null nor unknown itself; what it holds is.
func underlying(v attr.Value) attr.Value {
	for {
		d, ok := v.(basetypes.DynamicValue)
		if !ok || d.IsNull() || d.IsUnknown() {
			return v
		}
		v = d.UnderlyingValue()
	}
}

// nothing reports that v is null, also where the null has a type.
func nothing(v attr.Value) bool { return underlying(v).IsNull() }

// elements returns the elements of a list or a tuple, which are the same to a reader of
// HCL. A set is one too where order means nothing.
func elements(v attr.Value, setToo bool) ([]attr.Value, bool) {
	switch v := v.(type) {
	case basetypes.ListValue:
		return v.Elements(), true
	case basetypes.TupleValue:
		return v.Elements(), true
	case basetypes.SetValue:
		return v.Elements(), setToo
	}
	return nil, false
}

// word returns the string that HCL would make of a string, a number or a bool that has a
// value.
func word(v attr.Value) (string, bool) {
	if v.IsNull() || v.IsUnknown() {
		return "", false
	}
	switch v := v.(type) {
	case basetypes.StringValue:
		return v.ValueString(), true
	case basetypes.NumberValue:
		return v.ValueBigFloat().Text('f', -1), true
	case basetypes.BoolValue:
		if v.ValueBool() {
			return "true", true
		}
		return "false", true
	}
	return "", false
}

// attributePath returns the path of a possibly nested attribute: "destroy.command".
func attributePath(name string) path.Path {
	first, rest, nested := strings.Cut(name, ".")
	p := path.Root(first)
	if nested {
		p = p.AtName(rest)
	}
	return p
}

// line decodes the command form: a string, or a list of strings that is the argv.
func (d decoder) line(name string, v types.Dynamic) converge.Line {
	value := underlying(v)
	if !d.set(name, value) {
		return converge.Line{}
	}
	if s, ok := value.(basetypes.StringValue); ok {
		if s.ValueString() == "" {
			d.diags.Append(emptyCommand(attributePath(name)))
		}
		return converge.Line{Text: s.ValueString()}
	}
	list, ok := elements(value, false)
	if !ok {
		d.diags.Append(notCommandForm(attributePath(name)))
		return converge.Line{}
	}
	return converge.Line{Argv: d.argv(name, attributePath(name), list)}
}

// argv decodes the words of a command. It is nil if one of them is unknown or no word.
func (d decoder) argv(name string, p path.Path, list []attr.Value) []string {
	if len(list) == 0 {
		d.diags.Append(emptyCommand(p))
		return nil
	}
	argv := make([]string, 0, len(list))
	complete := true
	for i, e := range list {
		e = underlying(e)
		switch w, ok := word(e); {
		case e.IsUnknown():
			d.unknown[name] = true
			complete = false
		case e.IsNull():
			d.diags.Append(nullElement(p.AtListIndex(i)))
			complete = false
		case !ok:
			d.diags.Append(notAWord(p.AtListIndex(i)))
			complete = false
		case i == 0 && w == "":
			d.diags.Append(emptyCommand(p.AtListIndex(i)))
			complete = false
		default:
			argv = append(argv, w)
		}
	}
	if !complete {
		return nil
	}
	return argv
}

// lines decodes the guard form: a string, which is one command, or a list of several
// commands, each a string or an argv. Unknown commands are left out; whoever asks the
// guards must look at unknowns first.
func (d decoder) lines(name string, v types.Dynamic) []converge.Line {
	value := underlying(v)
	if !d.set(name, value) {
		return nil
	}
	p := attributePath(name)
	if s, ok := value.(basetypes.StringValue); ok {
		if s.ValueString() == "" {
			d.diags.Append(emptyCommand(p))
		}
		return []converge.Line{{Text: s.ValueString()}}
	}
	list, ok := elements(value, false)
	if !ok {
		d.diags.Append(notGuardForm(p))
		return nil
	}
	if len(list) == 0 {
		d.diags.Append(emptyGuard(p))
	}
	out := make([]converge.Line, 0, len(list))
	for i, e := range list {
		if l := d.guard(name, p.AtListIndex(i), underlying(e)); !l.IsZero() {
			out = append(out, l)
		}
	}
	return out
}

// guard decodes one command of a list of guards.
func (d decoder) guard(name string, p path.Path, e attr.Value) converge.Line {
	if e.IsUnknown() {
		d.unknown[name] = true
		return converge.Line{}
	}
	if e.IsNull() {
		d.diags.Append(nullElement(p))
		return converge.Line{}
	}
	if s, ok := e.(basetypes.StringValue); ok {
		switch text := s.ValueString(); {
		case text == "":
			d.diags.Append(emptyCommand(p))
		case strings.HasPrefix(text, "-"):
			d.diags.Append(flatGuard(p))
		default:
			return converge.Line{Text: text}
		}
		return converge.Line{}
	}
	list, ok := elements(e, false)
	if !ok {
		d.diags.Append(notGuardForm(p))
		return converge.Line{}
	}
	return converge.Line{Argv: d.argv(name, p, list)}
}

// paths decodes a string or a list of strings.
func (d decoder) paths(name string, v types.Dynamic) []string {
	value := underlying(v)
	if !d.set(name, value) {
		return nil
	}
	p := attributePath(name)
	list, ok := elements(value, true)
	s, single := value.(basetypes.StringValue)
	if single {
		list, ok = []attr.Value{s}, true
	}
	if !ok {
		d.diags.Append(notPathForm(p))
		return nil
	}
	if len(list) == 0 {
		d.diags.Append(emptyGuard(p))
	}
	out := make([]string, 0, len(list))
	for i, e := range list {
		e = underlying(e)
		at := p
		if !single {
			at = p.AtListIndex(i)
		}
		switch s, ok := e.(basetypes.StringValue); {
		case e.IsUnknown():
			d.unknown[name] = true
		case e.IsNull():
			d.diags.Append(nullElement(at))
		case !ok:
			d.diags.Append(notPathForm(at))
		case s.ValueString() == "":
			d.diags.Append(emptyPath(at))
		case strings.ContainsRune(s.ValueString(), 0):
			d.diags.Append(nulByte(at))
		default:
			out = append(out, s.ValueString())
		}
	}
	return out
}

// triggered compares a trigger with what it was at the last apply. Values are compared as
// a reader of HCL would: a list equals a tuple, a map an object, whatever their types say,
// and a null is no trigger at all.
func triggered(now, before attr.Value) guard.Change {
	if now = underlying(now); now.IsNull() {
		return guard.Unchanged
	}
	was, _ := canonical(underlying(before))
	is, known := canonical(now)
	switch {
	case !known:
		return guard.NotYetKnown
	case is == was:
		return guard.Unchanged
	}
	return guard.Changed
}

// canonical returns a text that two values share if and only if they are equal by value.
// It reports false if some part of the value is unknown.
func canonical(v attr.Value) (string, bool) {
	value, known := plain.fold(v)
	if !known {
		return "", false
	}
	text, err := json.Marshal(value)
	if err != nil {
		return "", false // Only plain data is marshalled here, so that cannot be.
	}
	return string(text), true
}

// number keeps numbers apart from strings without losing precision.
type number struct {
	Number string `json:"number"`
}

// unordered keeps sets apart from lists.
type unordered struct {
	Set []string `json:"set"`
}

// object keeps the keys of a configured object apart from those of number and unordered.
type object struct {
	Object map[string]any `json:"object"`
}

// plain tells numbers, objects and sets apart from everything else that looks like them.
var plain = folding{
	number: func(f *big.Float) any { return number{Number: exact(f)} },
	object: func(fields map[string]any) any { return object{Object: fields} },
	set: func(values []any) any {
		set := unordered{Set: make([]string, len(values))}
		for i, v := range values {
			text, err := json.Marshal(v)
			if err != nil {
				text = nil // Only plain data is marshalled here, so that cannot be.
			}
			set.Set[i] = string(text)
		}
		slices.Sort(set.Set)
		return set
	},
}

// folding turns a value into plain Go: nil, strings, bools and lists of them, and what its
// functions make of everything else.
type folding struct {
	number func(*big.Float) any
	object func(map[string]any) any
	set    func([]any) any
}

// fold reports false if some part of the value is unknown, or of a kind that has no plain
// form.
func (f folding) fold(v attr.Value) (any, bool) {
	v = underlying(v)
	if v.IsUnknown() {
		return nil, false
	}
	if v.IsNull() {
		return nil, true
	}
	switch v := v.(type) {
	case basetypes.StringValue:
		return v.ValueString(), true
	case basetypes.BoolValue:
		return v.ValueBool(), true
	case basetypes.NumberValue:
		return f.number(v.ValueBigFloat()), true
	}
	if fields, ok := members(v); ok {
		return f.foldObject(fields)
	}
	list, ok := elements(v, true)
	if !ok {
		return nil, false
	}
	out := make([]any, 0, len(list))
	for _, e := range list {
		value, known := f.fold(e)
		if !known {
			return nil, false
		}
		out = append(out, value)
	}
	if _, isSet := v.(basetypes.SetValue); isSet {
		return f.set(out), true
	}
	return out, true
}

func (f folding) foldObject(fields map[string]attr.Value) (any, bool) {
	out := make(map[string]any, len(fields))
	for key, e := range fields {
		value, known := f.fold(e)
		if !known {
			return nil, false
		}
		out[key] = value
	}
	return f.object(out), true
}

// members returns the fields of an object or a map, which are the same to a reader of HCL.
func members(v attr.Value) (map[string]attr.Value, bool) {
	switch v := v.(type) {
	case basetypes.ObjectValue:
		return v.Attributes(), true
	case basetypes.MapValue:
		return v.Elements(), true
	}
	return nil, false
}

// exact returns a text that equal numbers share, whatever precision they are held with, by
// the rule of engines (rawNumberEqual of go-cty): integers are compared exactly, fractions by
// their shortest decimals. These are what is stored, so that what was a float64 in one plan
// comes from a decimal, and with more bits, in the next.
func exact(f *big.Float) string {
	if f.Sign() == 0 {
		return "0" // There is a minus zero too, and it is no other number.
	}
	if f.IsInt() {
		return f.Text('p', 0)
	}
	if n, accuracy := f.Float64(); accuracy == big.Exact {
		f = big.NewFloat(n)
	}
	return f.Text('e', -1)
}
