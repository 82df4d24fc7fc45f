package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// Dynamic values are compared by value, so that a rewritten expression runs nothing.
func TestAccExecEqualValues(t *testing.T) {
	t.Parallel()
	const triggered = "command = \"echo command >> ran\"\nsubscribe = "
	const rechecked = "command = \"echo command >> ran\"\nrecheck_on = "
	const guard = "command = \"echo command >> ran\"\n"
	testMoves(t, map[string]move{
		"a tuple becomes a list":             {first: triggered + `["a", "b"]`, then: triggered + `tolist(["a", "b"])`, action: "update"},
		"a list becomes a tuple":             {first: triggered + `tolist(["a"])`, then: triggered + `["a"]`, action: "update"},
		"an object becomes a map":            {first: triggered + `{ a = "1", b = "2" }`, then: triggered + `tomap({ b = "2", a = "1" })`, action: "update"},
		"a map becomes an object":            {first: rechecked + `tomap({ a = 1 })`, then: rechecked + `{ a = 1 }`, action: "update"},
		"deep inside":                        {first: triggered + `[{ a = [1, 2] }]`, then: triggered + `tolist([tomap({ a = tolist([1, 2]) })])`, action: "update"},
		"a null becomes a typed null":        {first: triggered + `null`, then: triggered + `tostring(null)`, action: "update"},
		"a typed null becomes another":       {first: rechecked + `tostring(null)`, then: rechecked + `tolist(null)`, action: "update"},
		"a value becomes a typed null":       {first: triggered + `"a"`, then: triggered + `tostring(null)`, action: "update"},
		"a null element gets a type":         {first: triggered + `[null]`, then: triggered + `[tostring(null)]`, action: "update"},
		"a number is written otherwise":      {first: triggered + `[1.50]`, then: triggered + `[3 / 2]`, action: "no-op"},
		"a number becomes a string":          {first: triggered + `[1]`, then: triggered + `["1"]`, action: "update", open: true, ran: "command"},
		"a bool becomes a string":            {first: triggered + `true`, then: triggered + `"true"`, action: "update", open: true, ran: "command"},
		"an order changes":                   {first: triggered + `["a", "b"]`, then: triggered + `["b", "a"]`, action: "update", open: true, ran: "command"},
		"an element becomes null":            {first: triggered + `["a"]`, then: triggered + `[null]`, action: "update", open: true, ran: "command"},
		"an empty list is a value":           {first: triggered + `null`, then: triggered + `[]`, action: "update", open: true, ran: "command"},
		"a typed null becomes a value":       {first: triggered + `tostring(null)`, then: triggered + `"a"`, action: "update", open: true, ran: "command"},
		"a key is added":                     {first: triggered + `{ a = 1 }`, then: triggered + `{ a = 1, b = null }`, action: "update", open: true, ran: "command"},
		"the argv becomes a list":            {first: `command = ["sh", "-c", "echo argv >> ran"]`, then: `command = tolist(["sh", "-c", "echo argv >> ran"])`, action: "update"},
		"a number in an argv":                {first: `command = ["sh", "-c", "echo argv >> ran", "1"]`, then: `command = ["sh", "-c", "echo argv >> ran", 1]`, action: "update"},
		"the refresh command becomes a list": {first: guard + `refresh = ["true"]`, then: guard + `refresh = tolist(["true"])`, action: "update"},
		"creates becomes a list":             {first: guard + `creates = "here"`, then: guard + `creates = ["here"]`, action: "update"},
		"creates becomes a set":              {first: guard + `creates = ["here"]`, then: guard + `creates = toset(["here"])`, action: "update"},
		"creates gets a typed null":          {first: guard + `creates = null`, then: guard + `creates = tolist(null)`, action: "update"},
		"unless becomes a list":              {first: guard + `unless = "true"`, then: guard + `unless = ["true"]`, action: "update"},
		"an argv in unless becomes a list":   {first: guard + `unless = [["true"]]`, then: guard + `unless = tolist([tolist(["true"])])`, action: "update"},
		"onlyif becomes a list":              {first: guard + `onlyif = ["false"]`, then: guard + `onlyif = tolist(["false"])`, action: "update"},
		"an onlyif that says otherwise":      {first: guard + `onlyif = ["false"]`, then: guard + `onlyif = [["true"]]`, action: "update", open: true, ran: "command", again: true},
		"the destroy command becomes a list": {
			first: guard + `destroy = { command = ["true"], unless = "true" }`, then: guard + `destroy = { command = tolist(["true"]), unless = [["true"]], onlyif = tolist(null) }`,
			action: "update",
		},
	})
}

