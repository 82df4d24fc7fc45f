package host

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// Capture keeps the head and the tail of a stream in bounded memory. It is an io.Writer
// that never fails, and safe for concurrent use.
type Capture struct {
	mu         sync.Mutex
	head, tail []byte
	headCap    int
	tailCap    int
	next       int  // where the tail, once full, is overwritten next
	bare       bool // Text is what was kept and nothing else
	total      int64
}

// NewCapture returns a Capture that keeps at most limit bytes: all of a stream that is not
// longer, else half of them from its head and half from its tail.
func NewCapture(limit int) *Capture {
	limit = max(limit, 0)
	return &Capture{headCap: limit / 2, tailCap: limit - limit/2}
}

// NewTail returns a Capture that keeps the last limit bytes of a stream. Its Text does not
// say what is missing, so that it begins where the cut was: see [Masker.MaskPart].
func NewTail(limit int) *Capture { return &Capture{tailCap: max(limit, 0), bare: true} }

// Write keeps what there is room for. It always returns len(p) and a nil error.
func (c *Capture) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(p)
	c.total += int64(n)
	if room := c.headCap - len(c.head); room > 0 {
		k := min(room, len(p))
		c.head = append(c.head, p[:k]...)
		p = p[k:]
	}
	if len(p) > c.tailCap {
		p = p[len(p)-c.tailCap:]
		c.tail = append(c.tail[:0], p...)
		c.next = 0
		return n, nil
	}
	if room := c.tailCap - len(c.tail); room > 0 {
		k := min(room, len(p))
		c.tail = append(c.tail, p[:k]...)
		p = p[k:]
	}
	for len(p) > 0 {
		k := copy(c.tail[c.next:], p)
		c.next = (c.next + k) % c.tailCap
		p = p[k:]
	}
	return n, nil
}

// Total returns the number of bytes written.
func (c *Capture) Total() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.total
}

// Cut reports that less is kept than was written.
func (c *Capture) Cut() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cut()
}

func (c *Capture) cut() bool { return c.total > int64(len(c.head)+len(c.tail)) }

// Text returns what was kept as valid UTF-8: other bytes become U+FFFD. Where something
// was cut out, a line says how much, and a character that the cut split is left out.
func (c *Capture) Text() string { return c.Masked(nil) }

// Masked returns Text with secrets hidden, and what is left of one where something was cut
// out. A nil Masker hides nothing.
func (c *Capture) Masked(m *Masker) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	if !c.cut() {
		b.Grow(len(c.head) + len(c.tail))
		b.Write(c.head)
		b.Write(c.tail[c.next:])
		b.Write(c.tail[:c.next])
		return m.Mask(strings.ToValidUTF8(b.String(), replacement))
	}
	head, tail := trimPartialEnd(c.head), c.tail
	if c.next > 0 {
		tail = slices.Concat(c.tail[c.next:], c.tail[:c.next])
	}
	tail = trimPartialStart(tail)
	b.Grow(len(head) + len(tail) + len("\n[... 9223372036854775807 bytes omitted ...]\n"))
	if !c.bare {
		b.WriteString(m.MaskHead(validText(head)))
		if len(head) > 0 && head[len(head)-1] != '\n' {
			b.WriteByte('\n')
		}
		b.WriteString("[... ")
		b.WriteString(strconv.FormatInt(c.total-int64(len(head)+len(tail)), 10))
		b.WriteString(" bytes omitted ...]\n")
	}
	b.WriteString(m.MaskTail(validText(tail)))
	return b.String()
}

// replacement stands in a text for bytes that are no UTF-8.
const replacement = "\uFFFD"

// validText returns b as UTF-8.
func validText(b []byte) string { return strings.ToValidUTF8(string(b), replacement) }

func trimPartialEnd(b []byte) []byte {
	for i := 1; i <= utf8.UTFMax && i <= len(b); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

func trimPartialStart(b []byte) []byte {
	for i := 0; i < utf8.UTFMax-1 && i < len(b); i++ {
		if utf8.RuneStart(b[i]) {
			return b[i:]
		}
	}
	if len(b) < utf8.UTFMax {
		return nil
	}
	return b
}
