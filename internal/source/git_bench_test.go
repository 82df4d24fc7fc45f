package source_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source/sourcetest"
)

// BenchmarkGit shows what the first service of a repository with 200 files costs, and what
// the next ones do.
func BenchmarkGit(b *testing.B) {
	r, _, url := sourcetest.Served(b)
	files := map[string]string{}
	for i := range 200 {
		files[fmt.Sprintf("dir%d/file%d", i%10, i)] = fmt.Sprint(i)
	}
	commit := r.Commit(files)
	client, cache := newClient(b, source.GitOptions{}), newCache(b)
	for name, place := range map[string]string{"HTTP": url, "local": r.Dir} {
		b.Run(name+"/first checkout", func(b *testing.B) {
			for b.Loop() {
				dir, err := client.Checkout(b.Context(), cache, place, commit)
				must(b, err)
				must(b, os.RemoveAll(dir))
			}
		})
		b.Run(name+"/next checkout", func(b *testing.B) {
			for b.Loop() {
				_, err := client.Checkout(b.Context(), cache, place, commit)
				must(b, err)
			}
		})
		for what, maxAge := range map[string]time.Duration{"resolve anew": 0, "resolve again": time.Hour} {
			b.Run(name+"/"+what, func(b *testing.B) {
				for b.Loop() {
					_, err := client.Resolve(b.Context(), source.Git{URL: place, Reference: "main"}, maxAge)
					must(b, err)
				}
			})
		}
	}
}