// What is null or of a wrong form is refused, at the attribute at fault, before anything
// runs. Where it shows only during apply, it is refused then.
func TestAccExecRefusedValues(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		body string // X stands for a null.
		says string
		form bool // Whether it is refused whatever X is.
	}{
		"command, null element":         {body: `command = ["echo", X]`, says: "This element is null."},
		"command, number":               {body: `command = length([X])`, says: "A command is a string, or a list of strings", form: true},
		"command, object":               {body: `command = { a = X }`, says: "A command is a string, or a list of strings", form: true},
		"command, list in a list":       {body: `command = ["echo", [X]]`, says: "Each element of an argv is a string.", form: true},
		"command, empty":                {body: `command = X == null ? "" : "true"`, says: "The command is empty."},
		"command, empty list":           {body: `command = slice([X], 0, 0)`, says: "The command is empty.", form: true},
		"command, null beside no name":  {body: `command = X`, says: "There is nothing to run"},
		"command, text for a shell":     {body: `command = "echo ${X == null ? "a | b" : "a"}"`, says: "The string needs a shell: it has a pipe"},
		"refresh, null element":         {body: `refresh = [X]`, says: "This element is null."},
		"creates, null element":         {body: `creates = ["a", X]`, says: "This element is null."},
		"creates, number":               {body: `creates = length([X])`, says: "Write a path as a string", form: true},
		"creates, empty list":           {body: `creates = slice([X], 0, 0)`, says: "The list is empty", form: true},
		"creates, empty path":           {body: `creates = X == null ? "" : "a"`, says: "The path is empty."},
		"removes, null element":         {body: `removes = [X]`, says: "This element is null."},
		"removes, object":               {body: `removes = { a = X }`, says: "Write a path as a string", form: true},
		"unless, null element":          {body: `unless = ["true", X]`, says: "This element is null."},
		"unless, null in an argv":       {body: `unless = [["test", X]]`, says: "In unless[0][1]: This element is null."},
		"unless, flat argv":             {body: `unless = ["test", X == null ? "-f" : "true"]`, says: `Put it into a list of its own: [["test", "-f", "/x"]].`},
		"unless, object":                {body: `unless = { a = X }`, says: "A guard is a string, which is one command, or a list of commands", form: true},
		"onlyif, null element":          {body: `onlyif = [X]`, says: "This element is null."},
		"onlyif, empty list":            {body: `onlyif = slice([X], 0, 0)`, says: "The list is empty", form: true},
		"destroy.command, null element": {body: `destroy = { command = ["echo", X] }`, says: "In destroy.command[1]: This element is null."},
		"destroy.unless, null element":  {body: `destroy = { command = "true", unless = [X] }`, says: "In destroy.unless[0]: This element is null."},
		"destroy.onlyif, object":        {body: `destroy = { command = "true", onlyif = { a = X } }`, says: "In destroy.onlyif: A guard is a string", form: true},
		"path, null element":            {body: `path = ["/bin", X]`, says: "This element is null."},
		"interpreter, null element":     {body: `interpreter = ["/bin/sh", X]`, says: "null"},
		"returns, null element":         {body: `returns = [0, X]`, says: "null"},
	}
	// A null that the plan knows, and one that only the apply knows.
	for phase, x := range map[string]string{
		"known in the plan":      `tostring(null)`,
		"known during the apply": `terraform_data.x.output == "other" ? "true" : null`,
	} {
		t.Run(phase, func(t *testing.T) {
			t.Parallel()
			w := enginetest.New(t)
			inPlan := phase == "known in the plan"
			hcl := "variable \"n\" { default = 0 }\nresource \"terraform_data\" \"x\" {\n triggers_replace = var.n\n input = \"x\"\n}\nlocals { x = " + x + " }\n"
			first := hcl
			var names []string
			for name, test := range tests {
				if test.form && !inPlan {
					continue
				}
				names = append(names, name)
				command := ""
				if !strings.HasPrefix(test.body, "command") {
					command = "command = \"sh -c 'echo ran >> ran'\"\n"
				}
				hcl += fmt.Sprintf("resource \"exec\" %q {\n%s%s\n}\n", slug(name), command, strings.ReplaceAll(test.body, "X", "local.x"))
				first += fmt.Sprintf("resource \"exec\" %q {\ncommand = \"sh -c 'echo first >> first'\"\n}\n", slug(name))
			}
			// The resources come to be first, so that all of them are updates that nothing
			// but the fault holds back.
			w.Config(first)
			w.Apply()
			equal(t, "what the first apply ran", len(w.Lines("first")), len(names))
			w.Config(hcl)
			var r enginetest.Result
			if inPlan {
				r = w.Run("plan", "-json")
			} else {
				w.Must("plan", "-out=tfplan", "-var=n=1")
				r = w.Run("apply", "-json", "tfplan")
			}
			equal(t, "exit code", r.ExitCode, 1)
			equal(t, "what ran", runs(t, w), "")
			for _, name := range names {
				d, ok := r.Diagnostic("exec."+slug(name), "error")
				if !ok {
					t.Errorf("%s: no error", name)
					continue
				}
				line, _, _ := strings.Cut(tests[name].body, " ")
				equal(t, name+", line", d.Attribute(), line)
				if !strings.Contains(d.Detail, tests[name].says) {
					t.Errorf("%s: %q is not in\n%s: %s", name, tests[name].says, d.Summary, d.Detail)
				}
			}
		})
	}
}

