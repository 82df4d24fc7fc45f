package provider_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/needs"
)

// What keeps a command from starting, or from being a success, is told apart and attached
// to the attribute at fault.
func TestAccExecFailuresToldApart(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		body    string
		line    string // What the line of the configuration that is shown begins with.
		summary string
		says    string
		ran     bool // Whether a resource is left, tainted, because something ran.
		root    bool
	}{
		"cwd does not exist":        {"command = [\"touch\", \"ran\"]\ncwd = \"absent\"", "cwd", "Unable to start command", `working directory does not exist: "absent"`, false, false},
		"cwd is a file":             {"command = [\"touch\", \"ran\"]\ncwd = \"file\"", "cwd", "Unable to start command", `working directory is not a directory: "file"`, false, false},
		"program is not on PATH":    {`command = ["absent-program"]`, "command", "Unable to start command", `program not found: "absent-program" (searched PATH`, false, false},
		"program file is absent":    {`command = ["./absent"]`, "command", "Unable to start command", `program not found: "./absent"`, false, false},
		"name is not found":         {`name = "absent-program x"`, "name", "Unable to start command", `program not found: "absent-program"`, false, false},
		"refresh is not found":      {"command = [\"touch\", \"ran\"]\nrefresh = [\"./absent\"]\nsubscribe = 1", "refresh", "Unable to start command", `program not found: "./absent"`, false, false},
		"program is no executable":  {`command = ["./file"]`, "command", "Unable to start command", `program is not executable: "./file"`, false, false},
		"program is a directory":    {`command = ["./dir"]`, "command", "Unable to start command", `program is a directory: "./dir"`, false, false},
		"interpreter line is wrong": {`command = ["./script"]`, "command", "Unable to start command", `the program's interpreter does not exist: "./script" ("/absent/interpreter")`, false, false},
		"file of no known format":   {`command = ["./binary"]`, "command", "Unable to start command", `the system cannot execute this kind of file: "./binary"`, false, false},
		"user does not exist":       {"command = [\"touch\", \"ran\"]\nuser = \"no-such-user\"", "user", "Unable to start command", `no such user: "no-such-user"`, false, false},
		"group does not exist":      {"command = [\"touch\", \"ran\"]\ngroup = \"no-such-group\"", "group", "Unable to start command", `no such group: "no-such-group"`, false, false},
		"user may not enter cwd":    {"command = [\"touch\", \"ran\"]\nuser = \"nobody\"\ncwd = \"dir\"", "cwd", "Unable to start command", `working directory may not be entered: "dir"`, false, true},
		"exit code is not accepted": {"command = [\"sh\", \"-c\", \"exit 3\"]\nreturns = [0, 1]\nunchanged_returns = [2]", "command", "Unable to run command", "Exit code: 3 (accepted: 0, 1, 2)", true, false},
		"zero is not accepted":      {"command = [\"true\"]\nreturns = [1]", "command", "Unable to run command", "Exit code: 0 (accepted: 1)", true, false},
		"tries are used up":         {"command = [\"sh\", \"-c\", \"echo >> tries; exit 3\"]\ntries = 3", "command", "Unable to run command", "(3 tries)", true, false},
		"a signal is no exit code":  {"command = [\"sh\", \"-c\", \"kill -KILL $$\"]\nreturns = [0, 137, 9]", "command", "Unable to finish command", "The command was killed by SIGKILL, which no list of exit codes accepts.", true, false},
		"timeout":                   {"command = [\"sleep\", \"60\"]\ntimeout = \"300ms\"", "timeout", "Unable to finish command in time", "still running after 300ms", true, false},
		"TERM caught in time":       {"command = [\"sh\", \"-c\", \"trap 'exit 0' TERM; sleep 60 & wait\"]\ntimeout = \"300ms\"", "timeout", "Unable to finish command in time", "still running after 300ms", true, false},
		"verify finds it undone":    {"command = [\"true\"]\ncreates = \"absent\"\nverify = true", "verify", "Unable to verify run", `creates "absent" does not exist`, true, false},
		"verify asks commands too":  {"command = [\"true\"]\nonlyif = \"true\"\nverify = true", "verify", "Unable to verify run", "onlyif[0] exited 0", true, false},
		"no room for a log file":    {"command = [\"touch\", \"ran\"]\nlog_file = \"absent/log\"", "log_file", "Unable to open log file", "Log file: absent/log", false, false},
	}
	w := enginetest.New(t)
	stage(t, w.Dir, "+file", "+dir/here")
	w.Write("script", "#!/absent/interpreter\n")
	w.Write("binary", "\x00\x01\x02\x03")
	chmod(t, w.Path("script"), 0o755)
	chmod(t, w.Path("binary"), 0o755)
	chmod(t, w.Path("dir"), 0o700)
	var hcl strings.Builder
	for name, test := range tests {
		if !test.root || os.Geteuid() == 0 {
			fmt.Fprintf(&hcl, "resource \"exec\" %q {\n%s\n}\n", slug(name), test.body)
		}
	}
	fmt.Fprintf(&hcl, "resource \"exec\" \"control\" {\ncommand = [\"touch\", \"ran.control\"]\n}\n")
	w.Config(hcl.String())
	r := w.Run("apply", "-auto-approve", "-json", "-parallelism=30")
	equal(t, "exit code", r.ExitCode, 1)
	state := w.State()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.root {
				needs.Root(t)
			}
			d, ok := r.Diagnostic("exec."+slug(name), "error")
			if !ok {
				t.Fatal("there is no error")
			}
			equal(t, "line", d.Attribute(), test.line)
			equal(t, "summary", d.Summary, test.summary)
			if !strings.Contains(d.Detail, test.says) {
				t.Errorf("%q is not in\n%s", test.says, d.Detail)
			}
			left, there := state["exec."+slug(name)]
			equal(t, "it is in the state", there, test.ran)
			equal(t, "it is tainted", left.Tainted, test.ran)
		})
	}
	if _, err := os.Stat(w.Path("ran")); err == nil {
		t.Error("a command ran although it could not be started as configured")
	}
	if _, err := os.Stat(w.Path("ran.control")); err != nil {
		t.Errorf("the control did not run: %v", err)
	}
	equal(t, "how often it tried", len(strings.Split(w.Read("tries"), "\n"))-1, 3)
}

