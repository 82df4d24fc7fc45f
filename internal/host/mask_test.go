package host_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

const m = host.Masked

func TestMask(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		secrets  []string
		in, want string
	}{
		"as it is":                {[]string{"hunter2"}, "login hunter2 failed", "login " + m + " failed"},
		"several times":           {[]string{"hunter2"}, "hunter2hunter2", m + m},
		"several secrets":         {[]string{"hunter2", "letmein"}, "hunter2 letmein", m + " " + m},
		"one that holds another":  {[]string{"pass", "password1"}, "password1 pass", m + " " + m},
		"another text":            {[]string{"hunter2"}, "hunter 2", "hunter 2"},
		"in another case":         {[]string{"hunter2"}, "HUNTER2", "HUNTER2"},
		"too short to hide":       {[]string{"abc"}, "abc", "abc"},
		"short and long ones":     {[]string{"abc", "abcd"}, "abc abcd", "abc " + m},
		"empty":                   {[]string{""}, "abc", "abc"},
		"none":                    {nil, "abc", "abc"},
		"in JSON":                 {[]string{"a\"b\\c\n"}, `{"k": "a\"b\\c\n"}`, `{"k": "` + m + `"}`},
		"in JSON by Go":           {[]string{"a&b<c>"}, `{"k": "a\u0026b\u003cc\u003e"}`, `{"k": "` + m + `"}`},
		"in JSON by others":       {[]string{`a"b&c`}, `{"k": "a\"b&c"}`, `{"k": "` + m + `"}`},
		"in a query":              {[]string{"a b&c"}, "?k=a+b%26c", "?k=" + m},
		"in a URL":                {[]string{"a b/c"}, "http://x/a%20b%2Fc/", "http://x/" + m + "/"},
		"quoted for a shell":      {[]string{"it's one"}, `'it'\''s one'`, "'" + m + "'"},
		"quoted otherwise":        {[]string{"it's one"}, `'it'"'"'s one'`, "'" + m + "'"},
		"several lines":           {[]string{"first line\nsecond"}, "first line\nsecond", m},
		"one line of several":     {[]string{"first line\nsecond"}, "> second", "> " + m},
		"an indented line":        {[]string{"{\n    \"key\": \"one\"\n    }\n"}, "\"key\": \"one\"", m},
		"a line that is common":   {[]string{"{\n    \"key\": \"one\"\n    }\n"}, "other {\n    }\n", "other {\n    }\n"},
		"with other line ends":    {[]string{"first line\nsecond"}, "first line\r\nsecond", m},
		"escaped for a shell":     {[]string{"it's $5, \"ok\""}, `it\'s\ \$5\,\ \"ok\"`, m},
		"escaped otherwise":       {[]string{"a b#c~d"}, `a\ b\#c\~d`, m},
		"in double quotes":        {[]string{"a $b `c` \"d\""}, "\"a \\$b \\`c\\` \\\"d\\\"\"", "\"" + m + "\""},
		"in ASCII JSON":           {[]string{"pässwörd"}, `"p\u00e4ssw\u00f6rd"`, `"` + m + `"`},
		"in ASCII JSON, beyond":   {[]string{"pass😀word"}, `"pass\ud83d\ude00word"`, `"` + m + `"`},
		"in JSON of PHP":          {[]string{"https://a/b"}, `"https:\/\/a\/b"`, `"` + m + `"`},
		"escaped by curl":         {[]string{"a b!/c"}, "k=a%20b%21%2Fc", "k=" + m},
		"escaped by Python":       {[]string{"a b!/c"}, "k=a%20b%21/c", "k=" + m},
		"escaped by JavaScript":   {[]string{"a b!/c"}, "k=a%20b!%2Fc", "k=" + m},
		"in lower case escapes":   {[]string{"a/b:c"}, "k=a%2fb%3ac", "k=" + m},
		"as a user's password":    {[]string{"a:b/c@d"}, "https://u:a%3Ab%2Fc%40d@host/", "https://u:" + m + "@host/"},
		"wrapped":                 {[]string{"correct horse battery"}, "> correct\n  horse\r\n\tbattery.", "> " + m + "."},
		"of a file, as it is":     {[]string{"p@ss/word+1\n"}, "login p@ss/word+1\nfailed", "login " + m + "\nfailed"},
		"of a file, in JSON":      {[]string{"p\"ss/word+1\n"}, `{"k": "p\"ss/word+1"}`, `{"k": "` + m + `"}`},
		"of a file, in a URL":     {[]string{"p@ss/word+1\n"}, "https://u:p%40ss%2Fword+1@host/", "https://u:" + m + "@host/"},
		"of a file, for a shell":  {[]string{"it's one\n"}, `'it'\''s one'`, "'" + m + "'"},
		"of a file, in base64":    {[]string{"p@ss/word+1\n"}, "dXNlcjpwQHNzL3dvcmQrMQ==", "dXNlcjp" + m},
		"of a file, all of it":    {[]string{"p@ss/word+1\n"}, "cEBzcy93b3JkKzEK", m},
		"one of several values":   {[]string{`{"user": "app", "keys": ["hunter2", 12345678]}`}, "app hunter2 12345678 123", "app " + m + " " + m + " 123"},
		"one of several, in JSON": {[]string{`["pass\"word"]`}, `{"k": "pass\"word"}`, `{"k": "` + m + `"}`},
		"JSON that is a text":     {[]string{`"hunter2"`}, "login hunter2", "login " + m},
		"unwrapped":               {[]string{"-----KEY\nabcdefgh\n"}, "key: -----KEYabcdefgh;", "key: " + m + ";"},
		"broken in a word":        {[]string{"correcthorse"}, "a correctho\nrse b", "a " + m + " b"},
		"short, broken":           {[]string{"abcd"}, "ab\ncd", "ab\ncd"},
		"two that overlap":        {[]string{"abcdef", "defghi"}, "xabcdefghiy", "x" + m + "y"},
		"one that overlaps":       {[]string{"abab"}, "xabababay", "x" + m + "ay"},
		"with a line end":         {[]string{"hunter2\n"}, "hunter2.", m + "."},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := host.NewMasker(tc.secrets...).Mask(tc.in); got != tc.want {
				t.Errorf("Mask(%q) = %q, want %q", tc.in, got, tc.want)
			}
		})
	}
}