// What is not known yet is deferred, with run_id left open, and then taken as it is.
func TestAccExecUnknownElements(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		body string
		ran  bool
	}{
		"command":        {`command = ["sh", "-c", "echo $1 >> ran", "sh", X]`, true},
		"command text":   {`command = "sh -c 'echo ${X} >> ran'"`, true},
		"whole command":  {`command = split(" ", "sh -c echo>ran.${X}")`, true},
		"stdin":          {"command = [\"sh\", \"-c\", \"cat > ran\"]\nstdin = X", true},
		"environment":    {"command = [\"sh\", \"-c\", \"echo $V > ran\"]\nenvironment = { V = X, W = null }", true},
		"subscribe":      {"command = [\"touch\", \"ran\"]\ncreates = \"here\"\nsubscribe = [X]", true},
		"recheck_on":     {"command = [\"touch\", \"ran\"]\nunless = \"test -e here\"\nrecheck_on = { x = X }", false},
		"creates, skips": {"command = [\"touch\", \"ran\"]\ncreates = [\"absent\", \"he${substr(X, 0, 0)}re\"]", false},
		"creates, runs":  {"command = [\"touch\", \"ran\"]\ncreates = [\"absent\", X]", true},
		"removes, skips": {"command = [\"touch\", \"ran\"]\nremoves = [\"here\", X]", false},
		"unless, skips":  {"command = [\"touch\", \"ran\"]\nunless = [\"false\", [\"test\", X, \"=\", \"value\"]]", false},
		"unless, runs":   {"command = [\"touch\", \"ran\"]\nunless = [[\"test\", X, \"=\", \"other\"]]", true},
		"onlyif, skips":  {"command = [\"touch\", \"ran\"]\nonlyif = [\"true\", \"test ${X} = other\"]", false},
		"cwd":            {"command = [\"touch\", \"../ran\"]\ncreates = \"here\"\ncwd = X", true},
		"shell":          {"command = \"echo ran > ran\"\nshell = X == \"value\"", true},
		"refresh_only":   {"command = \"touch ran\"\nrecheck_on = 1\nrefresh_only = X == \"value\"", true},
		"destroy":        {"command = [\"touch\", \"ran\"]\ndestroy = { command = [\"echo\", X], unless = [X] }", true},
	}
	w := enginetest.New(t)
	hcl := "resource \"terraform_data\" \"x\" { input = \"value\" }\n"
	for name, test := range tests {
		dir := slug(name)
		stage(t, w.Path(dir), "+here")
		body := strings.ReplaceAll(test.body, "X", "terraform_data.x.output")
		if name == "cwd" {
			stage(t, w.Path(dir), "+value/there")
			body = strings.Replace(body, "cwd = ", "cwd = \"${abspath(path.module)}/cwd/${", 1) + "}\""
		} else {
			body += fmt.Sprintf("\ncwd = %q", w.Path(dir))
		}
		hcl += fmt.Sprintf("resource \"exec\" %q {\n%s\n}\n", dir, body)
	}
	w.Config(hcl)
	plan := w.Plan()
	for name := range tests {
		equal(t, name+" is left open", plan.Change(t, "exec."+slug(name)).MayRun(), true)
	}
	w.Must("apply", "tfplan")
	state := w.State()
	for name, test := range tests {
		equal(t, name+" ran", state["exec."+slug(name)].Values["run_id"] != nil, test.ran)
	}
	equal(t, "the word that was not known", strings.TrimSpace(w.Read("command/ran")), "value")
	equal(t, "the text that was not known", strings.TrimSpace(w.Read("command_text/ran")), "value")
	equal(t, "the input that was not known", w.Read("stdin/ran"), "value")
	equal(t, "the variable that was not known", strings.TrimSpace(w.Read("environment/ran")), "value")
	settledBut(t, w, "exec.creates__runs", "exec.unless__runs", "exec.cwd")
}

// settledBut fails the test unless a plan wants to run the named resources and no others.
func settledBut(t *testing.T, w *enginetest.Workspace, addresses ...string) {
	t.Helper()
	open := map[string]bool{}
	for _, address := range addresses {
		open[address] = true
	}
	for _, c := range w.Plan().ResourceChanges {
		equal(t, c.Address+" is left open", c.MayRun(), open[c.Address])
	}
}

// Engines hold the names of attributes in composed form, whatever a command printed.
func TestAccExecResultWithDecomposedKeys(t *testing.T) {
	t.Parallel()
	w := enginetest.New(t)
	config := `
resource "exec" "r" {
  command = ["printf", "{\"e\\314\\201%s\": \"x\"}"]
}
output "keys" { value = keys(exec.r.result) }
`
	for _, more := range []string{"", "1"} {
		w.Config(fmt.Sprintf(config, more))
		w.Apply()
		equal(t, "result", fmt.Sprint(w.Value("exec.r", "result")), "map[\u00e9"+more+":x]")
		equal(t, "plan afterwards", w.Plan().ExitCode, 0)
	}
}
