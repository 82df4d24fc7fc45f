package host_test

import (
	"bytes"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// One command's output, written in pieces as a pipe delivers it.
func BenchmarkCapture(b *testing.B) {
	cases := map[string]struct{ pieces, size int }{
		"one line":     {1, 40},
		"cut":          {16, 4 << 10},
		"16 MiB":       {512, 32 << 10},
		"byte by byte": {64 << 10, 1},
	}
	for name, c := range cases {
		b.Run(name, func(b *testing.B) {
			piece := bytes.Repeat([]byte("x"), c.size)
			b.SetBytes(int64(c.pieces * c.size))
			b.ReportAllocs()
			for b.Loop() {
				capture := host.NewCapture(4096)
				for range c.pieces {
					_, _ = capture.Write(piece)
				}
				if capture.Text() == "" {
					b.Fatal("nothing was kept")
				}
			}
		})
	}
}
