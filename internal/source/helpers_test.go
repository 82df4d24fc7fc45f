package source_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// runHelper is what the test binary does as another process. The arguments are the cache
// and a file that every build appends a line to.
//
//	build     asks for an entry
//	hang      asks for one, whose build says "ready" and never ends
//	in-place  and hang-in-place do the same with one built in place
func runHelper(name string, args []string) int {
	cache, log := source.NewCache(args[0]), args[1]
	ask := cache.Entry
	if strings.HasSuffix(name, "in-place") {
		ask = cache.InPlace
	}
	dir, err := ask(context.Background(), testKey, func(_ context.Context, dir string) error {
		if err := fill(dir, log); err != nil || !strings.HasPrefix(name, "hang") {
			return err
		}
		fmt.Println("ready")
		select {}
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(dir)
	return 0
}

var testKey = source.NewKey("test", "one", "entry")

// fill is a build that takes its time and leaves two files, and a line in log.
func fill(dir, log string) error {
	f, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(f, dir); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "first"), []byte("1"), 0o600); err != nil {
		return err
	}
	time.Sleep(50 * time.Millisecond)
	return os.WriteFile(filepath.Join(dir, "last"), []byte("2"), 0o600)
}

// helper returns the test binary as one of the programs above.
func helper(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), helperVariable+"="+name)
	return cmd
}

// killedWhileBuilding runs a helper until it says that it is ready, and kills it.
func killedWhileBuilding(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := helper(t, name, args...)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "ready\n" {
		t.Fatalf("%q, %v", line, err)
	}
	must(t, cmd.Process.Kill())
	var killed *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &killed) {
		t.Fatal(err)
	}
}

// readFiles returns the files beneath dir in the form of [sourcetest.WriteFiles].
func readFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		if entry.Type()&os.ModeSymlink != 0 {
			target, err := os.Readlink(path)
			files[name] = "-> " + target
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if info.Mode()&0o111 != 0 {
			name += "*"
		}
		content, err := os.ReadFile(path)
		files[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
