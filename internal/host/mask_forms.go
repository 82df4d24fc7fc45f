package host

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf16"
)

// forms returns what commands make of v when they print it.
func forms(v string) []string {
	out := []string{v}
	for line := range strings.Lines(v) {
		// A brace, or a rule of dashes, gives nothing away and stands everywhere.
		if line = strings.TrimSpace(line); strings.ContainsFunc(line, isWord) {
			out = append(out, line)
		}
	}
	out = append(out, shellForms(v)...)
	out = append(out, jsonForms(v)...)
	out = append(out, urlForms(v)...)
	return append(out, base64Forms(v)...)
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
