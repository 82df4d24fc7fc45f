package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// engine is an OpenTofu or Terraform that finds the provider of this checkout.
type engine struct {
	path string
	// name is "OpenTofu 1.12.6" or the like.
	name string
	// provider is the path of the provider's binary.
	provider string
	// cli is the path of the CLI configuration.
	cli string
	// temporary is where the engine and its provider put what they may leave behind.
	temporary string
	// states is the URL below which it keeps its states; empty means files beside the
	// configurations.
	states string
}

// prepare builds the provider into scratch and returns the engines that use it: those at
// the paths, or the OpenTofu that tests use and the Terraform that is on PATH, if one is.
//
// A Terraform keeps its states below the URL. It writes a state file as a whole after each
// resource, so that the file is what one would measure from a thousand resources on.
func prepare(ctx context.Context, root, scratch, states string, paths []string) ([]engine, error) {
	with := engine{temporary: scratch, provider: filepath.Join(scratch, "bin", binary), cli: filepath.Join(scratch, "bin", rcFile)}
	for _, program := range []struct {
		of  engine
		pkg string
	}{{with, "."}, {with.idle(), "./internal/provider/idle"}} {
		if err := program.of.build(ctx, root, program.pkg); err != nil {
			return nil, err
		}
	}
	if len(paths) == 0 {
		tofu, err := output(exec.CommandContext(ctx, filepath.Join(root, "internal", "tools", "tofu", "engine.sh")))
		if err != nil {
			return nil, err
		}
		paths = append(paths, tofu)
		if terraform, err := exec.LookPath("terraform"); err == nil {
			paths = append(paths, terraform)
		}
	}
	engines := make([]engine, 0, len(paths))
	for _, path := range paths {
		e := with
		e.path = path
		var err error
		if e.name, err = e.ask(ctx); err != nil {
			return nil, err
		}
		if strings.HasPrefix(e.name, "Terraform ") {
			e.states = states
		}
		engines = append(engines, e)
	}
	return engines, nil
}

// The files of a provider: itself, and the CLI configuration that leads to it.
const (
	binary = "terraform-provider-exec"
	rcFile = "cli.tfrc"
)

// idle returns the engine with a provider that does nothing.
func (e engine) idle() engine {
	dir := filepath.Join(e.temporary, "idle")
	e.provider, e.cli = filepath.Join(dir, binary), filepath.Join(dir, rcFile)
	return e
}

// build makes the provider that e leads to, from a package of the module.
func (e engine) build(ctx context.Context, root, pkg string) error {
	dir := filepath.Dir(e.provider)
	// Nothing of where and when it was built: results are resumed only with the same file.
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-o", e.provider, pkg)
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building the provider: %w\n%s", err, out)
	}
	config := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    %q = %q\n  }\n  direct {}\n}\n", source, dir)
	return os.WriteFile(e.cli, []byte(config), 0o600)
}

// moduleRoot returns the directory of the module, wherever in it this program was started.
func moduleRoot(ctx context.Context) (string, error) {
	mod, err := output(exec.CommandContext(ctx, "go", "env", "GOMOD"))
	if err != nil {
		return "", err
	}
	if filepath.Base(mod) != "go.mod" {
		return "", errors.New("run it inside the repository")
	}
	return filepath.Dir(mod), nil
}

// ask asks the engine for its name. Both engines give their version the same key in JSON,
// and only the first line of their text says which of the two it is.
func (e engine) ask(ctx context.Context) (string, error) {
	answer := func(args ...string) (string, error) {
		cmd := exec.CommandContext(ctx, e.path, args...)
		cmd.Env = e.environment()
		return output(cmd)
	}
	text, err := answer("version")
	if err != nil {
		return "", err
	}
	product, _, _ := strings.Cut(text, " ")
	data, err := answer("version", "-json")
	if err != nil {
		return "", err
	}
	var v struct {
		Version string `json:"terraform_version"`
	}
	if err := json.Unmarshal([]byte(data), &v); err != nil {
		return "", fmt.Errorf("version of %s: %w", e.path, err)
	}
	return product + " " + v.Version, nil
}

// output returns what a program prints, without the space around it.
func output(cmd *exec.Cmd) (string, error) {
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", cmd.Path, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// open makes dir ready for a configuration: it says where the state is to be, if that is not
// a file there. It must not hold anything yet, for what asks for a provider cannot be
// initialised without a registry.
func (e engine) open(ctx context.Context, dir string) error {
	if e.states == "" {
		return nil
	}
	config := fmt.Sprintf("terraform {\n  backend \"http\" {\n    address = %q\n  }\n}\n", e.states+"/"+filepath.Base(dir))
	if err := os.WriteFile(filepath.Join(dir, "backend.tf"), []byte(config), 0o600); err != nil {
		return err
	}
	_, err := e.run(ctx, dir, 0, "init", "-input=false", "-no-color")
	return err
}

// run runs the engine in dir and returns what it took. Any exit code but the wanted one is
// an error.
func (e engine) run(ctx context.Context, dir string, exit int, args ...string) (cost, error) {
	var printed bytes.Buffer
	cmd := exec.CommandContext(ctx, e.path, args...)
	cmd.Dir = dir
	cmd.Env = e.environment()
	cmd.Stdout, cmd.Stderr = &printed, &printed
	// The engine gets the chance to end its provider, and whoever is left then is killed.
	isolate(cmd)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return cost{}, err
	}
	used := watch(cmd.Process.Pid, e.provider)
	err := cmd.Wait()
	took := time.Since(start)
	killGroup(cmd.Process.Pid)
	u := used()
	c := cost{
		Wall: took, CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
		Provider: u.own, Commands: u.commands, Memory: u.memory,
	}
	if cmd.ProcessState.ExitCode() != exit {
		if err == nil {
			err = errors.New("exit status 0")
		}
		return c, fmt.Errorf("%s %s: %w instead of %d\n%s", filepath.Base(e.path), args[0], err, exit, lastBytes(printed.Bytes(), 4096))
	}
	return c, nil
}

// environment leaves out what a user has set for their own engine and provider, logs
// above all.
func (e engine) environment() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "TF_") && !strings.HasPrefix(v, "EXEC_") {
			env = append(env, v)
		}
	}
	return append(env, "TF_CLI_CONFIG_FILE="+e.cli, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1", "TMPDIR="+e.temporary)
}

func lastBytes(b []byte, n int) []byte { return b[max(0, len(b)-n):] }
