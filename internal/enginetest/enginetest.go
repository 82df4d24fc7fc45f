// Package enginetest drives a real engine, OpenTofu or Terraform, against the real
// provider binary, as a user at a terminal does. It knows nothing of the provider's
// insides; what it returns is what the engine printed, planned and stored.
//
// The engine is the one that the variable TF_ACC_TERRAFORM_PATH names. Tests that use this
// package are skipped unless TF_ACC is set, as acceptance tests are everywhere.
package enginetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Workspace is a directory with a configuration and a state. It is not safe for
// concurrent use; different workspaces are.
type Workspace struct {
	// Dir holds the configuration and the state.
	Dir string

	t        testing.TB
	engine   string
	provider string
	env      map[string]string
}

// New returns an empty workspace of tb. It skips tb if acceptance tests are not asked for.
func New(tb testing.TB) *Workspace {
	tb.Helper()
	if os.Getenv("TF_ACC") == "" {
		tb.Skip("acceptance tests run only with TF_ACC set")
	}
	engine := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if engine == "" {
		tb.Fatal("TF_ACC_TERRAFORM_PATH must name the engine")
	}
	provider, err := provider()
	if err != nil {
		tb.Fatalf("building the provider: %v", err)
	}
	w := &Workspace{Dir: tb.TempDir(), t: tb, engine: engine, provider: provider, env: map[string]string{}}
	w.override(nil)
	w.Setenv("TF_IN_AUTOMATION", "1")
	w.Setenv("CHECKPOINT_DISABLE", "1")
	return w
}

// Root returns the root of the repository.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "main.go")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no main.go above the working directory")
		}
		dir = parent
	}
}

// IsTofu reports whether the engine is OpenTofu.
func (w *Workspace) IsTofu() bool { return strings.Contains(filepath.Base(w.engine), "tofu") }

// Other makes the workspace use the other one of the two engines, where the environment
// says where that is. In CI it must.
func (w *Workspace) Other() {
	w.t.Helper()
	name := "EXEC_TEST_TOFU"
	if w.IsTofu() {
		name = "EXEC_TEST_TERRAFORM"
	}
	other := os.Getenv(name)
	if other == "" && os.Getenv("CI") == "true" {
		w.t.Fatalf("%s must name the other engine", name)
	}
	if other != "" {
		w.engine = other
	}
}

// Engine is the path of the engine.
func (w *Workspace) Engine() string { return w.engine }

// Setenv sets a variable for the engine from now on; an empty value unsets it.
func (w *Workspace) Setenv(name, value string) { w.env[name] = value }

// Write writes a file below the workspace's directory.
func (w *Workspace) Write(name, content string) {
	w.t.Helper()
	path := w.Path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// Config writes the configuration; %[1]s and the like are not interpreted.
func (w *Workspace) Config(hcl string) { w.t.Helper(); w.Write("main.tf", hcl) }

// Path returns the path of a file below the workspace's directory.
func (w *Workspace) Path(name string) string { return filepath.Join(w.Dir, name) }

// Read returns the content of a file, empty if it does not exist.
func (w *Workspace) Read(name string) string {
	w.t.Helper()
	data, err := os.ReadFile(w.Path(name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		w.t.Fatal(err)
	}
	return string(data)
}

// Lines returns the lines of a file that commands append to, which tells what ran and in
// which order.
func (w *Workspace) Lines(name string) []string {
	w.t.Helper()
	return strings.FieldsFunc(w.Read(name), func(r rune) bool { return r == '\n' })
}

// Remove removes a file; it need not exist.
func (w *Workspace) Remove(name string) {
	w.t.Helper()
	if err := os.RemoveAll(w.Path(name)); err != nil {
		w.t.Fatal(err)
	}
}

// Result is how an engine's command ended.
type Result struct {
	ExitCode       int
	Stdout, Stderr string
}

// Output is everything that was printed.
func (r Result) Output() string { return r.Stdout + r.Stderr }

// Flat is everything that was printed on one line, without the frame that engines draw
// around messages, so that a sentence is found wherever it was wrapped.
func (r Result) Flat() string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(r.Output())), " ")
}

// Diagnostic is a message of an engine that was run with -json.
type Diagnostic struct {
	Severity string `json:"severity"`
	Summary  string `json:"summary"`
	Detail   string `json:"detail"`
	Address  string `json:"address"`
	Snippet  struct {
		Code string `json:"code"`
	} `json:"snippet"`
}

// Attribute is the name of the attribute that the message is attached to, as far as the
// line of the configuration which the engine shows begins with it.
func (d Diagnostic) Attribute() string {
	name, _, _ := strings.Cut(strings.TrimSpace(d.Snippet.Code), " ")
	return name
}

// Diagnostics returns the messages of an engine that was run with -json.
func (r Result) Diagnostics() []Diagnostic {
	var all []Diagnostic
	for line := range strings.Lines(r.Stdout) {
		var message struct {
			Diagnostic *Diagnostic `json:"diagnostic"`
		}
		if json.Unmarshal([]byte(line), &message) == nil && message.Diagnostic != nil {
			all = append(all, *message.Diagnostic)
		}
	}
	return all
}

// Diagnostic returns the first message of a severity about the resource at address; false
// means that there is none.
func (r Result) Diagnostic(address, severity string) (Diagnostic, bool) {
	for _, d := range r.Diagnostics() {
		if d.Address == address && d.Severity == severity {
			return d, true
		}
	}
	return Diagnostic{}, false
}

