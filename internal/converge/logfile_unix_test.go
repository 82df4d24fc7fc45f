//go:build unix

package converge_test

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// Who writes to a pipe waits for its reader, and nothing ends that.
func TestLogFileThatIsAPipeRunsNothing(t *testing.T) {
	t.Parallel()
	spec := oneJob()
	spec.LogFile = filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(spec.LogFile, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := converge.Engine{Host: hosttest.NewFake(t)}.Converge(t.Context(), spec, guard.Facts{First: true})
	if _, ok := errors.AsType[*converge.LogFileError](err); !ok {
		t.Errorf("error %v", err)
	}
}
