// Package executable finds a program on this machine and says what it is: where, with
// which content, of which version. It runs the program only to ask for its version.
package executable

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// ErrDirectory means that the path names a directory.
var ErrDirectory = errors.New("it is a directory")

// Find returns the absolute path of the program that command names: itself if it is an
// absolute path, else what stands under that name in the directories of path, which is
// this process's PATH if it is empty. Links are not resolved, for a program may behave by
// the name it is called by. An empty result and a nil error mean that there is no such
// program; an error means that it is not known.
func Find(command string, path []string) (string, error) {
	if filepath.IsAbs(command) {
		return regular(command)
	}
	if len(path) == 0 {
		found, err := exec.LookPath(command)
		if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
			return "", nil
		}
		return found, err
	}
	for _, dir := range path {
		// Runs use no relative directory, and an empty one would have LookPath search our PATH.
		if !filepath.IsAbs(dir) {
			continue
		}
		// LookPath with a path of several elements judges that file alone.
		found, err := exec.LookPath(filepath.Join(dir, command))
		if err == nil && filepath.IsAbs(found) {
			return found, nil
		}
	}
	return "", nil
}

func regular(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", err
	case info.IsDir():
		return "", ErrDirectory
	}
	return path, nil
}

// versionLimit is how much of an answer is read; a version stands in the first line.
const versionLimit = 4096

// Version asks the program at path for its version: the first line that it prints, on
// stdout or else on stderr, where some programs put it. An error means that it gave none.
func Version(ctx context.Context, h host.Host, path string, args []string, env map[string]string) (string, error) {
	stdout, stderr := host.NewCapture(versionLimit), host.NewCapture(versionLimit)
	result, err := h.Run(ctx, host.Command{
		Argv: append([]string{path}, args...), Env: env, Stdout: stdout, Stderr: stderr,
	})
	if err != nil {
		return "", err
	}
	if result.ExitCode != 0 {
		return "", fmt.Errorf("it exited with code %d", result.ExitCode)
	}
	for _, text := range []string{stdout.Text(), stderr.Text()} {
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" {
				return line, nil
			}
		}
	}
	return "", errors.New("it printed nothing")
}
