package wire

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// Private is what a provider keeps beside the state of a resource, by key.
type Private map[string][]byte

var errPrivate = errors.New("private state that is not only the provider's")

// DecodePrivate reads private state. An error says that the framework must be asked: it
// keeps things of its own there.
func DecodePrivate(data []byte) (Private, error) {
	p := Private{}
	if len(data) == 0 {
		return p, nil
	}
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, err
	}
	if p == nil {
		return Private{}, nil // The data was null.
	}
	for key, v := range p {
		if strings.HasPrefix(key, ".") || !utf8.Valid(v) || !json.Valid(v) {
			return nil, errPrivate
		}
	}
	return p, nil
}

// Encode returns nil where there is nothing to keep.
func (p Private) Encode() []byte {
	if len(p) == 0 {
		return nil
	}
	data, err := json.Marshal(p)
	if err != nil {
		return nil // It holds texts and bytes, so that cannot be.
	}
	return data
}

// GetKey returns what is kept under key, nil if there is nothing.
func (p Private) GetKey(_ context.Context, key string) ([]byte, diag.Diagnostics) { return p[key], nil }

// SetKey keeps value, which must be JSON, under key.
func (p Private) SetKey(_ context.Context, key string, value []byte) diag.Diagnostics {
	p[key] = value
	return nil
}
