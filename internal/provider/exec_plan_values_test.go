package provider

import (
	"math/big"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// number returns the number that text writes, held with some precision in bits.
func numberOf(t *testing.T, text string, precision uint) tftypes.Value {
	t.Helper()
	f, _, err := big.ParseFloat(text, 10, precision, big.ToNearestEven)
	if err != nil {
		t.Fatal(err)
	}
	return tftypes.NewValue(tftypes.Number, f)
}

// Triggers are compared by value, as a reader of HCL would.
func TestPlanComparesTriggersByValue(t *testing.T) {
	t.Parallel()
	element := func(v tftypes.Value) tftypes.Value {
		return tftypes.NewValue(tftypes.Tuple{ElementTypes: []tftypes.Type{v.Type()}}, []tftypes.Value{v})
	}
	nullList := tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, []tftypes.Value{null(tftypes.String)})
	changes := map[string]struct {
		before, after any
		want          outcome
	}{
		"a list is the tuple of its elements":            {listOf("a", "b"), []any{"a", "b"}, keeps},
		"a tuple is the list of its elements":            {[]any{"a"}, listOf("a"), keeps},
		"a map is the object of its elements":            {mapOf(map[string]string{"k": "v"}), map[string]any{"k": "v"}, keeps},
		"an empty list is the empty tuple":               {listOf(), []any{}, keeps},
		"an empty map is the empty object":               {mapOf(nil), map[string]any{}, keeps},
		"an empty object is not the empty tuple":         {map[string]any{}, []any{}, mayRun},
		"a set is the same in another order":             {setOf("a", "b"), setOf("b", "a"), keeps},
		"a set is not the list of its elements":          {setOf("a", "b"), listOf("a", "b"), mayRun},
		"a set with another element":                     {setOf("a"), setOf("a", "b"), mayRun},
		"a list in another order":                        {listOf("a", "b"), listOf("b", "a"), mayRun},
		"one is one point zero":                          {1, 1.0, keeps},
		"a number is the same with another precision":    {numberOf(t, "0.1240234375", 53), numberOf(t, "0.1240234375", 512), keeps},
		"a fraction is the same when read from a state":  {numberOf(t, "0.003", 512), 0.003, keeps},
		"another fraction":                               {0.003, 0.0030000000000000005, mayRun},
		"a tiny number is the same with another one":     {1.0 / (1 << 60), tftypes.NewValue(tftypes.Number, new(big.Float).SetMantExp(big.NewFloat(1).SetPrec(512), -60)), keeps},
		"a large number is the same with another one":    {1 << 62, numberOf(t, "4611686018427387904", 512), keeps},
		"zero is minus zero":                             {0, tftypes.NewValue(tftypes.Number, new(big.Float).Neg(new(big.Float))), keeps},
		"another number":                                 {1, 2, mayRun},
		"numbers that a float64 cannot tell apart":       {numberOf(t, "9007199254740993", 512), numberOf(t, "9007199254740992", 512), mayRun},
		"a number is not the string that writes it":      {1, "1", mayRun},
		"a bool is not the string that writes it":        {true, "true", mayRun},
		"an object that looks like a number":             {map[string]any{"number": "1"}, 1, mayRun},
		"an object that looks like a set":                {map[string]any{"set": []any{`"a"`}}, setOf("a"), mayRun},
		"a string that looks like a list":                {`["a"]`, []any{"a"}, mayRun},
		"strings with other bytes":                       {"é", "e\u0301", mayRun},
		"a nested value that changed":                    {[]any{map[string]any{"k": []any{1}}}, []any{map[string]any{"k": []any{2}}}, mayRun},
		"a nested value of another type, equal by value": {[]any{map[string]any{"k": listOf("a")}}, []any{mapOfLists("k", "a")}, keeps},
		"an object with one attribute more":              {map[string]any{"a": 1}, map[string]any{"a": 1, "b": nil}, mayRun},
		"a null element that stays":                      {[]any{"a", nil}, []any{"a", nil}, keeps},
		"a null element of another type":                 {element(null(tftypes.String)), element(null(tftypes.Number)), keeps},
		"a null element in a list and in a tuple":        {nullList, []any{nil}, keeps},
		"a null element that gets a value":               {[]any{nil}, []any{""}, mayRun},
		"a value that becomes a typed null is removed":   {"a", null(tftypes.String), keeps},
		"a typed null that was there before":             {null(tftypes.String), nil, keeps},
		"a typed null that gets a value":                 {null(tftypes.String), "a", mayRun},
		"a null that becomes a typed null":               {nil, null(tftypes.List{ElementType: tftypes.String}), keeps},
		"an empty tuple that is new":                     {nil, []any{}, mayRun},
		"a list of a null that is new":                   {nil, []any{nil}, mayRun},
		"not yet known with a type":                      {"a", unknownOf(tftypes.String), mayRun},
		"an element not yet known":                       {[]any{"a", "b"}, []any{"a", unknown}, mayRun},
		"an element not yet known, with a type":          {[]any{"a"}, element(unknownOf(tftypes.String)), mayRun},
		"a nested element not yet known":                 {[]any{map[string]any{"k": "v"}}, []any{map[string]any{"k": unknown}}, mayRun},
		"an element of a set not yet known": {
			setOf("a"), tftypes.NewValue(tftypes.Set{ElementType: tftypes.String}, []tftypes.Value{unknownOf(tftypes.String)}), mayRun,
		},
	}
	cases := map[string]planCase{}
	for name, c := range changes {
		cases["subscribe: "+name] = planCase{
			before: attrs{"subscribe": c.before}, after: attrs{"subscribe": c.after}, want: c.want,
		}
		cases["recheck_on: "+name] = planCase{
			before: attrs{"recheck_on": c.before}, after: attrs{"recheck_on": c.after}, want: c.want,
		}
	}
	runPlanCases(t, cases)
}

