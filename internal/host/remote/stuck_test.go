//go:build unix

package remote_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// OpenSSH's server ends a session only once its program has ended, whoever has closed it.
func TestStuckLookOverOpenSSH(t *testing.T) {
	t.Parallel()
	p := hosttest.NewOpenSSH(t).Place(t)
	m := machines(t, p)
	m.UseLooker(stuckLooker)
	h := hostAt(t, m, placeOf(p))
	limited, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := exists(limited, h, "/stuck"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error = %v", err)
	}
	patient, done := context.WithTimeout(t.Context(), 20*time.Second)
	defer done()
	if found, err := exists(patient, h, "/there"); err != nil || !found {
		t.Errorf("somebody else: %v, %v", found, err)
	}
}

// A login shell that hangs holds nobody up for longer than they want to wait.
func TestStuckLoginShell(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]hosttest.Place{"OpenSSH": hosttest.NewOpenSSH(t).Place(t), "ours": hosttest.NewSSHD(t).Place(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			shell, stuck := filepath.Join(dir, "sh"), filepath.Join(dir, "stuck")
			text := "#!/bin/sh\ncase $* in *_exec_run*) if [ -e " + stuck + " ]; then exec sleep 30; fi ;; esac\nexec /bin/sh \"$@\"\n"
			if err := os.WriteFile(shell, []byte(text), 0o700); err != nil {
				t.Fatal(err)
			}
			m := machines(t, p)
			m.UseShell(shell)
			h := hostAt(t, m, placeOf(p))
			must(t, h, host.Command{Argv: []string{"true"}})
			if err := os.WriteFile(stuck, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			limited, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			begin := time.Now()
			_, err := h.Run(limited, host.Command{Argv: []string{"true"}})
			if _, ok := errors.AsType[*host.StopError](err); !ok {
				t.Errorf("error = %v", err)
			}
			if took := time.Since(begin); took > 10*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// Without an answer of who ends commands, it is not known that one was ended.
func TestStuckKeeper(t *testing.T) {
	t.Parallel()
	p := hosttest.NewSSHD(t).Place(t)
	m := machines(t, p)
	m.UseKeeper(`printf "\nterraform-provider-exec %s\n" "$$"; exec sleep 60`)
	h := hostAt(t, m, placeOf(p))
	w := hosttest.NewWitness(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := h.Run(ctx, host.Command{Argv: sh(`exec 9>"$1"; echo ready >&9; exec sleep 40`, w.Path)})
		ended <- err
	}()
	w.Await("ready")
	cancel()
	select {
	case err := <-ended:
		if _, ok := errors.AsType[*host.LostError](err); !ok || !w.Alive() {
			t.Errorf("error = %v, alive %v", err, w.Alive())
		}
	case <-time.After(time.Minute):
		t.Error("it waits for ever")
	}
}
