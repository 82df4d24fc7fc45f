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
	to    func(host.Piece)
	lines []*host.Lines
}

func newProgress(to func(host.Piece)) *progress {
	if to == nil {
		return nil
	}
	return &progress{to: to}
}

// tee returns a writer that keeps in w and hands on. What it cannot keep in step with holds
// up the command, as a slow terminal would.
func (p *progress) tee(w io.Writer) io.Writer {
	if p == nil {
		return w
	}
	lines := host.NewLines(maxLine, func(piece host.Piece) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.to(piece)
	})
	p.lines = append(p.lines, lines)
	return io.MultiWriter(w, lines)
}

// close hands on the last lines that have no end. Nothing may be written after it.
func (p *progress) close() {
	if p == nil {
		return
	}
	for _, l := range p.lines {
		l.Close()
	}
}
