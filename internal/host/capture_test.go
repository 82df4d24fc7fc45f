package host_test

import (
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

func TestCapture(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		limit  int
		writes []string
		want   string
		cut    bool
	}{
		"nothing":                           {4, nil, "", false},
		"less than the limit":               {8, []string{"abc"}, "abc", false},
		"exactly the limit":                 {4, []string{"abcd"}, "abcd", false},
		"exactly the limit in pieces":       {4, []string{"a", "bc", "d"}, "abcd", false},
		"one byte more":                     {4, []string{"abcde"}, "ab\n[... 1 bytes omitted ...]\nde", true},
		"much more at once":                 {4, []string{"abcdefghij"}, "ab\n[... 6 bytes omitted ...]\nij", true},
		"much more in pieces":               {4, []string{"a", "bcd", "e", "fghi", "j"}, "ab\n[... 6 bytes omitted ...]\nij", true},
		"an odd limit gives the tail more":  {5, []string{"abcdefghij"}, "ab\n[... 5 bytes omitted ...]\nhij", true},
		"a head that ends its line":         {4, []string{"a\nbcdefg"}, "a\n[... 4 bytes omitted ...]\nfg", true},
		"a limit of one byte":               {1, []string{"abc"}, "[... 2 bytes omitted ...]\nc", true},
		"a limit of nothing":                {0, []string{"abc"}, "[... 3 bytes omitted ...]\n", true},
		"a negative limit is nothing":       {-1, []string{"abc"}, "[... 3 bytes omitted ...]\n", true},
		"other bytes":                       {8, []string{"a\xff\xfeb"}, "a\uFFFDb", false},
		"a character written in two pieces": {8, []string{"\xc3", "\xa9"}, "é", false},
		"a character across head and tail":  {4, []string{"aéb"}, "aéb", false},
		"a character that the cut splits":   {4, []string{"aé12345éz"}, "a\n[... 9 bytes omitted ...]\nz", true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := host.NewCapture(tc.limit)
			total := 0
			for _, w := range tc.writes {
				total += len(w)
				if n, err := c.Write([]byte(w)); n != len(w) || err != nil {
					t.Fatalf("Write(%q) = %d, %v", w, n, err)
				}
			}
			if got := c.Text(); got != tc.want {
				t.Errorf("Text() = %q, want %q", got, tc.want)
			}
			if c.Cut() != tc.cut || c.Total() != int64(total) {
				t.Errorf("Cut() = %v, Total() = %d; want %v, %d", c.Cut(), c.Total(), tc.cut, total)
			}
		})
	}
}

func TestTailIsTheEndAndNothingElse(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ in, want string }{
		"a short stream":           {"abc", "abc"},
		"a long one":               {"0123456789", "6789"},
		"a character that is cut":  {"0123\u20ac789", "789"},
		"bytes that are no text":   {"012345\xff789", "\uFFFD789"},
		"the end of a longer line": {"line\nlonger", "nger"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := host.NewTail(4)
			_, _ = c.Write([]byte(tc.in))
			if got := c.Text(); got != tc.want {
				t.Errorf("Text() = %q, want %q", got, tc.want)
			}
		})
	}
}

func TestCaptureIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	c := host.NewCapture(64)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				_, _ = c.Write([]byte("0123456789"))
				_ = c.Text()
			}
		})
	}
	all.Wait()
	if c.Total() != 8000 || !c.Cut() {
		t.Errorf("Total() = %d, Cut() = %v", c.Total(), c.Cut())
	}
}

// Whatever is written in whatever pieces: what is kept is head and tail of the stream,
// never more than the limit of it, and valid UTF-8.
func FuzzCapture(f *testing.F) {
	f.Add(4, 3, "abcdefghij")
	f.Add(0, 1, "x")
	f.Add(7, 2, "ééééé€€€\xff\xfe\n\x00")
	f.Fuzz(func(t *testing.T, limit, piece int, s string) {
		limit = min(max(limit, 0), 1<<12)
		piece = min(max(piece, 1), 1<<12)
		c := host.NewCapture(limit)
		for rest := s; rest != ""; {
			n := min(piece, len(rest))
			_, _ = c.Write([]byte(rest[:n]))
			rest = rest[n:]
		}
		text := c.Text()
		if !utf8.ValidString(text) {
			t.Fatalf("Text() = %q is not UTF-8", text)
		}
		if c.Total() != int64(len(s)) || c.Cut() != (len(s) > limit) {
			t.Fatalf("Total() = %d, Cut() = %v for %d bytes with the limit %d", c.Total(), c.Cut(), len(s), limit)
		}
		if !c.Cut() {
			if text != strings.ToValidUTF8(s, "\uFFFD") {
				t.Fatalf("Text() = %q, want %q", text, s)
			}
			return
		}
		if !utf8.ValidString(s) || strings.Contains(s, "[... ") {
			return
		}
		// A stream of text stays itself at both ends.
		i := strings.LastIndex(text, "[... ")
		head := text[:i]
		if !strings.HasPrefix(s, head) {
			head = strings.TrimSuffix(head, "\n") // It did not end its line.
		}
		_, tail, _ := strings.Cut(text[i:], "\n")
		if !strings.HasPrefix(s, head) || !strings.HasSuffix(s, tail) {
			t.Fatalf("%q is not head and tail of %q", text, s)
		}
		if len(head)+len(tail) > limit || limit-len(head)-len(tail) > 2*(utf8.UTFMax-1) {
			t.Fatalf("%d and %d bytes are kept, the limit is %d", len(head), len(tail), limit)
		}
	})
}
