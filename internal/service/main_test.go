package service

import (
	"os"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/local"
)

func TestMain(m *testing.M) {
	local.WatchdogMain()
	os.Exit(m.Run())
}
