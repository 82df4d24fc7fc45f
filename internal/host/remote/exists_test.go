//go:build unix

package remote_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// All questions about paths go over one session of one connection.
func TestLooksAreBatched(t *testing.T) {
	t.Parallel()
	server, h := machine(t)
	dir := t.TempDir()
	for i := 0; i < 1000; i += 2 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var asking sync.WaitGroup
	for part := range 50 {
		asking.Go(func() {
			var paths []string
			for i := range 20 {
				paths = append(paths, filepath.Join(dir, fmt.Sprint(20*part+i)))
			}
			i := 20 * part
			for exists, err := range h.Exists(t.Context(), paths...) {
				if err != nil || exists != (i%2 == 0) {
					t.Errorf("%d: %v, %v", i, exists, err)
				}
				i++
			}
			if i != 20*part+20 {
				t.Errorf("%d of 20 answers", i-20*part)
			}
		})
	}
	asking.Wait()
	if logins, sessions := server.Logins.Load(), server.Sessions.Load(); logins != 1 || sessions > 4 {
		t.Errorf("%d logins and %d sessions for 1000 paths", logins, sessions)
	}
}

// stuckLooker is a looker on a machine one of whose filesystems does not answer. Who is stuck
// holds the pipe of the witness.
const stuckLooker = `
printf "\nterraform-provider-exec %s\n" "$$"
while IFS= read -r line; do
	case $line in *stuck*) exec 9>WITNESS; echo ready >&9; sleep 600 ;; *there*) echo yes ;; *) echo no ;; esac
done
`

// A path whose filesystem does not answer holds up only who asks about it.
func TestStuckLook(t *testing.T) {
	t.Parallel()
	w := hosttest.NewWitness(t)
	h := withLooker(t, strings.ReplaceAll(stuckLooker, "WITNESS", w.Path))
	if found, err := exists(t.Context(), h, "/there"); err != nil || !found {
		t.Fatalf("control: %v, %v", found, err)
	}
	reason := errors.New("took too long")
	limited, cancel := context.WithTimeoutCause(t.Context(), time.Second, reason)
	defer cancel()
	var others sync.WaitGroup
	asked := make(chan struct{})
	others.Go(func() {
		<-asked
		for _, path := range []string{"/there", "/nowhere"} {
			if found, err := exists(t.Context(), h, path); err != nil || found != (path == "/there") {
				t.Errorf("%s: %v, %v", path, found, err)
			}
		}
	})
	i := 0
	for found, err := range h.Exists(limited, "/there", "/stuck", "/there") {
		switch i {
		case 0:
			if err != nil || !found {
				t.Errorf("before: %v, %v", found, err)
			}
			w.Await("ready")
			close(asked)
		default:
			if !errors.Is(err, reason) {
				t.Errorf("%d: %v, %v", i, found, err)
			}
		}
		i++
	}
	others.Wait()
	if !w.AwaitGone(hosttest.Patience) {
		t.Error("who was stuck is still there")
	}
}

// An answer that is none is an error, and never taken for one.
func TestStrangeLooker(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"another language": `printf "\nterraform-provider-exec 1\n"; while read -r line; do echo oui; done`,
		"no words":         `printf "\nterraform-provider-exec 1\n"; while read -r line; do echo "unknown "; done`,
		"an end at once":   `printf "\nterraform-provider-exec 1\n"; read -r line`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := withLooker(t, script)
			if found, err := exists(t.Context(), h, "/"); err == nil {
				t.Errorf("Exists = %v", found)
			} else if !strings.Contains(err.Error(), `"/"`) {
				t.Errorf("error = %v", err)
			}
		})
	}
}

// Whatever the machine says of one path is one answer, so that it is not taken for those of
// the next ones.
func TestAnswerOfManyLines(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	shell := filepath.Join(dir, "sh")
	for file, text := range map[string]string{
		"ls": `printf "ls: odd\nyes\n\\\\c yes\n" >&2; exit 2`, "sh": "PATH=" + dir + ` exec /bin/sh "$@"`,
	} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	p := hosttest.NewSSHD(t).Place(t)
	m := machines(t, p)
	m.UseShell(shell)
	var got []string
	for found, err := range hostAt(t, m, placeOf(p)).Exists(t.Context(), dir+"/a", dir+"/b", dir+"/c") {
		got = append(got, fmt.Sprintf("%v %v", found, err != nil))
	}
	if want := []string{"false true", "false true", "false true"}; !slices.Equal(want, got) {
		t.Errorf("answers %v, want %v", got, want)
	}
}
