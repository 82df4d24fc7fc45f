package provider

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"
)

func TestDecodeJSON(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 63) + "1" + strings.Repeat("]", 63)
	cases := map[string]struct {
		text string
		want any // nil is null
	}{
		"an object":                      {`{"a": {"b": [1, "x", true]}}`, map[string]any{"a": map[string]any{"b": []any{1, "x", true}}}},
		"a list of unlike values":        {`[1, "1", null, {}, []]`, []any{1, "1", nil, map[string]any{}, []any{}}},
		"a string":                       {`"x"`, "x"},
		"a number":                       {"1.5\n", 1.5},
		"a bool":                         {"false", false},
		"with blanks around it":          {"\n\t {} \n", map[string]any{}},
		"null":                           {"null", nil},
		"nothing":                        {"", nil},
		"text":                           {"hello", nil},
		"text after a value":             {"1 hello", nil},
		"several values":                 {"{}\n{}", nil},
		"a value that is cut":            {`{"a": `, nil},
		"a number beyond any machine":    {"1e999999999", nil},
		"one of them inside":             {`{"a": [1e999999999]}`, nil},
		"as deep as can be":              {deep, nested(63)},
		"deeper":                         {"[" + deep + "]", nil},
		"a key twice":                    {`{"a": 1, "a": 2}`, map[string]any{"a": 2}},
		"a lone surrogate":               {`"\ud800"`, "\uFFFD"},
		"an integer beyond a float64":    {"9007199254740993", 9007199254740993},
		"a number that is almost zero":   {"1e-999999999", nil},
		"zero with an exponent":          {"-0.0e-999999999", 0},
		"more digits than anybody needs": {"0." + strings.Repeat("1", 2000), nil},
		"a number with a long fraction":  {"0.25", 0.25},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := decodeJSON(t.Context(), tc.text)
			var got any
			if !result.IsNull() {
				value, err := result.ToTerraformValue(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				got = plainValue(t, value)
			}
			// cmp takes exponential time for deep nesting.
			if want, got := fmt.Sprintf("%#v", tc.want), fmt.Sprintf("%#v", got); want != got {
				t.Errorf("result %s, want %s", got, want)
			}
		})
	}
}

func nested(depth int) any {
	var v any = 1
	for range depth {
		v = []any{v}
	}
	return v
}

// Whatever a command prints, decoding ends, and a result goes through the wire.
func FuzzDecodeJSON(f *testing.F) {
	for _, s := range []string{"", "{}", `{"a":[1,2.5e3,null]}`, "[[[", "1e400", `"\ud800"`, "-0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		result := decodeJSON(t.Context(), text)
		if result.IsNull() {
			return
		}
		if !json.Valid([]byte(text)) {
			t.Fatalf("%q is no JSON, and the result is %v", text, result)
		}
		if _, err := result.ToTerraformValue(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestExactTellsNumbersApart(t *testing.T) {
	t.Parallel()
	small, large := big.NewFloat(0.1), new(big.Float).SetPrec(512).SetFloat64(0.1)
	parsed, _, err := big.ParseFloat("0.1", 10, 512, big.ToNearestEven)
	if err != nil {
		t.Fatal(err)
	}
	if exact(small) != exact(large) {
		t.Errorf("%s and %s are equal numbers", exact(small), exact(large))
	}
	if exact(large) == exact(parsed) {
		t.Errorf("%s is two numbers", exact(large))
	}
}
