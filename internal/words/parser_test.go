package words_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/words"
)

// A parser is used for one string after the other, and what one string did to it must not
// show in the words of the next, nor what the next does in words that were returned.
func TestSplitForgets(t *testing.T) {
	t.Parallel()
	refused := []string{"", "a 'b", `a "b`, "a | b", "a # b", "if a", "a <<EOF\nb", "a $(b", "a && ", "(a", "a\x00"}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for _, s := range refused {
				kept, err := words.Split("first 'one of' two")
				if err != nil {
					t.Error(err)
				}
				if got, err := words.Split(s); err == nil {
					t.Errorf("Split(%q) = %q", s, got)
				}
				if _, err := words.Split("other words that are longer than those"); err != nil {
					t.Errorf("after %q: %v", s, err)
				}
				if diff := cmp.Diff([]string{"first", "one of", "two"}, kept); diff != "" {
					t.Errorf("around %q (-want +got):\n%s", s, diff)
				}
			}
		})
	}
	all.Wait()
}
