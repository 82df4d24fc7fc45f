package wire

import (
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
)

// rules are what a schema demands of an attribute beyond its type.
type rules struct {
	// validators are asked about a configured value; nil if there are none.
	validators validators
	// judged: what else is wrong with a configured value, the framework alone can say.
	judged bool
	// planned: the framework changes plans for it.
	planned bool
	// writeOnly: it, or an attribute within it, never reaches plans and states.
	writeOnly bool
	// within are the rules of the attributes that it holds, if they are known.
	within map[string]rules
}

// hides reports whether v has a value that never reaches plans and states, or may hold one.
func (r rules) hides(v attr.Value) bool {
	switch {
	case !r.writeOnly || v.IsNull():
		return false
	case v.IsUnknown() || r.within == nil:
		return true
	}
	object, ok := v.(interface{ Attributes() map[string]attr.Value })
	if !ok {
		return true
	}
	for name, inner := range object.Attributes() {
		if r.within[name].hides(inner) {
			return true
		}
	}
	return false
}

// rulesOf returns the rules of an attribute and of those within it. The framework has one
// struct per kind of attribute, all with the same names for the same things, and only
// internal names for the interfaces that they share; so the names are asked.
func rulesOf(a schema.Attribute) rules {
	fields := reflect.ValueOf(a)
	has := func(name string) bool {
		f := fields.FieldByName(name)
		return f.IsValid() && !f.IsZero()
	}
	if has("NestedObject") {
		// Elements with attributes of their own: nothing here needs them yet.
		return rules{judged: true, planned: true, writeOnly: true}
	}
	r := rules{
		judged:    has("DeprecationMessage") || a.IsRequired() || a.IsWriteOnly() || a.IsComputed() && !a.IsOptional(),
		planned:   has("Default") || has("PlanModifiers"),
		writeOnly: a.IsWriteOnly(),
	}
	if has("Validators") {
		r.validators = validatorsOf(a)
		r.judged = r.judged || r.validators == nil
	}
	if !has("Attributes") {
		return r
	}
	r.judged = true
	within, _ := reflect.TypeAssert[map[string]schema.Attribute](fields.FieldByName("Attributes"))
	r.within = make(map[string]rules, len(within))
	for name, e := range within {
		inner := rulesOf(e)
		r.within[name] = inner
		// A computed attribute within another is made unknown where it is not configured.
		r.planned = r.planned || inner.planned || e.IsComputed()
		r.writeOnly = r.writeOnly || inner.writeOnly
	}
	return r
}
