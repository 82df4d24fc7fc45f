package host_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// linesOf writes the parts of a stream and returns what came of it.
func linesOf(limit int, parts ...string) []string {
	var got []string
	lines := host.NewLines(limit, func(line string) { got = append(got, line) })
	for _, p := range parts {
		_, _ = lines.Write([]byte(p))
	}
	lines.Close()
	return got
}

func TestLines(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		writes []string
		want   []string
	}{
		"nothing":                                {nil, nil},
		"one line":                               {[]string{"one\n"}, []string{"one"}},
		"several lines in one write":             {[]string{"one\ntwo\n"}, []string{"one", "two"}},
		"a line in several writes":               {[]string{"o", "n", "e", "\n"}, []string{"one"}},
		"an empty line":                          {[]string{"one\n\ntwo\n"}, []string{"one", "", "two"}},
		"a last line without an end":             {[]string{"one\ntwo"}, []string{"one", "two"}},
		"the line ends of another system":        {[]string{"one\r\ntwo\r", "\n"}, []string{"one", "two"}},
		"a line of exactly the limit":            {[]string{"12345678\n"}, []string{"12345678"}},
		"a line of the limit, and its end later": {[]string{"12345678", "\n"}, []string{"12345678"}},
		"a longer line":                          {[]string{"1234567890\nx\n"}, []string{"12345678", "90", "x"}},
		"a much longer line":                     {[]string{strings.Repeat("x", 20)}, []string{"xxxxxxxx", "xxxxxxxx", "xxxx"}},
		"a character at the cut":                 {[]string{"1234567é89\n"}, []string{"1234567", "é89"}},
		"bytes that are no text":                 {[]string{"a\xffb\n"}, []string{"a\uFFFDb"}},
		"a character in two writes":              {[]string{"a\xc3", "\xa9\n"}, []string{"aé"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, linesOf(8, tc.writes...)); diff != "" {
				t.Errorf("pieces (-want +got):\n%s", diff)
			}
		})
	}
}

// However a stream is cut into writes, nothing of it is lost, and no piece exceeds the
// limit by more than what replaces its broken bytes.
func FuzzLines(f *testing.F) {
	f.Add("one\ntwo\n\nthree", 3, 8)
	f.Add("é\xff\xfe世界\r\n", 1, 4)
	f.Fuzz(func(t *testing.T, text string, step, limit int) {
		step, limit = max(step, 1), max(limit, utf8.UTFMax)
		var writes []string
		for rest := text; rest != ""; {
			n := min(step, len(rest))
			writes = append(writes, rest[:n])
			rest = rest[n:]
		}
		got := linesOf(limit, writes...)
		if diff := cmp.Diff(linesOf(limit, text), got); diff != "" {
			t.Errorf("in one write and in many (-one +many):\n%s", diff)
		}
		if !utf8.ValidString(text) || strings.Contains(text, "\r") {
			return
		}
		var all strings.Builder
		for _, p := range got {
			if len(p) > limit || strings.Contains(p, "\n") {
				t.Errorf("the piece %q", p)
			}
			all.WriteString(p)
		}
		if want := strings.ReplaceAll(text, "\n", ""); all.String() != want {
			t.Errorf("of %q there is %q", want, all.String())
		}
	})
}
