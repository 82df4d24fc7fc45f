package provider_test

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/needs"
)

// Every attribute, end to end: one resource for each case, all in one apply.
func TestAccExecAttributes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		body string
		want map[string]any // Attributes of the state after the apply.
		root bool           // Whether it needs the right to switch users.
	}{
		"a string is split into words": {
			body: `command = "printf '%s|' one 'two three' \"\""`,
			want: map[string]any{"stdout": "one|two three||", "exit_code": 0.0, "stderr": ""},
		},
		"a list is never interpreted": {
			body: `command = ["printf", "%s|", "$HOME", "a b", "", "*"]`,
			want: map[string]any{"stdout": "$HOME|a b||*|"},
		},
		"shell reads a string": {
			body: "shell = true\ncommand = \"A=b; echo $A | tr b c; echo *.absent >&2\"",
			want: map[string]any{"stdout": "c\n", "stderr": "*.absent\n"},
		},
		"shell leaves a list alone": {
			body: "shell = true\ncommand = [\"printf\", \"%s\", \"$A | b\"]",
			want: map[string]any{"stdout": "$A | b"},
		},
		"interpreter gets the string last": {
			body: "interpreter = [\"printf\", \"%s|\", \"first\"]\ncommand = \"$A | b\"\nunless = \"never asked with exit 1 %d\"\nonlyif = null\nsubscribe = 1",
			want: map[string]any{"stdout": "first|$A | b|"},
		},
		"interpreter is bash": {
			body: "interpreter = [\"/bin/bash\", \"-euo\", \"pipefail\", \"-c\"]\ncommand = \"false | true\"\nreturns = [1]",
			want: map[string]any{"exit_code": 1.0},
		},
		"name is the command": {
			body: `name = "printf named"`,
			want: map[string]any{"stdout": "named", "command": nil},
		},
		"name is a label": {
			body: "name = \"not a | command\"\ncommand = [\"printf\", \"labelled\"]",
			want: map[string]any{"stdout": "labelled", "name": "not a | command"},
		},
		"cwd is where it runs": {
			body: "cwd = \"${path.module}/place\"\nshell = true\ncommand = \"basename $PWD; basename $(pwd)\"\ncreates = \"absent\"\nonlyif = \"test -e here\"",
			want: map[string]any{"stdout": "place\nplace\n"},
		},
		"path is used for look-up and passed on": {
			body: "path = [\"${abspath(path.module)}/place\", \"/bin\"]\ncommand = \"tool a\"\nonlyif = \"tool guard\"",
			want: map[string]any{"stdout": "tool a DIR/place:/bin\n"},
		},
		"environment is added": {
			body: "shell = true\ncommand = \"echo $A-$B-$${EXEC_TEST_INHERITED}\"\nenvironment = { A = \"1\", B = null }",
			want: map[string]any{"stdout": "1--inherited\n"},
		},
		"environment replaces what is inherited": {
			body: "shell = true\ncommand = \"echo $EXEC_TEST_INHERITED\"\nenvironment = { EXEC_TEST_INHERITED = \"replaced\" }",
			want: map[string]any{"stdout": "replaced\n"},
		},
		"inherit_environment leaves only PATH": {
			body: "inherit_environment = false\nenvironment = { A = \"1\" }\nsensitive_environment = { B = \"2\" }\ncommand = [\"env\"]",
			want: map[string]any{"stdout": "PATH=PATHVALUE\nA=1\nB=2\n"},
		},
		"stdin is what it reads": {
			body: "command = [\"cat\"]\nstdin = \"line\\nno end\"",
			want: map[string]any{"stdout": "line\nno end"},
		},
		"stdin is empty otherwise": {
			body: "command = [\"cat\"]",
			want: map[string]any{"stdout": ""},
		},
		"umask is in octal": {
			body: "shell = true\ncommand = \"umask\"\numask = \"027\"",
			want: map[string]any{"stdout": "0027\n"},
		},
		"user by name": {
			body: "shell = true\ncommand = \"id -un; id -gn; echo $USER $LOGNAME $HOME\"\nuser = \"nobody\"\ncwd = \"/\"",
			want: map[string]any{"stdout": "nobody\nNOGROUP\nnobody nobody NOHOME\n"},
			root: true,
		},
		"user and group by number": {
			body: "shell = true\ncommand = \"id -u; id -g; id -G; echo $HOME\"\nuser = \"12345\"\ngroup = \"23456\"\nenvironment = { HOME = \"/set\" }\ncwd = \"/\"",
			want: map[string]any{"stdout": "12345\n23456\n23456\n/set\n"},
			root: true,
		},
		"guards run as the user too": {
			body: "command = [\"id\", \"-u\"]\nonlyif = \"id -u nobody\"\nunless = [[\"test\", \"-w\", \"/\"]]\nuser = \"nobody\"\ncwd = \"/\"",
			want: map[string]any{"stdout": "NOBODY\n"},
			root: true,
		},
		"tries repeats until it succeeds": {
			body: "shell = true\ncommand = \"echo try >> tries; test $(wc -l < tries) -ge 3\"\ntries = 4\ntry_sleep = \"50ms\"",
			want: map[string]any{"exit_code": 0.0},
		},
		"returns accepts a code": {
			body: "command = [\"sh\", \"-c\", \"exit 42\"]\nreturns = [0, 42]",
			want: map[string]any{"exit_code": 42.0},
		},
		"unchanged_returns accepts one more": {
			body: "command = [\"sh\", \"-c\", \"exit 43\"]\nunchanged_returns = [43]",
			want: map[string]any{"exit_code": 43.0},
		},
		"verify is content when the guard is": {
			body: "command = [\"touch\", \"verified\"]\ncreates = \"verified\"\nverify = true",
			want: map[string]any{"exit_code": 0.0},
		},
		"removes needs all of them": {
			body: "command = [\"rm\", \"place/removable\"]\nremoves = [\"place/removable\", \"place/here\"]",
			want: map[string]any{"exit_code": 0.0},
		},
		"creates follows links": {
			body: "command = [\"touch\", \"place/target\"]\ncreates = \"place/dangling\"",
			want: map[string]any{"exit_code": 0.0},
		},
		"refresh runs instead when subscribe is the reason": {
			body: "command = [\"echo\", \"command\"]\nrefresh = [\"echo\", \"refresh\"]\nsubscribe = 1",
			want: map[string]any{"stdout": "refresh\n"},
		},
		"result is one JSON value": {
			body: `command = ["echo", "{\"a\": [1, true, null, 1.5], \"b\": {\"c\": \"d\"}}"]`,
			want: map[string]any{"result": map[string]any{"a": []any{1.0, true, nil, 1.5}, "b": map[string]any{"c": "d"}}},
		},
		"result is null beside other text": {
			body: `command = ["echo", "{} {}"]`,
			want: map[string]any{"result": nil, "stdout": "{} {}\n"},
		},
		"result is null for output that was cut": {
			body: "command = [\"seq\", \"-s\", \"\", \"9999\"]\noutput_limit = 100",
			want: map[string]any{"result": nil},
		},
		"sensitive_output goes to its twins only": {
			body: "shell = true\ncommand = \"echo 1; echo err >&2\"\nsensitive_output = true",
			want: map[string]any{"stdout": nil, "stderr": nil, "result": nil, "sensitive_stdout": "1\n", "sensitive_stderr": "err\n"},
		},
		"output that is no UTF-8 does no harm": {
			body: `command = ["printf", "a\\377b"]`,
			want: map[string]any{"stdout": "a\uFFFDb"},
		},
		"timeout of zero is none": {
			body: "command = [\"sleep\", \"0.2\"]\ntimeout = \"0s\"",
			want: map[string]any{"exit_code": 0.0, "timeout": "0s"},
		},
	}
	w := enginetest.New(t)
	w.Setenv("EXEC_TEST_INHERITED", "inherited")
	stage(t, w.Dir, "+place/here", "+place/removable")
	w.Write("place/tool", "#!/bin/sh\necho \"tool $1 $PATH\"\n")
	chmod(t, w.Path("place/tool"), 0o755)
	if err := os.Symlink("target", w.Path("place/dangling")); err != nil {
		t.Fatal(err)
	}
	nobody := describe(t, "nobody")
	var hcl strings.Builder
	for name, test := range tests {
		if !test.root || os.Geteuid() == 0 {
			fmt.Fprintf(&hcl, "resource \"exec\" %q {\n%s\n}\n", slug(name), test.body)
		}
	}
	w.Config(hcl.String())
	saw(t, w.Apply(), "Warning: Output was cut")
	state := w.State()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.root {
				needs.Root(t)
			}
			got := map[string]any{}
			for attribute := range test.want {
				got[attribute] = state["exec."+slug(name)].Values[attribute]
			}
			want := map[string]any{}
			for attribute, value := range test.want {
				if text, ok := value.(string); ok {
					value = nobody.Replace(strings.NewReplacer("DIR", w.Dir, "PATHVALUE", os.Getenv("PATH")).Replace(text))
				}
				want[attribute] = value
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("state (-want +got):\n%s", diff)
			}
		})
	}
	equal(t, "how often it tried", len(w.Lines("tries")), 3)
	if _, err := os.Stat(filepath.Join(w.Dir, "place", "target")); err != nil {
		t.Errorf("a link that leads nowhere counted as existing: %v", err)
	}
}

// describe replaces placeholders by what this system says of an account, which differs
// from one distribution to the next.
func describe(t *testing.T, name string) *strings.Replacer {
	t.Helper()
	u, err := user.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	g, err := user.LookupGroupId(u.Gid)
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("NOGROUP", g.Name, "NOHOME", u.HomeDir, "NOBODY", u.Uid)
}
