package service

import (
	"context"
	_ "embed" // The plugin.
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
)

// recapPlugin is a callback plugin that writes the recap of each host as JSON. Ansible runs
// it beside the plugin that the user chose for the output, which is left alone.
//
//go:embed ansible_recap.py
var recapPlugin []byte

const readRecap = "read the recap"

var errNoRecap = errors.New("it was not written; ANSIBLE_CALLBACK_PLUGINS in the environment of the exec keeps it from doing so")

// recap is the recap of one run, in the directory where the plugin leaves it.
type recap struct{ dir string }

// enableRecap puts the plugin where Ansible finds it. Plugins that need not be enabled run
// when they are found, so the list of those that are stays the user's.
func (a *ansible) enableRecap() (recap, error) {
	dir, err := a.own.fill("callback", func(dir string) error {
		if err := os.WriteFile(filepath.Join(dir, "exec_recap.py"), recapPlugin, 0o600); err != nil {
			return unwritten(err)
		}
		return nil
	})
	if err != nil {
		return recap{}, err
	}
	a.environment[callbackPlugins.variables[0]] = a.settings.with(dir, callbackPlugins)
	return recap{dir: dir}, nil
}

// result returns ok, changed, unreachable, failed, skipped, rescued and ignored of each host
// by its name; nil if the run failed before there was anything to count.
func (r recap) result(_ context.Context, run converge.Run) (any, error) {
	// The directory is the user's of the run, whose links may not choose what is read.
	file, err := os.OpenInRoot(r.dir, "recap.json")
	if errors.Is(err, fs.ErrNotExist) {
		if run.ExitCode == nil || *run.ExitCode != 0 {
			return nil, nil
		}
		err = errNoRecap
	}
	if err != nil {
		return nil, &StepError{Doing: readRecap, Err: err}
	}
	defer func() { _ = file.Close() }()
	decoder := json.NewDecoder(file)
	decoder.UseNumber()
	hosts := map[string]any{}
	if err := decoder.Decode(&hosts); err != nil {
		return nil, &StepError{Doing: readRecap, Err: err}
	}
	return hosts, nil
}