// What is no failure and should be heard of is a warning, at the attribute that it is about.
func TestAccExecWarnings(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		body string
		line string
		says string // Empty means that there must be no warning.
	}{
		"creates is still missing":     {"command = [\"true\"]\ncreates = [\"absent\", \"too\"]", "creates", "none of the paths in creates exists"},
		"one of creates is there":      {"command = [\"touch\", \"one\"]\ncreates = [\"absent\", \"one\"]", "", ""},
		"output is cut":                {"command = [\"seq\", \"100\"]\noutput_limit = 20", "output_limit", "Of each stream 20 bytes are kept"},
		"output just fits":             {"command = [\"printf\", \"12345\"]\noutput_limit = 5", "", ""},
		"output is shown":              {"command = [\"printf\", \"shown\"]\nlogoutput = \"true\"", "command", "Stdout:\n  shown"},
		"output is not shown":          {"command = [\"printf\", \"shown\"]\nlogoutput = \"false\"", "", ""},
		"sensitive output stays so":    {"command = [\"printf\", \"shown\"]\nlogoutput = \"true\"\nsensitive_output = true", "", ""},
		"a daemon holds the output":    {"command = [\"sh\", \"-c\", \"sleep 2 & exit 0\"]", "command", "Redirect its output"},
		"a daemon with its own output": {"command = [\"sh\", \"-c\", \"sh -c 'touch up; exec sleep 2' >/dev/null 2>&1 & until [ -e up ]; do sleep 0.01; done\"]", "", ""},
	}
	w := enginetest.New(t)
	var hcl strings.Builder
	for name, test := range tests {
		fmt.Fprintf(&hcl, "resource \"exec\" %q {\n%s\n}\n", slug(name), test.body)
	}
	w.Config(hcl.String())
	r := w.Apply("-json", "-parallelism=20")
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, warned := r.Diagnostic("exec."+slug(name), "warning")
			equal(t, "there is a warning", warned, test.says != "")
			if warned {
				equal(t, "line", d.Attribute(), test.line)
				if !strings.Contains(d.Detail, test.says) {
					t.Errorf("%q is not in\n%s", test.says, d.Detail)
				}
			}
		})
	}
	// What was cut keeps its head and its tail.
	stdout := fmt.Sprint(w.Value("exec.output_is_cut", "stdout"))
	if !strings.HasPrefix(stdout, "1\n2\n") || !strings.HasSuffix(stdout, "99\n100\n") {
		t.Errorf("head or tail is missing: %q", stdout)
	}
	settledBut(t, w, "exec.creates_is_still_missing")
}
