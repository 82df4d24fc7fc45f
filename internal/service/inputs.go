package service

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// schemaURL names the schema of a service to the compiler, which wants a location. No other
// location is ever read.
const schemaURL = "input-schema:///schema.json"

// Schema is a JSON Schema that inputs are checked against: draft 2020-12 unless its
// "$schema" says otherwise.
type Schema struct {
	compiled *jsonschema.Schema
	source   map[string]any
}

// SchemaError means that a text is no JSON Schema.
type SchemaError struct{ Detail string }

func (e *SchemaError) Error() string { return e.Detail }

// Violation is one way in which inputs are not what the schema says.
type Violation struct {
	// Path leads to the value inside the inputs; empty means the inputs as a whole.
	Path []string
	// Says is what the schema says of it. It does not repeat the value, which may be a
	// secret.
	Says string
}

// noLoader refuses references that lead out of the schema: a plan reads nothing from the
// network because of a schema.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("the schema refers to %s; only references within it are followed", url)
}

// ParseSchema compiles a schema. The error is a [*SchemaError].
func ParseSchema(text string) (*Schema, error) {
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return nil, &SchemaError{Detail: "it is not JSON: " + err.Error()}
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.UseLoader(noLoader{})
	compiler.AssertFormat()
	if err := compiler.AddResource(schemaURL, document); err != nil {
		return nil, &SchemaError{Detail: schemaFault(err)}
	}
	compiled, err := compiler.Compile(schemaURL)
	if err != nil {
		return nil, &SchemaError{Detail: schemaFault(err)}
	}
	source, _ := document.(map[string]any)
	return &Schema{compiled: compiled, source: source}, nil
}

// schemaFault names the part of the schema that its own rules refuse.
func schemaFault(err error) string {
	if invalid, ok := errors.AsType[*jsonschema.SchemaValidationError](err); ok {
		if violation, ok := errors.AsType[*jsonschema.ValidationError](invalid.Err); ok {
			leaves := violations(violation)
			return fmt.Sprintf("at /%s: %s", strings.Join(leaves[0].Path, "/"), leaves[0].Says)
		}
	}
	return strings.ReplaceAll(err.Error(), schemaURL, "schema")
}

// Apply returns the inputs with the defaults of the schema filled in, and what is wrong
// with them. A nil Schema accepts everything. The inputs themselves are not changed.
func (s *Schema) Apply(inputs map[string]any) (map[string]any, []Violation) {
	if s == nil {
		return inputs, nil
	}
	filled, _ := withDefaults(s.source, inputs).(map[string]any)
	err := s.compiled.Validate(filled)
	if violation, ok := errors.AsType[*jsonschema.ValidationError](err); ok {
		return filled, violations(violation)
	}
	return filled, nil
}

// withDefaults fills in the defaults of properties that are not set, in nested objects
// too. References are not followed: a default stands where the property is described.
func withDefaults(schema map[string]any, value any) any {
	object, ok := value.(map[string]any)
	if !ok {
		return value
	}
	filled := maps.Clone(object)
	if filled == nil {
		filled = map[string]any{}
	}
	properties, _ := schema["properties"].(map[string]any)
	for name, described := range properties {
		property, _ := described.(map[string]any)
		present, isSet := filled[name]
		if !isSet {
			if present, isSet = property["default"]; !isSet {
				continue
			}
		}
		filled[name] = withDefaults(property, present)
	}
	return filled
}

// violations returns the leaves of an error, which say what is wrong; what lies above them
// only says where.
func violations(e *jsonschema.ValidationError) []Violation {
	if len(e.Causes) == 0 {
		return []Violation{{Path: e.InstanceLocation, Says: says(e.ErrorKind)}}
	}
	if text, ok := alternatives(e.ErrorKind); ok {
		return []Violation{{Path: e.InstanceLocation, Says: text}}
	}
	var out []Violation
	for _, cause := range e.Causes {
		out = append(out, violations(cause)...)
	}
	slices.SortStableFunc(out, func(a, b Violation) int { return slices.Compare(a.Path, b.Path) })
	return out
}

// alternatives words the keywords of which each branch fails for a reason of its own, so
// that the reasons together would contradict each other.
func alternatives(k jsonschema.ErrorKind) (string, bool) {
	switch k.(type) {
	case *kind.AnyOf:
		return "matches none of the alternatives of anyOf", true
	case *kind.OneOf:
		return "does not match exactly one of the alternatives of oneOf", true
	}
	return "", false
}

func says(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		return fmt.Sprintf("must be of type %s, and is of type %s", strings.Join(k.Want, " or "), k.Got)
	case *kind.Required:
		return "lacks " + quoted(k.Missing)
	case *kind.AdditionalProperties:
		return "must not have " + quoted(k.Properties)
	case *kind.Format:
		return "must have the format " + k.Want
	case *kind.Minimum:
		return "must be at least " + k.Want.RatString()
	case *kind.Maximum:
		return "must be at most " + k.Want.RatString()
	case *kind.ExclusiveMinimum:
		return "must be more than " + k.Want.RatString()
	case *kind.ExclusiveMaximum:
		return "must be less than " + k.Want.RatString()
	case *kind.MultipleOf:
		return "must be a multiple of " + k.Want.RatString()
	case *kind.MinLength:
		return fmt.Sprintf("must have at least %d characters", k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("must have at most %d characters", k.Want)
	case *kind.MinItems:
		return fmt.Sprintf("must have at least %d elements", k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("must have at most %d elements", k.Want)
	case *kind.Pattern:
		return "must match the pattern " + strconv.Quote(k.Want)
	case *kind.Enum:
		return "must be one of " + listed(k.Want)
	case *kind.Const:
		return "must be " + listed([]any{k.Want})
	case *kind.FalseSchema:
		return "is not allowed"
	case *kind.OneOf:
		return "matches more than one of the alternatives of oneOf"
	}
	return "does not satisfy " + strconv.Quote(strings.Join(k.KeywordPath(), "/"))
}

func quoted(names []string) string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = strconv.Quote(name)
	}
	return strings.Join(out, ", ")
}

func listed(values []any) string {
	out := make([]string, len(values))
	for i, v := range values {
		text, err := Text(v)
		if _, isString := v.(string); isString && err == nil {
			text = strconv.Quote(text)
		}
		out[i] = text
	}
	return strings.Join(out, ", ")
}
