package words_test

import (
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/words"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		in   string
		want []string
	}{
		"blanks separate":                       {"  a  b\tc ", []string{"a", "b", "c"}},
		"single quotes keep everything":         {`echo 'a  $b "c" \'`, []string{"echo", `a  $b "c" \`}},
		"double quotes keep blanks":             {`echo "a  b"`, []string{"echo", "a  b"}},
		"backslash in double quotes":            {`echo "a\"b\\c\d\$e"`, []string{"echo", `a"b\c\d$e`}},
		"backslash outside quotes":              {`echo a\ b \* \~ \$x`, []string{"echo", "a b", "*", "~", "$x"}},
		"empty words stay":                      {`echo '' ""`, []string{"echo", "", ""}},
		"quotes join what touches":              {`a'b'"c"d`, []string{"abcd"}},
		"a quoted pattern is literal":           {`find . -name '*.go'`, []string{"find", ".", "-name", "*.go"}},
		"the test command is a word":            {`[ -f /x ]`, []string{"[", "-f", "/x", "]"}},
		"a tilde inside a word is literal":      {"cp a~ b", []string{"cp", "a~", "b"}},
		"a hash inside a word is literal":       {"cp a#b c", []string{"cp", "a#b", "c"}},
		"an equals sign after the first word":   {"env A=b cmd", []string{"env", "A=b", "cmd"}},
		"braces are literal in POSIX":           {"echo {a,b}", []string{"echo", "{a,b}"}},
		"a continued line":                      {"echo a \\\n b", []string{"echo", "a", "b"}},
		"a line continued inside double quotes": {"echo \"a\\\nb\"", []string{"echo", "ab"}},
		"a new line at the end":                 {"echo a\n", []string{"echo", "a"}},
		"a new line inside quotes":              {"echo 'a\nb'", []string{"echo", "a\nb"}},
		"other scripts":                         {"echo naïve 日本", []string{"echo", "naïve", "日本"}},
		"a carriage return inside quotes":       {"echo 'a\r\nb' \"\r\"", []string{"echo", "a\r\nb", "\r"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := words.Split(tc.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("Split(%q) mismatch (-want +got):\n%s", tc.in, diff)
			}
		})
	}
}

func TestSplitRefusesWhatNeedsAShell(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"a | b":                 "a pipe (|)",
		"a > b":                 "a redirection (>)",
		"a 2>&1":                "a redirection (>&)",
		"a < b":                 "a redirection (<)",
		"a && b":                "a list of commands (&&)",
		"a || b":                "a list of commands (||)",
		"a ; b":                 "several commands (; or a new line)",
		"a\nb":                  "several commands (; or a new line)",
		"a;":                    "a command separator (;)",
		"a &":                   "a background command (&)",
		"! a":                   "a negation (!)",
		"echo $HOME":            "a variable ($)",
		`echo "${HOME}"`:        "a variable ($)",
		"echo $(date)":          "a command substitution ($( ))",
		"echo `date`":           "a command substitution (` `)",
		"echo $((1+1))":         "an arithmetic expansion ($(( )))",
		"ls *.go":               "a file name pattern (*)",
		"ls a?":                 "a file name pattern (?)",
		"ls [ab]":               "a file name pattern ([ ])",
		"ls ~/x":                "a home directory (~)",
		"A=b cmd":               "a variable assignment (NAME=value)",
		"A=b":                   "a variable assignment (NAME=value)",
		"( a )":                 "a subshell (( ))",
		"{ a; }":                "a group of commands ({ })",
		"if a; then b; fi":      "an if clause",
		"while a; do b; done":   "a while or until loop",
		"for i in a; do b;done": "a for loop",
		"case a in a) b;; esac": "a case clause",
		"f() { a; }":            "a function definition",
		"echo a # b":            "a comment (#)",
		"# a":                   "a comment (#)",
	}
	for in, want := range cases {
		t.Run(in, func(t *testing.T) {
			t.Parallel()
			argv, err := words.Split(in)
			var shell *words.ShellError
			if !errors.As(err, &shell) {
				t.Fatalf("Split(%q) = %q, %v; want a ShellError", in, argv, err)
			}
			if shell.Construct != want {
				t.Errorf("Split(%q) names %q, want %q", in, shell.Construct, want)
			}
		})
	}
}

func TestSplitRefusesWhatIsNoCommand(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"":           "the command is empty",
		" \t\n":      "the command is empty",
		`''`:         "the command is empty",
		`echo 'a`:    "an unterminated quote",
		`echo "a`:    "an unterminated quote",
		"echo )":     "not a command by POSIX rules, at line 1, column 6",
		"a\x00b":     "a NUL byte",
		"echo a |":   "not a command by POSIX rules, at line 1, column 8",
		"a\rb":       "a carriage return outside quotes",
		"echo a\r\n": "a carriage return outside quotes",
	}
	for in, want := range cases {
		t.Run(in, func(t *testing.T) {
			t.Parallel()
			argv, err := words.Split(in)
			if err == nil {
				t.Fatalf("Split(%q) = %q, want an error", in, argv)
			}
			if err.Error() != want {
				t.Errorf("Split(%q) error = %q, want %q", in, err, want)
			}
		})
	}
}

// TestSplitAgreesWithTheShell runs what Split accepts through the real shell.
func TestSplitAgreesWithTheShell(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		`a "b c" 'd  e'`, `a\ b "c\"d" 'e\f'`, `'' "" x`, `a"b"'c'd "\$x" "\a"`, "a \\\n b", `"a b"c\\`,
	} {
		out, err := exec.CommandContext(t.Context(), "/bin/sh", "-c", `for w in `+in+`; do printf '%s\0' "$w"; done`).Output()
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
		got, err := words.Split("x " + in)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got[1:]); diff != "" {
			t.Errorf("Split(%q) differs from the shell (-shell +got):\n%s", in, diff)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"", "a b", `a 'b c' "d\"e"`, "a | b", "a\\\n b", "[ x ]", "~", "a#b", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		argv, err := words.Split(s)
		if err != nil {
			return
		}
		if len(argv) == 0 || argv[0] == "" {
			t.Fatalf("Split(%q) = %q: no program and no error", s, argv)
		}
		quoted := make([]string, len(argv))
		for i, w := range argv {
			quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		again, err := words.Split(strings.Join(quoted, " "))
		if err != nil {
			t.Fatalf("Split(%q) = %q does not survive quoting: %v", s, argv, err)
		}
		if diff := cmp.Diff(argv, again); diff != "" {
			t.Fatalf("quoting changes the words (-want +got):\n%s", diff)
		}
	})
}
