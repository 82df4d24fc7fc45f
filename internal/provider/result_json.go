package provider

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/text/unicode/norm"
)

// maxDepth bounds the nesting of a result: engines walk values recursively.
const maxDepth = 64

// decodeJSON returns the value of a text that is one JSON value, and null for any other
// text: most commands print something else, and that is no failure.
func decodeJSON(ctx context.Context, text string) types.Dynamic {
	value, err := parseJSON(text)
	if err != nil {
		return types.DynamicNull()
	}
	return resultOf(ctx, value)
}

// Why a text is not one JSON value. None of them repeats any of it.
var (
	errEmptyJSON   = errors.New("it is empty")
	errNotJSON     = errors.New("it is not JSON")
	errSeveralJSON = errors.New("something follows the first JSON value")
)

// parseJSON returns the value of a text that is one JSON value, with json.Number for its
// numbers.
func parseJSON(text string) (any, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	switch err := decoder.Decode(&value); {
	case errors.Is(err, io.EOF):
		return nil, errEmptyJSON
	case err != nil:
		return nil, errNotJSON
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errSeveralJSON
	}
	return value, nil
}

// resultOf returns a value of encoding/json, with json.Number for its numbers, and null
// for what an engine cannot hold.
func resultOf(ctx context.Context, value any) types.Dynamic {
	result, ok := fromJSON(ctx, value, maxDepth)
	if !ok || result.IsNull() {
		return types.DynamicNull()
	}
	return types.DynamicValue(result)
}

// maxDigits bounds the length of a number as it is written.
const maxDigits = 1024

// fromJSON reports false for what an engine cannot hold: a number beyond the range of a
// float64 on either side, whose digits alone could fill the memory, too deep a nesting, or two
// keys that are one to it.
func fromJSON(ctx context.Context, v any, depth int) (attr.Value, bool) {
	if depth == 0 {
		return nil, false
	}
	switch v := v.(type) {
	case nil:
		// A null inside a tuple or object needs some type; a string takes nothing away.
		return types.StringNull(), true
	case bool:
		return types.BoolValue(v), true
	case string:
		return types.StringValue(v), true
	case json.Number:
		return numberFromJSON(v.String())
	case []any:
		values, kinds := make([]attr.Value, len(v)), make([]attr.Type, len(v))
		for i, e := range v {
			value, ok := fromJSON(ctx, e, depth-1)
			if !ok {
				return nil, false
			}
			values[i], kinds[i] = value, value.Type(ctx)
		}
		return types.TupleValueMust(kinds, values), true
	case map[string]any:
		values, kinds := make(map[string]attr.Value, len(v)), make(map[string]attr.Type, len(v))
		for key, e := range v {
			value, ok := fromJSON(ctx, e, depth-1)
			// Engines normalise the names of attributes in a type and not in its value.
			key = norm.NFC.String(key)
			if _, twice := values[key]; !ok || twice {
				return nil, false
			}
			values[key], kinds[key] = value, value.Type(ctx)
		}
		return types.ObjectValueMust(kinds, values), true
	}
	return nil, false
}

func numberFromJSON(text string) (attr.Value, bool) {
	near, err := strconv.ParseFloat(text, 64)
	if err != nil || len(text) > maxDigits {
		return nil, false
	}
	if near == 0 {
		// Zero, or so little that its digits alone could fill the memory.
		mantissa, _, _ := strings.Cut(strings.ToLower(text), "e")
		return types.NumberValue(new(big.Float)), !strings.ContainsAny(mantissa, "123456789")
	}
	f, _, err := big.ParseFloat(text, 10, 512, big.ToNearestEven)
	return types.NumberValue(f), err == nil
}
