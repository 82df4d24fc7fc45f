package provider

import (
	"encoding/json"
	"fmt"
	"math"
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
		"a key of composed letters":      {"{\"e\u0301\": {\"u\u0308\": 1}}", map[string]any{"\u00e9": map[string]any{"\u00fc": 1}}},
		"keys that are one if composed":  {"{\"e\u0301\": 1, \"\u00e9\": 2}", nil},
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
	parse := func(text string, precision uint) *big.Float {
		t.Helper()
		f, _, err := big.ParseFloat(text, 10, precision, big.ToNearestEven)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	cases := map[string]struct {
		a, b *big.Float
		same bool
	}{
		"a float64 and itself with more bits":        {big.NewFloat(0.1), new(big.Float).SetPrec(512).SetFloat64(0.1), true},
		"a float64 and the decimal that writes it":   {big.NewFloat(0.003), parse("0.003", 512), true},
		"a large one and the decimal that writes it": {big.NewFloat(1.5e300), parse("1.5e300", 512), false},
		"a tiny one and the decimal that writes it":  {big.NewFloat(1e-300), parse("1e-300", 512), true},
		"one minus and one plus":                     {big.NewFloat(-0.003), parse("0.003", 512), false},
		"the next float64":                           {big.NewFloat(0.1), big.NewFloat(math.Nextafter(0.1, 1)), false},
		"fractions that a float64 cannot tell apart": {parse("0.12345678901234567890", 512), parse("0.12345678901234567891", 512), false},
		"integers that a float64 cannot tell apart":  {parse("9007199254740993", 512), parse("9007199254740992", 512), false},
		"a fraction and an integer":                  {parse("1.5", 512), parse("1", 512), false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if same := exact(c.a) == exact(c.b); same != c.same {
				t.Errorf("%s and %s: same is %v, want %v", exact(c.a), exact(c.b), same, c.same)
			}
		})
	}
}
