package host

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// Masked is what stands in a text where a secret was.
const Masked = "(sensitive value)"

// minSecret is the shortest value that is masked, in bytes: a shorter one occurs by
// chance, and masking it would garble the text and give it away.
const minSecret = 4

// Masker hides secrets in texts that people read. The zero value and nil hide nothing.
// It is safe for concurrent use.
type Masker struct {
	forms    []string // longest first, so that a form that contains another wins
	replacer *strings.Replacer
}

// NewMasker returns a Masker for the values, in every form in which a command is likely to
// print one: as it is, line by line, and escaped for JSON, URLs, shells and base64.
func NewMasker(values ...string) *Masker {
	seen := map[string]bool{}
	for _, v := range values {
		if len(v) < minSecret {
			continue
		}
		for _, form := range forms(v) {
			if len(form) >= minSecret {
				seen[form] = true
			}
		}
	}
	m := &Masker{}
	for form := range seen {
		m.forms = append(m.forms, form)
	}
	if len(m.forms) == 0 {
		return m
	}
	slices.SortFunc(m.forms, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	pairs := make([]string, 0, 2*len(m.forms))
	for _, form := range m.forms {
		pairs = append(pairs, form, Masked)
	}
	m.replacer = strings.NewReplacer(pairs...)
	return m
}

func forms(v string) []string {
	out := []string{
		v, url.QueryEscape(v), url.PathEscape(v),
		strings.ReplaceAll(v, "'", `'\''`), strings.ReplaceAll(v, "'", `'"'"'`),
		strings.ReplaceAll(v, "\n", "\r\n"),
	}
	out = append(out, jsonForms(v)...)
	for line := range strings.Lines(v) {
		out = append(out, strings.TrimRight(line, "\r\n"))
	}
	return append(out, base64Forms(v)...)
}

// jsonForms returns what v looks like inside a JSON string: as Go writes it, safe for HTML,
// and as everybody else does.
func jsonForms(v string) []string {
	var out []string
	for _, html := range []bool{true, false} {
		var b strings.Builder
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(html)
		if encoder.Encode(v) == nil {
			quoted := strings.TrimSuffix(b.String(), "\n")
			out = append(out, quoted[1:len(quoted)-1])
		}
	}
	return out
}

// base64Forms returns what v looks like inside a longer base64 text: one form for each of
// the three offsets, without the characters that neighbouring bytes have a part in.
func base64Forms(v string) []string {
	var out []string
	for offset := range 3 {
		padded := make([]byte, offset, offset+len(v))
		padded = append(padded, v...)
		for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			text := enc.EncodeToString(padded)
			first := (offset*8 + 5) / 6
			last := len(padded) * 8 / 6
			if last-first >= 2*minSecret {
				out = append(out, text[first:last])
			}
		}
	}
	return out
}

// Mask returns s with every secret hidden.
func (m *Masker) Mask(s string) string {
	if m == nil || m.replacer == nil {
		return s
	}
	return m.replacer.Replace(s)
}

// MaskPart masks a text that was cut out of a longer one: what is left of a secret at
// either edge is hidden as well.
func (m *Masker) MaskPart(s string) string {
	if m == nil || m.replacer == nil {
		return s
	}
	front, back := 0, 0
	for _, form := range m.forms {
		for n := min(len(form)-1, len(s)); n >= minSecret; n-- {
			if n > front && strings.HasPrefix(s, form[len(form)-n:]) {
				front = n
			}
			if n > back && strings.HasSuffix(s, form[:n]) {
				back = n
			}
		}
	}
	if front+back >= len(s) && front+back > 0 {
		return Masked
	}
	masked := m.Mask(s[front : len(s)-back])
	if front > 0 {
		masked = Masked + masked
	}
	if back > 0 {
		masked += Masked
	}
	return masked
}
