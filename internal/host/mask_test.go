package host_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

const m = host.Masked

func TestMask(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		secrets  []string
		in, want string
	}{
		"as it is":               {[]string{"hunter2"}, "login hunter2 failed", "login " + m + " failed"},
		"several times":          {[]string{"hunter2"}, "hunter2hunter2", m + m},
		"several secrets":        {[]string{"hunter2", "letmein"}, "hunter2 letmein", m + " " + m},
		"one that holds another": {[]string{"pass", "password1"}, "password1 pass", m + " " + m},
		"another text":           {[]string{"hunter2"}, "hunter 2", "hunter 2"},
		"in another case":        {[]string{"hunter2"}, "HUNTER2", "HUNTER2"},
		"too short to hide":      {[]string{"abc"}, "abc", "abc"},
		"short and long ones":    {[]string{"abc", "abcd"}, "abc abcd", "abc " + m},
		"empty":                  {[]string{""}, "abc", "abc"},
		"none":                   {nil, "abc", "abc"},
		"in JSON":                {[]string{"a\"b\\c\n"}, `{"k": "a\"b\\c\n"}`, `{"k": "` + m + `"}`},
		"in JSON by Go":          {[]string{"a&b<c>"}, `{"k": "a\u0026b\u003cc\u003e"}`, `{"k": "` + m + `"}`},
		"in JSON by others":      {[]string{`a"b&c`}, `{"k": "a\"b&c"}`, `{"k": "` + m + `"}`},
		"in a query":             {[]string{"a b&c"}, "?k=a+b%26c", "?k=" + m},
		"in a URL":               {[]string{"a b/c"}, "http://x/a%20b%2Fc/", "http://x/" + m + "/"},
		"quoted for a shell":     {[]string{"it's one"}, `'it'\''s one'`, "'" + m + "'"},
		"quoted otherwise":       {[]string{"it's one"}, `'it'"'"'s one'`, "'" + m + "'"},
		"several lines":          {[]string{"first line\nsecond"}, "first line\nsecond", m},
		"one line of several":    {[]string{"first line\nsecond"}, "> second", "> " + m},
		"with other line ends":   {[]string{"first line\nsecond"}, "first line\r\nsecond", m},
		"with a line end":        {[]string{"hunter2\n"}, "hunter2.", m + "."},
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
		if len(secret) < 8 || len(secret) > 1<<10 {
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