// Base64 shifts with what stands before, so a secret has three faces in it. What is left of
// its first and last characters is shared with its neighbours.
func TestMaskInBase64(t *testing.T) {
	t.Parallel()
	const secret = "correct horse battery"
	masker := host.NewMasker(secret)
	for _, before := range []string{"", "u", "us", "user:"} {
		for _, after := range []string{"", "!", "!!"} {
			for name, enc := range map[string]*base64.Encoding{"standard": base64.StdEncoding, "for URLs": base64.URLEncoding} {
				in := "Authorization: Basic " + enc.EncodeToString([]byte(before+secret+after))
				got := masker.Mask(in)
				if len(got)-len(m) > len("Authorization: Basic ")+len(before)*2+len(after)*2+6 || !strings.Contains(got, m) {
					t.Errorf("%s, between %q and %q: %q", name, before, after, got)
				}
			}
		}
	}
	if got := masker.Mask("Y29ycmVjdA=="); got != "Y29ycmVjdA==" {
		t.Errorf("the control, another text: %q", got)
	}
}

// A longer base64 text is wrapped, and the line breaks fall anywhere in a secret.
func TestMaskInWrappedBase64(t *testing.T) {
	t.Parallel()
	const secret = "correct horse battery staple, and then some more words to fill a line or two of base64 with"
	masker := host.NewMasker(secret)
	for _, width := range []int{64, 76} {
		for _, end := range []string{"\n", "\r\n", "\n    "} {
			for before := range 60 {
				text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("u", before) + secret + "!!"))
				var wrapped strings.Builder
				for len(text) > width {
					wrapped.WriteString(text[:width] + end)
					text = text[width:]
				}
				got := masker.Mask(wrapped.String() + text + "\n")
				// Up to two characters on either side belong to the neighbours too.
				if !strings.Contains(got, m) || len(got) > len(m)+4*before/3+len(end)*2+12 {
					t.Fatalf("width %d, end %q, %d bytes before: %q", width, end, before, got)
				}
			}
		}
	}
}

// A secret of the least length is known in base64 too.
func TestMaskShortSecretInBase64(t *testing.T) {
	t.Parallel()
	if got := host.NewMasker("s3cr").Mask("Basic " + base64.StdEncoding.EncodeToString([]byte("s3cr"))); got != "Basic "+m {
		t.Errorf("%q", got)
	}
}

func TestMaskHeadAndTail(t *testing.T) {
	t.Parallel()
	masker := host.NewMasker("correct horse")
	const text = "rect horse. A correct horse. A correct ho"
	if got, want := masker.MaskHead(text), "rect horse. A "+m+". A "+m; got != want {
		t.Errorf("MaskHead: %q, want %q", got, want)
	}
	if got, want := masker.MaskTail(text), m+". A "+m+". A correct ho"; got != want {
		t.Errorf("MaskTail: %q, want %q", got, want)
	}
}

// A secret with very many parts is one secret.
func TestMaskManyParts(t *testing.T) {
	t.Parallel()
	list := func(n int) string { return "[" + strings.Repeat(`"common",`, n-1) + `"common"]` }
	if got := host.NewMasker(list(100)).Mask("common"); got != m {
		t.Errorf("control: %q", got)
	}
	if got := host.NewMasker(list(101)).Mask("common " + list(101)); got != "common "+m {
		t.Errorf("got %q", got)
	}
}

