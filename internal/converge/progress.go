package converge

import (
	"io"
	"sync"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// maxLine is how many bytes of a line are held back until it ends.
const maxLine = 4096

// progress hands the output of one try on, line by line, while the command runs. A nil one
// has nobody to hand it to.
type progress struct {
	mu    sync.Mutex
	to    func(line string)
	mask  *host.Masker
	tells []tell
}

// tell hands one stream on. It masks before it splits: of a secret that is wrapped, no line
// by itself is known for a part.
type tell struct {
	masked *host.MaskedWriter
	lines  *host.Lines
}

func newProgress(to func(line string), mask *host.Masker) *progress {
	if to == nil {
		return nil
	}
	return &progress{to: to, mask: mask}
}

// tee returns a writer that keeps in w and hands on. What it cannot keep in step with holds
// up the command, as a slow terminal would.
func (p *progress) tee(w io.Writer) io.Writer {
	if p == nil {
		return w
	}
	lines := host.NewLines(maxLine, func(line string) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.to(line)
	})
	masked := p.mask.Writer(lines)
	p.tells = append(p.tells, tell{masked, lines})
	return io.MultiWriter(w, masked)
}

// close hands on what was held back, for it might have been the beginning of a secret, and
// the last lines that have no end. Nothing may be written after it.
func (p *progress) close() {
	if p == nil {
		return
	}
	for _, t := range p.tells {
		_ = t.masked.Flush() // Lines take everything.
		t.lines.Close()
	}
}