func mapOfLists(key string, values ...string) tftypes.Value {
	list := listOf(values...)
	return tftypes.NewValue(tftypes.Map{ElementType: list.Type()}, map[string]tftypes.Value{key: list})
}

// Definitions and guards are compared by value too, and null means the default.
func TestPlanComparesDefinitionsByValue(t *testing.T) {
	t.Parallel()
	runPlanCases(t, map[string]planCase{
		"a command as a list and as a tuple": {
			before: attrs{"command": listOf("a", "b")}, after: attrs{"command": []any{"a", "b"}}, want: keeps,
		},
		"a command with a number and with the string that HCL makes of it": {
			before: attrs{"command": []any{"sleep", 1, true}}, after: attrs{"command": []any{"sleep", "1", "true"}}, want: keeps,
		},
		"a command as a string and as an argv": {
			before: attrs{"command": "a b"}, after: attrs{"command": []any{"a", "b"}}, want: mayRun,
		},
		"a command with an element not yet known": {
			before: attrs{"command": []any{"a", "b"}}, after: attrs{"command": []any{"a", unknown}}, want: mayRun,
		},
		"a command that moves from name to command": {
			before: attrs{"command": nil, "name": "a b"}, after: attrs{"command": "a b"}, want: keeps,
		},
		"a command in name beside a typed null": {
			before: attrs{"command": nil, "name": "a"}, after: attrs{"command": null(tftypes.String), "name": "a"}, want: keeps,
		},
		"a command in name that is not yet known": {
			before: attrs{"command": nil, "name": "a"}, after: attrs{"command": nil, "name": unknown}, want: mayRun,
		},
		"a label that is not yet known": {
			before: attrs{"name": "a"}, after: attrs{"name": unknown}, want: keeps,
		},
		"guards as lists and as tuples": {
			before: attrs{"creates": listOf("/a"), "unless": listOf("u", "v")},
			after:  attrs{"creates": []any{"/a"}, "unless": []any{"u", "v"}}, want: keeps,
		},
		"one guard as a string and as a list of one": {
			before: attrs{"creates": "/a", "onlyif": "o"}, after: attrs{"creates": []any{"/a"}, "onlyif": []any{"o"}}, want: keeps,
		},
		"paths as a set and as a list": {
			before: attrs{"creates": setOf("/a")}, after: attrs{"creates": []any{"/a"}}, want: keeps,
		},
		"a guard that is a typed null is none": {
			after: attrs{"creates": null(tftypes.String), "unless": null(tftypes.List{ElementType: tftypes.String})}, want: keeps,
		},
		"a guard with an element not yet known": {
			before: attrs{"creates": []any{"/a"}}, after: attrs{"creates": []any{unknown}}, want: mayRun,
		},
		"a guard that is an argv with a word not yet known": {
			before: attrs{"unless": []any{[]any{"a", "b"}}}, after: attrs{"unless": []any{[]any{"a", unknown}}}, want: mayRun,
		},
		"only one of two guards is known": {
			before: attrs{"unless": []any{"a"}}, after: attrs{"unless": []any{"a", unknown}}, want: mayRun,
		},
		"an environment with a value not yet known": {
			before: attrs{"environment": map[string]any{"A": "1"}},
			after:  attrs{"environment": map[string]any{"A": unknown}}, want: mayRun,
		},
		"an element of path not yet known": {
			before: attrs{"path": []any{"/bin"}}, after: attrs{"path": []any{unknown}}, want: mayRun,
		},
		"a variable that is null is not set": {
			before: attrs{"environment": map[string]any{"A": nil}}, want: keeps,
		},
		"null is the default of shell":               {after: attrs{"shell": false}, want: keeps},
		"null is the default of inherit_environment": {after: attrs{"inherit_environment": true}, want: keeps},
		"null is the default of refresh_only":        {after: attrs{"refresh_only": false}, want: keeps},
		"null is the default of always":              {after: attrs{"always": false}, want: keeps},
		"null is the default of sensitive_output":    {after: attrs{"sensitive_output": false}, want: keeps},
		"no input is the default of stdin":           {after: attrs{"stdin": ""}, want: keeps},
		"no variables is the default of environment": {after: attrs{"environment": map[string]any{}}, want: keeps},
		"a umask written with a leading zero":        {before: attrs{"umask": "022"}, after: attrs{"umask": "0022"}, want: keeps},
	})
}
