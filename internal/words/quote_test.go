package words_test

import (
	"errors"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"testing/quick"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/words"
)

// awkward are words that shells and splitters stumble over.
var awkward = []string{
	"", " ", "\t", "\n", "\r", "\r\n", "a\r\nb", "'", "''", `"`, `\`, `\\`, "\\\n", "\\\r\n", "a'b", `'\''`, "$HOME", "`id`", "$(id)", "*", "?", "[a]",
	"~", "~root", "a~", "#", "a#b", "!", "{", "}", "{a,b}", "(", ")", "|", "&", ";", "<", ">", "=", "A=b", "-", "--", "-n", "1", "2", "10", "if", "in",
	"time", "function", "[[", "naïve", "日本", "🙂", "\u00a0", "\u2028", "\ue000", "\ue001\r", "\ufeff", "\x01", "\x1b[0m", "\x7f", "%s", "a,b", "a:~/b",
	"/usr/bin/env", "user@host:/x", "a+b", "^", "%1", "\ufffd",
}

func TestQuote(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		in   []string
		want string
	}{
		"no words":                           {nil, ""},
		"what means itself stays bare":       {[]string{"rsync", "-a", "--chmod", "u+rw,o-w", "me@host:/srv/x_1.0"}, "rsync -a --chmod u+rw,o-w me@host:/srv/x_1.0"},
		"an empty word":                      {[]string{"a", "", "b"}, "a '' b"},
		"a blank":                            {[]string{"a b"}, "'a b'"},
		"a new line":                         {[]string{"a\nb"}, "'a\nb'"},
		"a single quote":                     {[]string{"it's"}, `'it'\''s'`},
		"a double quote":                     {[]string{`say "x"`}, `'say "x"'`},
		"a backslash":                        {[]string{`a\b`}, `'a\b'`},
		"a variable":                         {[]string{"$HOME"}, "'$HOME'"},
		"another script":                     {[]string{"日本"}, "'日本'"},
		"a word of the shell":                {[]string{"if", "iffy"}, "'if' iffy"},
		"an assignment":                      {[]string{"A=b"}, "'A=b'"},
		"a number, before a redirection too": {[]string{"echo", "2"}, "echo '2'"},
		"a number with a sign":               {[]string{"-2", "1.5"}, "-2 1.5"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := words.Quote(tc.in)
			if err != nil {
				t.Fatal(err)
			}
			if got != tc.want {
				t.Errorf("Quote(%q) = %s, want %s", tc.in, got, tc.want)
			}
		})
	}
}

func TestQuoteRefusesNUL(t *testing.T) {
	t.Parallel()
	if got, err := words.Quote([]string{"a", "b\x00"}); !errors.Is(err, words.ErrNUL) || got != "" {
		t.Errorf("Quote = %q, %v; want ErrNUL", got, err)
	}
}

// lists returns lists of words, many of them made of what is awkward.
func lists(random *rand.Rand, count int) [][]string {
	const special = "ab \t\n\r'\"\\$`*?[]~#!{}()|&;<>=-0日\ue000"
	characters := []rune(special)
	out := make([][]string, count)
	for i := range out {
		out[i] = make([]string, random.IntN(6))
		for j := range out[i] {
			if random.IntN(3) == 0 {
				out[i][j] = awkward[random.IntN(len(awkward))]
				continue
			}
			var b strings.Builder
			for range random.IntN(8) {
				b.WriteRune(characters[random.IntN(len(characters))])
			}
			out[i][j] = b.String()
		}
	}
	return out
}

// inverse reports that List undoes Quote.
func inverse(list []string) error {
	text, err := words.Quote(list)
	if err != nil {
		return err
	}
	got, err := words.List(text)
	if err != nil {
		return err
	}
	if diff := cmp.Diff(append([]string{}, list...), append([]string{}, got...)); diff != "" {
		return errors.New(text + ": (-want +got):\n" + diff)
	}
	return nil
}

func TestListUndoesQuote(t *testing.T) {
	t.Parallel()
	for _, w := range awkward {
		for _, list := range [][]string{{w}, {w, "x"}, {"x", w}, {w, w, w}} {
			if err := inverse(list); err != nil {
				t.Errorf("%q: %v", list, err)
			}
		}
	}
	for _, list := range lists(rand.New(rand.NewPCG(1, 2)), 5000) {
		if err := inverse(list); err != nil {
			t.Fatalf("%q: %v", list, err)
		}
	}
	property := func(list []string) bool {
		for i := range list {
			list[i] = strings.ReplaceAll(list[i], "\x00", "")
		}
		return inverse(list) == nil
	}
	if err := quick.Check(property, nil); err != nil {
		t.Error(err)
	}
}

// TestQuoteAgreesWithTheShell has the real shell read what Quote wrote.
func TestQuoteAgreesWithTheShell(t *testing.T) {
	t.Parallel()
	all := append(lists(rand.New(rand.NewPCG(3, 4)), 300), awkward)
	var script strings.Builder
	want := make([]string, 0, len(all))
	for _, list := range all {
		text, err := words.Quote(append([]string{"printf", `%s\0`, "-"}, list...))
		if err != nil {
			t.Fatal(err)
		}
		script.WriteString(text + "\n")
		want = append(want, "-")
		want = append(want, list...)
	}
	out, err := exec.CommandContext(t.Context(), "/bin/sh", "-c", script.String()).Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the shell reads other words (-want +got):\n%s", diff)
	}
}

// TestQuotedWordsAreNoSyntax has the real shell take each word for the name of a command
// where it would otherwise be something else.
func TestQuotedWordsAreNoSyntax(t *testing.T) {
	t.Parallel()
	for _, w := range []string{"if", "for", "case", "while", "until", "do", "done", "then", "else", "elif", "fi", "esac", "in", "{", "}", "!", "A=b", "#"} {
		text, err := words.Quote([]string{w})
		if err != nil {
			t.Fatal(err)
		}
		err = exec.CommandContext(t.Context(), "/bin/sh", "-c", text+" 2>/dev/null").Run()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 127 {
			t.Errorf("the shell does not look %s up as a command: %v", text, err)
		}
	}
}

func TestListOfNothing(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"", "  ", "\n\n", "\t\n "} {
		if got, err := words.List(in); err != nil || len(got) > 0 {
			t.Errorf("List(%q) = %q, %v", in, got, err)
		}
	}
	for in, want := range map[string]string{"''": "", `""`: ""} {
		if got, err := words.List(in); err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("List(%q) = %q, %v", in, got, err)
		}
	}
}

func FuzzQuote(f *testing.F) {
	for _, w := range awkward {
		f.Add(w, "x")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if !utf8.ValidString(a) || !utf8.ValidString(b) {
			return // No engine has such strings, and no parser of a shell promises to read them.
		}
		list := []string{a, b}
		if strings.ContainsRune(a+b, 0) {
			if _, err := words.Quote(list); !errors.Is(err, words.ErrNUL) {
				t.Fatalf("Quote(%q): %v, want ErrNUL", list, err)
			}
			return
		}
		if err := inverse(list); err != nil {
			t.Fatalf("%q: %v", list, err)
		}
	})
}
