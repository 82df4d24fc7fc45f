package converge_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// A lock is the machine's: another user's run holds it against ours, whoever of the two
// made its file.
func TestLockIsHeldAcrossUsers(t *testing.T) {
	t.Parallel()
	hosttest.NeedRoot(t)
	const nobody = 65534
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	// The test binary lies where nobody but its owner gets.
	dir := t.TempDir()
	copied := filepath.Join(dir, "holder")
	if err := os.WriteFile(copied, content, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{copied, dir, filepath.Dir(dir)} {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, oursFirst := range map[string]bool{"our file": true, "their file": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := hosttest.NewFake(t)
			h.On("job")
			engine := converge.Engine{Host: h}
			spec := oneJob()
			spec.Lock = lockName(t)
			if oursFirst {
				if _, err := engine.Converge(t.Context(), spec, guard.Facts{First: true}); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.CommandContext(t.Context(), copied)
			cmd.Dir = "/"
			cmd.Env = append(os.Environ(), holderVariable+"="+spec.Lock)
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
			release, _ := startHolding(t, cmd)

			waiting, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			var refused *converge.LockError
			if _, err := engine.Converge(waiting, spec, guard.Facts{First: true}); !errors.As(err, &refused) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("while another user holds the lock: %v", err)
			}
			release()
			if _, err := engine.Converge(t.Context(), spec, guard.Facts{First: true}); err != nil {
				t.Errorf("the control, after that: %v", err)
			}
		})
	}
}
