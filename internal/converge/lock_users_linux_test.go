package converge_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/needs"
)

// A lock is the machine's: another user's run holds it against ours, whoever of the two
// made its file.
func TestLockIsHeldAcrossUsers(t *testing.T) {
	t.Parallel()
	needs.Root(t)
	const nobody = 65534
	program := hosttest.PublicProgram(t)
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
			cmd := exec.CommandContext(t.Context(), program)
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
