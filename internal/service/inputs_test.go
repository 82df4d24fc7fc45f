package service

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSchemaApply(t *testing.T) {
	t.Parallel()
	const schema = `{
		"type": "object",
		"required": ["host"],
		"additionalProperties": false,
		"properties": {
			"host": {"type": "string", "minLength": 2, "pattern": "^[a-z]+$"},
			"port": {"type": "integer", "minimum": 1, "maximum": 65535, "default": 80},
			"mode": {"enum": ["fast", "safe"]},
			"tls": {
				"type": "object",
				"properties": {"verify": {"type": "boolean", "default": true}, "ca": {"type": "string"}}
			},
			"tags": {"type": "array", "items": {"type": "string"}}
		}
	}`
	cases := map[string]struct {
		inputs map[string]any
		filled map[string]any
		wrong  []Violation
	}{
		"defaults are filled in": {
			inputs: map[string]any{"host": "web"},
			filled: map[string]any{"host": "web", "port": 80.0},
		},
		"what is set stays, and a nested default is filled in": {
			inputs: map[string]any{"host": "web", "port": 81.0, "tls": map[string]any{"ca": "x"}},
			filled: map[string]any{"host": "web", "port": 81.0, "tls": map[string]any{"ca": "x", "verify": true}},
		},
		"a missing property": {
			inputs: map[string]any{},
			wrong:  []Violation{{Path: []string{}, Says: `lacks "host"`}},
		},
		"a wrong type": {
			inputs: map[string]any{"host": "web", "port": "80"},
			wrong:  []Violation{{Path: []string{"port"}, Says: "must be of type integer, and is of type string"}},
		},
		"out of range": {
			inputs: map[string]any{"host": "web", "port": 70000.0},
			wrong:  []Violation{{Path: []string{"port"}, Says: "must be at most 65535"}},
		},
		"a pattern, and the value is not repeated": {
			inputs: map[string]any{"host": "S3cret"},
			wrong:  []Violation{{Path: []string{"host"}, Says: `must match the pattern "^[a-z]+$"`}},
		},
		"none of an enumeration": {
			inputs: map[string]any{"host": "web", "mode": "S3cret"},
			wrong:  []Violation{{Path: []string{"mode"}, Says: `must be one of "fast", "safe"`}},
		},
		"a property that is not described": {
			inputs: map[string]any{"host": "web", "hots": "x"},
			wrong:  []Violation{{Path: []string{}, Says: `must not have "hots"`}},
		},
		"inside a list, and each violation on its own": {
			inputs: map[string]any{"host": "w", "tags": []any{"a", 1.0}},
			wrong: []Violation{
				{Path: []string{"host"}, Says: "must have at least 2 characters"},
				{Path: []string{"tags", "1"}, Says: "must be of type string, and is of type number"},
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := ParseSchema(schema)
			if err != nil {
				t.Fatal(err)
			}
			filled, wrong := s.Apply(tc.inputs)
			if diff := cmp.Diff(tc.wrong, wrong); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
			if len(tc.wrong) > 0 {
				return
			}
			want, _ := Text(tc.filled)
			if got, _ := Text(filled); got != want {
				t.Errorf("filled in: %s, want %s", got, want)
			}
		})
	}
}

func TestParseSchemaKnowsItsDrafts(t *testing.T) {
	t.Parallel()
	// Draft-07 takes a list of schemas for items; 2020-12 has prefixItems for that.
	const draft7 = `{"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"l": {"items": [{"type": "string"}]}}}`
	s, err := ParseSchema(draft7)
	if err != nil {
		t.Fatal(err)
	}
	if _, wrong := s.Apply(map[string]any{"l": []any{1.0}}); len(wrong) != 1 {
		t.Errorf("draft-07: %d violations, want 1", len(wrong))
	}
	s, err = ParseSchema(`{"properties": {"l": {"prefixItems": [{"type": "string"}]}}}`)
	if err != nil {
		t.Fatal(err)
	}
	if _, wrong := s.Apply(map[string]any{"l": []any{1.0}}); len(wrong) != 1 {
		t.Errorf("2020-12: %d violations, want 1", len(wrong))
	}
}

func TestParseSchemaRefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no JSON":                        "{",
		"an unknown type":                `{"type": "strin"}`,
		"a reference to the network":     `{"$ref": "https://example.com/schema.json"}`,
		"a reference to a file":          `{"$ref": "file:///etc/schema.json"}`,
		"a reference that leads nowhere": `{"$ref": "#/$defs/x"}`,
		"a broken pattern":               `{"pattern": "("}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := ParseSchema(text); err == nil {
				t.Errorf("ParseSchema(%s) accepts it", text)
			}
		})
	}
}
