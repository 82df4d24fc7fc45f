package source_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// manyFiles returns a directory with 10,000 files of 1 KiB that have settled.
func manyFiles(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	for i := range 100 {
		sub := filepath.Join(dir, fmt.Sprintf("dir%02d", i))
		if err := os.Mkdir(sub, 0o755); err != nil {
			b.Fatal(err)
		}
		for j := range 100 {
			content := fmt.Appendf(make([]byte, 1000), "%d/%d", i, j)
			if err := os.WriteFile(filepath.Join(sub, fmt.Sprintf("file%02d", j)), content, 0o600); err != nil {
				b.Fatal(err)
			}
		}
	}
	time.Sleep(2500 * time.Millisecond)
	return dir
}

func BenchmarkTreeDigest(b *testing.B) {
	dir := manyFiles(b)
	b.Run("first", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var d source.Digester
			if _, err := d.Tree(b.Context(), dir); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("again", func(b *testing.B) {
		b.ReportAllocs()
		var d source.Digester
		if _, err := d.Tree(b.Context(), dir); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, err := d.Tree(b.Context(), dir); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkFileDigest(b *testing.B) {
	path := filepath.Join(b.TempDir(), "large")
	if err := os.WriteFile(path, make([]byte, 256<<20), 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(256 << 20)
	b.ReportAllocs()
	for b.Loop() {
		var d source.Digester
		if _, err := d.File(b.Context(), path); err != nil {
			b.Fatal(err)
		}
	}
}
