package host

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
)

// forms returns what commands make of v when they print it. A file ends with a line break
// that few of them print, so the space around v is no part of it unless it is encoded too.
func forms(v string) []string {
	whole := strings.TrimSpace(v)
	if whole == "" {
		return []string{v}
	}
	out := []string{whole}
	for line := range strings.Lines(whole) {
		// A brace, or a rule of dashes, gives nothing away and stands everywhere.
		if line = strings.TrimSpace(line); strings.ContainsFunc(line, isWord) {
			out = append(out, line)
		}
	}
	out = append(out, shellForms(whole)...)
	for _, v := range slices.Compact([]string{whole, v}) {
		out = append(out, jsonForms(v)...)
		out = append(out, urlForms(v)...)
		out = append(out, base64Forms(v)...)
	}
	for _, inner := range inside(whole) {
		out = append(out, forms(inner)...)
	}
	return out
}

// What of JSON is looked for in parts: a text of so many bytes, with so many parts. Each part
// is looked for in all its forms, which would take too long with more.
const (
	maxJSON  = 16 << 10
	maxParts = 100
)

// inside returns the texts and numbers in v if it is JSON of a few parts: a secret is often
// one of several values that come together.
func inside(v string) []string {
	if len(v) > maxJSON || !strings.ContainsAny(v[:1], `{["`) {
		return nil
	}
	decoder := json.NewDecoder(strings.NewReader(v))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil || decoder.More() {
		return nil
	}
	parts := appendTexts(nil, value)
	if len(parts) > maxParts {
		return nil
	}
	return parts
}

func appendTexts(to []string, value any) []string {
	switch v := value.(type) {
	case string:
		if len(v) >= minSecret {
			return append(to, v)
		}
	case json.Number:
		if len(v) >= minSecret {
			return append(to, v.String())
		}
	case []any:
		for _, e := range v {
			to = appendTexts(to, e)
		}
	case map[string]any:
		for _, e := range v {
			to = appendTexts(to, e)
		}
	}
	return to
}

// shellForms returns v inside of single quotes, as two habits have it, inside of double
// quotes, and without any, as bash and as others write it.
func shellForms(v string) []string {
	const inDouble = "\"\\$`"
	const bash = " \t!\"$&'()*,;<>?[\\]^`{|}"
	return []string{
		strings.ReplaceAll(v, "'", `'\''`), strings.ReplaceAll(v, "'", `'"'"'`),
		backslashed(v, func(c byte) bool { return strings.IndexByte(inDouble, c) >= 0 }),
		backslashed(v, func(c byte) bool { return strings.IndexByte(bash, c) >= 0 }),
		backslashed(v, func(c byte) bool {
			return c < 0x80 && c != '\n' && !alphanumeric(c) && strings.IndexByte("_-.,:+/@", c) < 0
		}),
	}
}

func backslashed(v string, special func(byte) bool) string {
	var b strings.Builder
	for i := range len(v) {
		if special(v[i]) {
			b.WriteByte('\\')
		}
		b.WriteByte(v[i])
	}
	return b.String()
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// jsonForms returns what v looks like inside a JSON string: as Go writes it, safe for HTML,
// as most others do, as those that escape a slash, and in ASCII alone.
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
	for _, form := range out {
		out = append(out, strings.ReplaceAll(form, "/", `\/`), inASCII(form))
	}
	return out
}

// inASCII escapes what is not ASCII, and DEL, as JSON does.
func inASCII(v string) string {
	var b strings.Builder
	for _, r := range v {
		if r < 0x7f {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

// urlForms returns v as languages escape it for a query, a path, and the part before the
// host, in digits of either case.
func urlForms(v string) []string {
	out := []string{url.QueryEscape(v), url.PathEscape(v), strings.TrimPrefix(url.UserPassword("", v).String(), ":")}
	// What stays as it is beside letters and digits: in RFC 3986, in Python, in JavaScript.
	for _, plain := range []string{"-._~", "-._~/", "-._~!'()*"} {
		var b strings.Builder
		for i := range len(v) {
			if c := v[i]; alphanumeric(c) || strings.IndexByte(plain, c) >= 0 {
				b.WriteByte(c)
			} else {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		}
		out = append(out, b.String())
	}
	for _, form := range out {
		out = append(out, lowerEscapes(form))
	}
	return out
}

// lowerEscapes writes the digits of %XX in lower case.
func lowerEscapes(v string) string {
	b := []byte(v)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i:], strings.ToLower(v[i:i+3]))
		}
	}
	return string(b)
}

// base64Forms returns what v looks like inside a longer base64 text: one form for each of
// the three offsets, without the characters that neighbouring bytes have a part in.
func base64Forms(v string) []string {
	var out []string
	for offset := range 3 {
		padded := make([]byte, offset, offset+len(v))
		padded = append(padded, v...)
		for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			text := enc.EncodeToString(padded)
			first := (offset*8 + 5) / 6
			last := len(padded) * 8 / 6
			if last-first >= minSecret {
				// The longer ones are those where the text ends with v.
				out = append(out, text[first:last], strings.TrimRight(text[first:], "="), text[first:])
			}
		}
	}
	return out
}
