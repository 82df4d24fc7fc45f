package host

import (
	"io"
	"strings"
)

// MaskedWriter hides secrets in a stream, wherever it was cut into pieces. It holds back
// what may be the beginning of a secret until more is written, and nothing else.
// It is not safe for concurrent use.
type MaskedWriter struct {
	masker *Masker
	to     io.Writer
	// pending is what may be the beginning of a secret. Its first hidden bytes belong to
	// one that was masked already, and first is what stands at its beginning.
	pending []byte
	hidden  int
	first   beginning
	// most bounds what is pending.
	most int
}

// mostBlanks is how many blanks may stand in a secret, beside as many as it has bytes,
// before its end is no longer looked for. Nothing else makes it longer than a form is.
const mostBlanks = 64 << 10

// Writer returns a MaskedWriter that passes on to w.
func (m *Masker) Writer(w io.Writer) *MaskedWriter {
	longest := 0
	if m != nil {
		for _, form := range m.forms {
			longest = max(longest, len(form))
		}
	}
	return &MaskedWriter{masker: m, to: w, most: 2*longest + mostBlanks}
}

// Write passes on what is certainly no part of a secret that is not complete yet. It
// returns len(p), or the error of the writer behind it.
func (w *MaskedWriter) Write(p []byte) (int, error) {
	w.pending = append(w.pending, p...)
	if len(w.pending) <= w.most && w.first.goesOn(p) {
		return len(p), nil
	}
	s := string(w.pending)
	ready, first := w.masker.complete(s)
	cut := len(s)-ready > w.most
	if cut {
		ready, first = len(s), beginning{}
	}
	w.first = first
	if err := w.pass(s, ready, w.masker.spans(s, false, cut)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Flush passes on what was held back; the stream has ended.
func (w *MaskedWriter) Flush() error {
	s := string(w.pending)
	w.first = beginning{}
	return w.pass(s, len(s), w.masker.spans(s, false, false))
}

// pass masks s, in which there are secrets at the spans, passes on its first ready bytes,
// and keeps the rest. What of a secret is among the rest is masked with what is before it.
func (w *MaskedWriter) pass(s string, ready int, spans []span) error {
	if ready == 0 {
		return nil
	}
	if w.hidden > 0 {
		spans = joined(append([]span{{0, w.hidden}}, spans...))
	}
	var b strings.Builder
	at := 0
	for _, span := range spans {
		if span.from >= ready {
			break
		}
		b.WriteString(s[at:span.from])
		if at = span.to; span.from > 0 || w.hidden == 0 {
			b.WriteString(Masked)
		}
	}
	if at < ready {
		b.WriteString(s[at:ready])
	}
	w.hidden = max(0, at-ready)
	w.pending = append(w.pending[:0], s[ready:]...)
	if b.Len() == 0 {
		return nil
	}
	_, err := io.WriteString(w.to, b.String())
	return err
}

// beginning is what a text that is held back begins with: so many bytes of a form, with
// blanks in between if it is solid. The zero value is none.
type beginning struct {
	form  string
	bytes int
	solid bool
}

// goesOn reports that with p the text is still the beginning of the form and not all of
// it, and takes note of p. Then nothing of the text is certain, and the forms need not be
// looked for again, which takes the longer the more is held back.
func (b *beginning) goesOn(p []byte) bool {
	more := string(p)
	if b.solid {
		more = withoutBlanks(more)
	}
	rest := b.form[b.bytes:]
	if len(more) >= len(rest) || !strings.HasPrefix(rest, more) {
		return false
	}
	b.bytes += len(more)
	return true
}

// complete returns how many bytes of s are certainly no part of a secret that goes on
// behind it, and what begins there.
func (m *Masker) complete(s string) (int, beginning) {
	n, first := len(s), beginning{}
	if m == nil {
		return n, first
	}
	for _, form := range m.forms {
		if k := begun(s, form); k > len(s)-n {
			n, first = len(s)-k, beginning{form, k, false}
		}
	}
	solid := withoutBlanks(s)
	for _, form := range m.flat {
		k := begun(solid, form)
		if k == 0 {
			continue
		}
		// Of two that begin there, the one that line breaks do not end is kept.
		if at := withBlanks(s, []span{{len(solid) - k, len(solid)}})[0].from; at <= n {
			n, first = at, beginning{form, k, true}
		}
	}
	return n, first
}
