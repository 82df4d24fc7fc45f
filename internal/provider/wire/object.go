// Package wire converts between what engines send and the models that resources work on,
// without the plugin framework in between.
//
// The framework builds a tree of typed values from every message, walks it once per rule and
// per attribute, and fills models by reflection. For one resource that is nothing; for
// thousands of them it is most of what a plan costs. This package reads an object attribute
// by attribute into its model and writes it back. Attributes that hold nothing, a text, a
// bool or a number in its usual form it converts itself; the others it has converted by the
// same code that the framework calls, one attribute at a time.
//
// It promises to be exact or to refuse: whatever it does not know how to convert precisely
// as the framework would is an error, and the caller leaves the message to the framework.
// It refuses to know any resource.
package wire

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Object converts values of one resource type, whose model is the struct M with a field of
// a framework type for each attribute, tagged as the framework wants it. It may be used by
// several goroutines.
type Object[M any] struct {
	// fields are in the order of their names, as objects are on the wire.
	fields []field
	// length is the head of an object with that many attributes.
	length []byte
	// null is a model in which every attribute is null.
	null    M
	version int64
}

// field is one attribute.
type field struct {
	name string
	// index is the place of the field in the model, which may embed other structs.
	index []int
	typ   attr.Type
	wire  tftypes.Type
	// key is the name as it is on the wire.
	key []byte
	rules
}

// NewObject returns what converts values of s. It is an error if the model does not fit s,
// or if s has rules for plans, which the framework alone applies.
func NewObject[M any](ctx context.Context, s schema.Schema) (*Object[M], error) {
	if len(s.Blocks) > 0 {
		return nil, errors.New("blocks are not converted")
	}
	o := &Object[M]{version: s.Version}
	model := reflect.ValueOf(&o.null).Elem()
	for _, member := range reflect.VisibleFields(model.Type()) {
		if member.Anonymous {
			continue // What it holds comes by itself.
		}
		name := member.Tag.Get("tfsdk")
		attribute, ok := s.Attributes[name]
		if !ok {
			return nil, fmt.Errorf("the model has %q, the schema has not", name)
		}
		r := rulesOf(attribute)
		if r.planned {
			return nil, fmt.Errorf("%s has a default or a plan modifier", name)
		}
		f := field{name: name, index: member.Index, typ: attribute.GetType(), rules: r}
		f.wire = f.typ.TerraformType(ctx)
		f.key = encodedKey(name)
		null, err := f.typ.ValueFromTerraform(ctx, tftypes.NewValue(f.wire, nil))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if err := put(model.FieldByIndex(member.Index), null); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		o.fields = append(o.fields, f)
	}
	if len(o.fields) != len(s.Attributes) {
		return nil, fmt.Errorf("the schema has %d attributes, the model %d", len(s.Attributes), len(o.fields))
	}
	slices.SortFunc(o.fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
	o.length = encodedLength(len(o.fields))
	return o, nil
}

// put sets a field of a model.
func put(to reflect.Value, v attr.Value) error {
	from := reflect.ValueOf(v)
	if from.Type() != to.Type() {
		return fmt.Errorf("a %s for a %s", from.Type(), to.Type())
	}
	to.Set(from)
	return nil
}

// value returns the value of f in a model.
func (f field) value(model reflect.Value) attr.Value {
	v, _ := reflect.TypeAssert[attr.Value](model.FieldByIndex(f.index)) // NewObject has put one there.
	return v
}

// Version is the version of the schema.
func (o *Object[M]) Version() int64 { return o.version }

// WriteOnly reports whether m has a value of an attribute that never reaches plans and
// states, or that may hold one.
func (o *Object[M]) WriteOnly(m *M) bool {
	model := reflect.ValueOf(m).Elem()
	return slices.ContainsFunc(o.fields, func(f field) bool { return f.hides(f.value(model)) })
}
