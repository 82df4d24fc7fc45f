package host

import (
	"bytes"
	"strings"
)

// Lines hands the lines of a stream on as they are completed, in bounded memory. It is an
// io.Writer that never fails. It is not safe for concurrent use.
type Lines struct {
	emit  func(line string)
	limit int
	rest  []byte
}

// NewLines returns a Lines that calls emit with each line without its end, as valid UTF-8:
// other bytes are U+FFFD. A longer one than limit bytes comes in parts; limit is at least
// that of one character.
func NewLines(limit int, emit func(line string)) *Lines { return &Lines{emit: emit, limit: limit} }

// Write hands on the lines that p completes. It always returns len(p) and a nil error.
func (l *Lines) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			end = len(p)
		}
		taken := min(end, l.limit-len(l.rest))
		l.rest = append(l.rest, p[:taken]...)
		p = p[taken:]
		switch {
		case len(p) > 0 && p[0] == '\n':
			p = p[1:]
			l.flush(false)
		case len(p) > 0:
			l.flush(true)
		}
	}
	return n, nil
}

// Close hands on the last line if it has no end.
func (l *Lines) Close() {
	if len(l.rest) > 0 {
		l.flush(false)
	}
}

// flush hands on what there is; more says that the line goes on, and then the beginning of
// a character that is not complete yet waits for the rest of it.
func (l *Lines) flush(more bool) {
	text, left := l.rest, []byte(nil)
	if more {
		text = trimPartialEnd(l.rest)
		left = l.rest[len(text):]
	} else {
		text = bytes.TrimSuffix(text, []byte("\r"))
	}
	l.emit(strings.ToValidUTF8(string(text), "\uFFFD"))
	l.rest = append(l.rest[:0], left...)
}
