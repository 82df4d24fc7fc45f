package converge

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// WriteOnly is what a run gets and nothing remembers. Guards and the destroy command do not
// get it: they run also when nobody has it.
type WriteOnly struct {
	// Environment wins over every other variable.
	Environment map[string]string
	// Stdin replaces that of the Spec; empty means that it does not.
	Stdin string
}

// secrets returns the values that neither a message nor the state may show.
func (w WriteOnly) secrets() []string {
	secrets := slices.Collect(maps.Values(w.Environment))
	if w.Stdin != "" {
		secrets = append(secrets, w.Stdin)
	}
	return secrets
}

// masker returns what hides the values in what is stored; nil if there is nothing to hide.
func (w WriteOnly) masker() *host.Masker {
	if secrets := w.secrets(); len(secrets) > 0 {
		return host.NewMasker(secrets...)
	}
	return nil
}

// withWriteOnly returns s as its run gets it.
func (s Spec) withWriteOnly() Spec {
	if len(s.WriteOnly.Environment) > 0 {
		env := maps.Clone(s.Process.SensitiveEnvironment)
		if env == nil {
			env = map[string]string{}
		}
		maps.Copy(env, s.WriteOnly.Environment)
		s.Process.SensitiveEnvironment = env
	}
	if s.WriteOnly.Stdin != "" {
		s.Stdin = s.WriteOnly.Stdin
	}
	return s
}

// maskedValue hides secrets in every text and number of a value of encoding/json.
func maskedValue(m *host.Masker, v any) any {
	if m == nil {
		return v
	}
	switch v := v.(type) {
	case string:
		return m.Mask(v)
	case json.Number:
		if m.Finds(v.String()) {
			return host.Masked
		}
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = maskedValue(m, e)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, e := range v {
			out[m.Mask(key)] = maskedValue(m, e)
		}
		return out
	}
	return v
}
