package host

import "io"

// MaskedWriter hides secrets in a stream, wherever it was cut into pieces. It holds back
// what may be the beginning of a secret until more is written, and nothing else.
// It is not safe for concurrent use.
type MaskedWriter struct {
	masker  *Masker
	to      io.Writer
	pending string
}

// Writer returns a MaskedWriter that passes on to w.
func (m *Masker) Writer(w io.Writer) *MaskedWriter { return &MaskedWriter{masker: m, to: w} }

// mostPending bounds what is held back: a secret that overlaps itself, as "aaaa" does, may
// go on for ever.
const mostPending = 64 << 10

// Write passes on what is certainly no part of a secret that is not complete yet. It
// returns len(p), or the error of the writer behind it.
func (w *MaskedWriter) Write(p []byte) (int, error) {
	w.pending += string(p)
	mask := w.masker.Mask
	ready := w.masker.complete(w.pending)
	if len(w.pending)-ready > mostPending {
		mask, ready = w.masker.MaskHead, len(w.pending)
	}
	text := mask(w.pending[:ready])
	w.pending = w.pending[ready:]
	if _, err := io.WriteString(w.to, text); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Flush passes on what was held back; the stream has ended.
func (w *MaskedWriter) Flush() error {
	text := w.masker.Mask(w.pending)
	w.pending = ""
	_, err := io.WriteString(w.to, text)
	return err
}

// complete returns how many bytes of s are certainly no part of a secret that goes on
// behind it.
func (m *Masker) complete(s string) int {
	if m == nil {
		return len(s)
	}
	n := len(s)
	for _, form := range m.forms {
		n = min(n, len(s)-begun(s, form))
	}
	solid := withoutBlanks(s)
	for _, form := range m.flat {
		if k := begun(solid, form); k > 0 {
			n = min(n, withBlanks(s, []span{{len(solid) - k, len(solid)}})[0].from)
		}
	}
	for _, span := range m.spans(s, false, false) {
		if span.from < n && n < span.to {
			return span.from
		}
	}
	return n
}
