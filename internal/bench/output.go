package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// What is measured of output, in cases unguarded and bare.
const (
	idle  = "apply of one `true`"
	flood = "much output"
)

// floods returns the jobs in which one command prints very much: through an engine, and to
// a reader that throws it away. What such a cost tells as time is how long the command took
// to get rid of it all. The memory is compared with that of an apply that prints nothing.
func floods(e engine, self, scratch string, size int) []job {
	through := job{
		name: fmt.Sprintf("%s, %d MiB of output", e.name, size>>20),
		keys: []key{{Engine: e.name, Case: unguarded, Step: idle}, {Engine: e.name, Case: unguarded, Step: flood, Size: size}},
	}
	through.measure = func(ctx context.Context) ([]cost, error) {
		dir, err := os.MkdirTemp(scratch, "flood-")
		if err != nil {
			return nil, err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		took := filepath.Join(dir, "took")
		var costs []cost
		for _, argv := range [][]string{{"true"}, {self, emitRole, strconv.Itoa(size), took}} {
			config := blocks("exec", "  command = "+hclList(argv))(1)
			if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(config), 0o600); err != nil {
				return nil, err
			}
			c, err := e.run(ctx, dir, 0, applies.args(1)...)
			if err != nil {
				return nil, err
			}
			costs = append(costs, c)
		}
		costs[1].Wall, err = readDuration(took)
		return costs, err
	}
	discarded := job{
		name: fmt.Sprintf("%s, %d MiB of output", bare, size>>20),
		keys: []key{{Case: bare, Step: flood, Size: size}},
	}
	discarded.measure = func(ctx context.Context) ([]cost, error) {
		took := filepath.Join(scratch, "took")
		cmd := exec.CommandContext(ctx, self, emitRole, strconv.Itoa(size), took)
		isolate(cmd)
		// Not io.Discard itself, which would be the null device and no pipe.
		cmd.Stdout = struct{ io.Writer }{io.Discard}
		if err := cmd.Run(); err != nil {
			return nil, err
		}
		wall, err := readDuration(took)
		return []cost{{Wall: wall}}, err
	}
	return []job{discarded, through}
}

func readDuration(path string) (time.Duration, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(data), 10, 64)
	return time.Duration(n), err
}

// hclList returns words as a list in HCL, where a template begins with ${ or %{.
func hclList(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = strings.NewReplacer("${", "$${", "%{", "%%{").Replace(strconv.Quote(w))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