// Command returns the engine's command, not yet started, with everything that it needs.
func (w *Workspace) Command(args ...string) *exec.Cmd {
	args = slices.Concat(args[:1], flags(args[0]), args[1:])
	cmd := exec.CommandContext(w.t.Context(), w.engine, args...)
	cmd.Dir = w.Dir
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if _, own := w.env[name]; !own && !strings.HasPrefix(name, "TF_") && !strings.HasPrefix(name, "EXEC_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	for name, value := range w.env {
		if value != "" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	return cmd
}

func flags(command string) []string {
	switch command {
	case "plan", "apply", "destroy", "import", "refresh":
		return []string{"-no-color", "-input=false"}
	case "show", "validate", "output", "taint", "untaint":
		return []string{"-no-color"}
	}
	return nil
}

// Run runs the engine to its end, whatever its exit code.
func (w *Workspace) Run(args ...string) Result {
	w.t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := w.Command(args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.t.Fatalf("%s %s: %v", w.engine, strings.Join(args, " "), err)
	}
	return Result{ExitCode: cmd.ProcessState.ExitCode(), Stdout: stdout.String(), Stderr: stderr.String()}
}

// Must runs the engine and fails the test unless it exits 0.
func (w *Workspace) Must(args ...string) Result {
	w.t.Helper()
	r := w.Run(args...)
	if r.ExitCode != 0 {
		w.t.Fatalf("%s exited %d:\n%s", strings.Join(args, " "), r.ExitCode, r.Output())
	}
	return r
}

// MustFail runs the engine and fails the test unless it exits 1 and prints all of want,
// wherever the engine wrapped it.
func (w *Workspace) MustFail(want []string, args ...string) Result {
	w.t.Helper()
	r := w.Run(args...)
	if r.ExitCode != 1 {
		w.t.Fatalf("%s exited %d, want 1:\n%s", strings.Join(args, " "), r.ExitCode, r.Output())
	}
	for _, text := range want {
		if !strings.Contains(r.Flat(), text) {
			w.t.Errorf("%s does not print %q:\n%s", strings.Join(args, " "), text, r.Output())
		}
	}
	return r
}

// Apply applies without asking.
func (w *Workspace) Apply(args ...string) Result {
	w.t.Helper()
	return w.Must(append([]string{"apply", "-auto-approve"}, args...)...)
}

// Plan makes a plan, saves it as "tfplan", and returns it as the engine shows it in JSON.
func (w *Workspace) Plan(args ...string) Plan {
	w.t.Helper()
	r := w.Run(append([]string{"plan", "-out=tfplan", "-detailed-exitcode"}, args...)...)
	if r.ExitCode != 0 && r.ExitCode != 2 {
		w.t.Fatalf("plan exited %d:\n%s", r.ExitCode, r.Output())
	}
	p := Plan{Result: r}
	if err := json.Unmarshal([]byte(w.Must("show", "-json", "tfplan").Stdout), &p); err != nil {
		w.t.Fatal(err)
	}
	return p
}

// Plan is the part of a plan that tests look at. Its ExitCode is that of
// -detailed-exitcode: 0 for no changes, 2 for some.
type Plan struct {
	Result
	ResourceChanges []ResourceChange `json:"resource_changes"`
	ResourceDrift   []ResourceChange `json:"resource_drift"`
}

// ResourceChange is what a plan says of one resource.
type ResourceChange struct {
	Address string `json:"address"`
	Change  struct {
		Actions      []string       `json:"actions"`
		Before       map[string]any `json:"before"`
		After        map[string]any `json:"after"`
		AfterUnknown map[string]any `json:"after_unknown"`
	} `json:"change"`
}

// Change returns what the plan says of the resource at address.
func (p Plan) Change(tb testing.TB, address string) ResourceChange {
	tb.Helper()
	for _, c := range p.ResourceChanges {
		if c.Address == address {
			return c
		}
	}
	tb.Fatalf("the plan does not speak of %s", address)
	return ResourceChange{}
}

// MayRun reports that the plan leaves run_id open, which is how a plan says that the
// command will run, or may.
func (c ResourceChange) MayRun() bool { return c.Change.AfterUnknown["run_id"] == true }

// Action returns the actions as one word: "no-op", "create", "update", "delete",
// "delete,create" or "create,delete".
func (c ResourceChange) Action() string { return strings.Join(c.Change.Actions, ",") }

// Resource is one resource of the state.
type Resource struct {
	Address string         `json:"address"`
	Tainted bool           `json:"tainted"`
	Values  map[string]any `json:"values"`
}

// State returns the resources of the state by address.
func (w *Workspace) State() map[string]Resource {
	w.t.Helper()
	var state struct {
		Values struct {
			Root struct {
				Resources []Resource `json:"resources"`
			} `json:"root_module"`
		} `json:"values"`
	}
	if err := json.Unmarshal([]byte(w.Must("show", "-json").Stdout), &state); err != nil {
		w.t.Fatal(err)
	}
	byAddress := map[string]Resource{}
	for _, r := range state.Values.Root.Resources {
		byAddress[r.Address] = r
	}
	return byAddress
}

// Value returns one attribute of a resource of the state; the resource must be there.
func (w *Workspace) Value(address, attribute string) any {
	w.t.Helper()
	r, ok := w.State()[address]
	if !ok {
		w.t.Fatalf("the state does not hold %s", address)
	}
	return r.Values[attribute]
}