func TestFinds(t *testing.T) {
	t.Parallel()
	masker := host.NewMasker("correct horse")
	for text, want := range map[string]bool{"a correct horse": true, "a correct\nhorse": true, "a correct house": false, "": false} {
		if got := masker.Finds(text); got != want {
			t.Errorf("Finds(%q) = %v", text, got)
		}
	}
}

func TestNoMaskerHidesNothing(t *testing.T) {
	t.Parallel()
	var none *host.Masker
	for name, masker := range map[string]*host.Masker{"nil": none, "zero": {}, "without secrets": host.NewMasker()} {
		if got := masker.Mask("text") + masker.MaskPart("text"); got != "texttext" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestMaskPart(t *testing.T) {
	t.Parallel()
	masker := host.NewMasker("correct horse battery staple")
	cases := map[string]struct{ in, want string }{
		"cut at the front":       {"battery staple is wrong", m + " is wrong"},
		"cut at the back":        {"wrong: correct hor", "wrong: " + m},
		"cut at both ends":       {"staple is not correct", m + " is not " + m},
		"whole inside":           {"a correct horse battery staple b", "a " + m + " b"},
		"nothing but a piece":    {"horse battery staple", m},
		"another text":           {"nothing to hide", "nothing to hide"},
		"too little to be known": {"ple. cor", "ple. cor"},
		"empty":                  {"", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := masker.MaskPart(tc.in); got != tc.want {
				t.Errorf("MaskPart(%q) = %q, want %q", tc.in, got, tc.want)
			}
		})
	}
}

// No form of a secret survives, wherever it stands and wherever the text was cut.
func FuzzMask(f *testing.F) {
	f.Add("hunter2", "before ", " after", 3, 4)
	f.Add("it's \"one\"\nof <two> & /three", "", "\n", 0, 0)
	f.Add("aaaaaaaa", "aaa", "aaa", 9, 2)
	f.Fuzz(func(t *testing.T, secret, before, after string, front, back int) {
		// The space around a secret is none.
		if secret = strings.TrimSpace(secret); len(secret) < 8 || len(secret) > 1<<10 {
			return
		}
		quoted, err := json.Marshal(secret)
		if err != nil {
			t.Fatal(err)
		}
		masker := host.NewMasker(secret)
		for name, form := range map[string]string{
			"raw": secret, "query": url.QueryEscape(secret), "path": url.PathEscape(secret),
			"json": string(quoted[1 : len(quoted)-1]), "shell": strings.ReplaceAll(secret, "'", `'\''`),
			"base64": base64.RawStdEncoding.EncodeToString([]byte(secret)),
		} {
			if strings.Contains(m, form) {
				continue
			}
			// The neighbours must not be able to hold the secret, or make it up.
			text := hex.EncodeToString([]byte(before)) + " " + form + " " + hex.EncodeToString([]byte(after))
			if name != "base64" && strings.Contains(masker.Mask(text), form) {
				t.Fatalf("%s: %q survives in %q", name, form, masker.Mask(text))
			}
			if name == "base64" && len(form) > 12 && strings.Contains(masker.Mask(text), form[2:len(form)-2]) {
				t.Fatalf("base64: %q survives in %q", form, masker.Mask(text))
			}
		}
		from, to := min(max(front, 0), len(secret)-4), min(max(back, 0), len(secret)-4)
		part := masker.MaskPart(secret[from:] + "\x01" + secret[:len(secret)-to])
		if !strings.HasPrefix(part, m) || !strings.HasSuffix(part, m) {
			t.Fatalf("MaskPart leaves %q of %q cut at %d and %d", part, secret, from, to)
		}
	})
}

// However a stream was cut into pieces, what comes out is what masking all of it at once
// would have made of it.
func FuzzMaskedWriter(f *testing.F) {
	f.Add("hunter2", "letmein", "one hunt", "er2 two", " let\nme", uint8(3))
	f.Add("aaaa", "ab ab ab", "aaaaaaa", "aaab a", "b ab ab", uint8(1))
	f.Add("first line\nsecond", "it's", "first line", "\nsecond it", "'s", uint8(2))
	f.Add("aaa0a", "Z000", "0", "aa", "0", uint8(1))
	f.Fuzz(func(t *testing.T, secret, other, a, b, c string, piece uint8) {
		masker := host.NewMasker(secret, other)
		whole := a + secret + b + other + c + secret
		var out strings.Builder
		w := masker.Writer(&out)
		for rest := whole; rest != ""; {
			n := min(int(piece)%7+1, len(rest))
			if _, err := w.Write([]byte(rest[:n])); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if want := masker.Mask(whole); out.String() != want {
			t.Fatalf("in pieces of %d: %q, want %q", piece%7+1, out.String(), want)
		}
	})
}

// What cannot be a part of a secret is not held back, so that a log is readable while it
// is written.
func TestMaskedWriterIsPrompt(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	w := host.NewMasker("hunter2").Writer(&out)
	for _, step := range []struct{ write, want string }{
		{"hello.\n", "hello.\n"}, {"h", ""}, {"unter", ""}, {"2 in", m + " in"}, {"hunter.", "hunter."}, {"hun", ""},
	} {
		out.Reset()
		if _, err := w.Write([]byte(step.write)); err != nil || out.String() != step.want {
			t.Errorf("after %q: %q, %v; want %q", step.write, out.String(), err, step.want)
		}
	}
	out.Reset()
	if err := w.Flush(); err != nil || out.String() != "hun" {
		t.Errorf("at the end: %q, %v", out.String(), err)
	}
}

// A stream of nothing but a secret that overlaps itself is not kept in memory.
func TestMaskedWriterIsBounded(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	w := host.NewMasker("aaaa").Writer(&out)
	for range 100 {
		if _, err := w.Write([]byte(strings.Repeat("a", 32<<10))); err != nil {
			t.Fatal(err)
		}
	}
	if out.Len() == 0 {
		t.Error("three megabytes are held back")
	}
	if err := w.Flush(); err != nil || strings.Contains(out.String(), "aaaa") {
		t.Errorf("%.100q, %v", out.String(), err)
	}
}

// However long a secret is, and however it was wrapped, nothing of it is shown.
func TestMaskedWriterHidesLongSecrets(t *testing.T) {
	t.Parallel()
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	noise := rand.New(rand.NewPCG(1, 2))
	long := make([]byte, 240_000)
	for i := range long {
		long[i] = letters[noise.IntN(len(letters))]
	}
	secret := string(long)
	wrapped := wrap(base64.StdEncoding.EncodeToString(long), 76)
	periodic := strings.Repeat("abcdefghij", 400)
	cases := map[string]struct {
		secret, text, want string
	}{
		"as it is":              {secret, "it is " + secret + ".\nend\n", "it is " + m + ".\nend\n"},
		"twice":                 {secret, secret + secret + "\nend\n", m + m + "\nend\n"},
		"wrapped base64":        {secret, "it is\n" + wrapped + "\nend\n", "it is\n" + m + "\nend\n"},
		"one that repeats":      {periodic, strings.Repeat(periodic, 40) + "abck\nend\n", m + "abck\nend\n"},
		"no more than its head": {secret, secret[:200_000] + ".\nend\n", secret[:200_000] + ".\nend\n"},
		"another text":          {"hunter2", secret + "\nend\n", secret + "\nend\n"},
	}
	for name, tc := range cases {
		for _, size := range []int{77, 32 << 10} {
			t.Run(fmt.Sprintf("%s in pieces of %d", name, size), func(t *testing.T) {
				t.Parallel()
				var out strings.Builder
				w := host.NewMasker(tc.secret).Writer(&out)
				for piece := range slices.Chunk([]byte(tc.text), size) {
					if _, err := w.Write(piece); err != nil {
						t.Fatal(err)
					}
				}
				if err := w.Flush(); err != nil {
					t.Fatal(err)
				}
				if got := out.String(); got != tc.want {
					t.Errorf("%d bytes, want %d: %.200q", len(got), len(tc.want), got)
				}
			})
		}
	}
}

// wrap breaks s into lines.
func wrap(s string, columns int) string {
	var lines []string
	for line := range slices.Chunk([]byte(s), columns) {
		lines = append(lines, string(line))
	}
	return strings.Join(lines, "\n")
}

// What is added to a masker is hidden beside what it hides already, and as well.
func TestMaskerWithMore(t *testing.T) {
	t.Parallel()
	few := host.NewMasker("first secret")
	all := few.With("second 'secret'", "x")
	const text = "first secret, second 'secret', x, c2Vjb25kICdzZWNyZXQn"
	if diff := cmp.Diff(host.NewMasker("first secret", "second 'secret'", "x").Mask(text), all.Mask(text)); diff != "" {
		t.Errorf("masked (-made at once +made of two):\n%s", diff)
	}
	if got, want := few.Mask(text), host.Masked+strings.TrimPrefix(text, "first secret"); got != want {
		t.Errorf("the first one masks %q, want %q", got, want)
	}
	var none *host.Masker
	if got := none.With("first secret").Mask(text); got != few.Mask(text) {
		t.Errorf("nil with a secret masks %q", got)
	}
	if few.With() != few || few.With("x") != few {
		t.Error("one that hides no more is another one")
	}
}
