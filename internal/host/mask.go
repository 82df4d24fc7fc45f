package host

import (
	"cmp"
	"slices"
	"strings"
)

// Masked is what stands in a text where a secret was.
const Masked = "(sensitive value)"

// minSecret is the shortest value that is masked, in bytes: a shorter one occurs by
// chance, and masking it would garble the text and give it away.
const minSecret = 4

// minFlat is the shortest form that is looked for across blanks and line breaks.
const minFlat = 2 * minSecret

// Masker hides secrets in texts that people read. The zero value and nil hide nothing.
// It is safe for concurrent use.
type Masker struct {
	// forms are what a secret looks like, flat those without their blanks.
	forms, flat []string
}

// NewMasker returns a Masker for the values, in every form in which a command is likely to
// print one: as it is, line by line, quoted for a shell, and escaped for JSON, URLs and
// base64; each of them also where blanks or line breaks were put into it or taken out.
func NewMasker(values ...string) *Masker {
	seen, flat := map[string]bool{}, map[string]bool{}
	for _, v := range values {
		if len(v) < minSecret {
			continue
		}
		for _, form := range forms(v) {
			if len(form) >= minSecret {
				seen[form] = true
			}
			if solid := withoutBlanks(form); len(solid) >= minFlat {
				flat[solid] = true
			}
		}
	}
	return &Masker{forms: sorted(seen), flat: sorted(flat)}
}

// With returns a Masker that hides more values than m does. It costs what they cost: what
// hides many of them, or long ones, is worth keeping.
func (m *Masker) With(values ...string) *Masker {
	more := NewMasker(values...)
	switch {
	case len(more.forms) == 0:
		return m
	case m == nil:
		return more
	}
	return &Masker{forms: union(m.forms, more.forms), flat: union(m.flat, more.flat)}
}

// union returns the texts of both lists, which are sorted, in their order.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

func sorted(set map[string]bool) []string {
	out := make([]string, 0, len(set))
	for s := range set {
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

// Mask returns s with every secret hidden.
func (m *Masker) Mask(s string) string { return m.hide(s, false, false) }

// MaskHead masks the beginning of a longer text: what is left of a secret at its end is
// hidden as well.
func (m *Masker) MaskHead(s string) string { return m.hide(s, false, true) }

// MaskTail masks the end of a longer text: what is left of a secret at its beginning is
// hidden as well.
func (m *Masker) MaskTail(s string) string { return m.hide(s, true, false) }

// MaskPart masks a text that was cut out of a longer one: what is left of a secret at
// either edge is hidden as well.
func (m *Masker) MaskPart(s string) string { return m.hide(s, true, true) }

// Finds reports that there is a secret in s.
func (m *Masker) Finds(s string) bool { return len(m.spans(s, false, false)) > 0 }

func (m *Masker) hide(s string, front, back bool) string {
	spans := m.spans(s, front, back)
	if len(spans) == 0 {
		return s
	}
	var b strings.Builder
	at := 0
	for _, span := range spans {
		b.WriteString(s[at:span.from])
		b.WriteString(Masked)
		at = span.to
	}
	b.WriteString(s[at:])
	return b.String()
}

// span is a part of a text, from its first byte up to the one behind it.
type span struct{ from, to int }

// spans returns where secrets are in s, in order and apart from each other. Front and back
// say that s was cut there.
func (m *Masker) spans(s string, front, back bool) []span {
	if m == nil || len(m.forms) == 0 || len(s) < minSecret {
		return nil
	}
	all := find(s, m.forms, front, back)
	if solid := withoutBlanks(s); solid != s {
		all = append(all, withBlanks(s, find(solid, m.flat, front, back))...)
	}
	return joined(all)
}

// find returns where the forms are in s.
func find(s string, forms []string, front, back bool) []span {
	var all []span
	for _, form := range forms {
		first := len(all)
		for at := 0; ; {
			i := strings.Index(s[at:], form)
			if i < 0 {
				break
			}
			found := span{at + i, at + i + len(form)}
			// Of a form that overlaps itself one long span is kept.
			if n := len(all); n > first && found.from < all[n-1].to {
				all[n-1].to = found.to
			} else {
				all = append(all, found)
			}
			at = found.from + 1
		}
		for n := min(len(form)-1, len(s)); front && n >= minSecret; n-- {
			if strings.HasPrefix(s, form[len(form)-n:]) {
				all = append(all, span{0, n})
				break
			}
		}
		if n := begun(s, form); back && n >= minSecret {
			all = append(all, span{len(s) - n, len(s)})
		}
	}
	return all
}

// begun returns how much of the form stands at the end of s, less than all of it.
func begun(s, form string) int {
	for n := min(len(form)-1, len(s)); n > 0; n-- {
		if strings.HasSuffix(s, form[:n]) {
			return n
		}
	}
	return 0
}

// joined returns the spans in order, with those that overlap made one.
func joined(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && s.from < out[n-1].to {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}

func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func withoutBlanks(s string) string {
	if !strings.ContainsAny(s, " \t\n\r") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		if !blank(s[i]) {
			b = append(b, s[i])
		}
	}
	return string(b)
}

// withBlanks returns the spans of s that the spans of it without blanks stand for.
func withBlanks(s string, solid []span) []span {
	solid = joined(solid)
	at, n := 0, 0 // The next byte of s, and how many before it are no blanks.
	// next returns the position of the byte with so many before it.
	next := func(want int) int {
		for ; ; at++ {
			if blank(s[at]) {
				continue
			}
			if n == want {
				return at
			}
			n++
		}
	}
	for i := range solid {
		from := next(solid[i].from)
		solid[i] = span{from, next(solid[i].to-1) + 1}
	}
	return solid
}
