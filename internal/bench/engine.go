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
}

// prepare builds the provider into scratch and returns the engine that uses it. An empty
// path means the engine that tests use.
func prepare(ctx context.Context, path, scratch string) (engine, error) {
	root, err := moduleRoot(ctx)
	if err != nil {
		return engine{}, err
	}
	if path == "" {
		path = os.Getenv("TF_ACC_TERRAFORM_PATH")
	}
	if path == "" {
		find := exec.CommandContext(ctx, filepath.Join(root, "internal", "tools", "tofu", "engine.sh"))
		if path, err = output(find); err != nil {
			return engine{}, err
		}
	}
	bin := filepath.Join(scratch, "bin")
	e := engine{path: path, provider: filepath.Join(bin, "terraform-provider-exec"), cli: filepath.Join(scratch, "cli.tfrc")}
	config := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    %q = %q\n  }\n  direct {}\n}\n", source, bin)
	if err := os.WriteFile(e.cli, []byte(config), 0o600); err != nil {
		return engine{}, err
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", e.provider, ".")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return engine{}, fmt.Errorf("building the provider: %w\n%s", err, out)
	}
	e.name, err = e.ask(ctx)
	return e, err
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

// cost is what one run of the engine took.
type cost struct {
	// wall is the time that passed, cpu the processor time of the engine and of every
	// process that it, or one of those, waited for: its provider and what that started.
	wall, cpu time.Duration
	// memory is the peak resident memory of the provider in bytes; 0 if it never ran, or
	// where the system does not tell.
	memory int64
}

// run runs the engine in dir and returns what it took. Any exit code but 0 is an error.
func (e engine) run(ctx context.Context, dir string, args ...string) (cost, error) {
	var printed bytes.Buffer
	cmd := exec.CommandContext(ctx, e.path, args...)
	cmd.Dir = dir
	cmd.Env = e.environment()
	cmd.Stdout, cmd.Stderr = &printed, &printed
	// The engine gets the chance to end its provider.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return cost{}, err
	}
	peak := watch(cmd.Process.Pid, e.provider)
	err := cmd.Wait()
	c := cost{wall: time.Since(start), memory: peak()}
	c.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if err != nil {
		return c, fmt.Errorf("%s %s: %w\n%s", filepath.Base(e.path), strings.Join(args, " "), err, lastBytes(printed.Bytes(), 4096))
	}
	return c, nil
}

// environment leaves out what a user has set for their own engine and provider, logs
// above all.
func (e engine) environment() []string {
	env := []string{"TF_CLI_CONFIG_FILE=" + e.cli, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1"}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "TF_") && !strings.HasPrefix(v, "EXEC_") {
			env = append(env, v)
		}
	}
	return env
}

func lastBytes(b []byte, n int) []byte { return b[max(0, len(b)-n):] }
