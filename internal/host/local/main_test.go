package local_test

import (
	"os"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/local"
)

// helperVariable makes the test binary one of the helpers instead.
const helperVariable = "LOCAL_TEST_HELPER"

// helpers are programs that some tests need: a provider that can be killed, a process
// whose memory or descriptors can be counted. Each returns its exit status.
var helpers = map[string]func(args []string) int{}

// unwatched is the name of the one helper that never calls WatchdogMain.
const unwatched = "unwatched"

func TestMain(m *testing.M) {
	name := os.Getenv(helperVariable)
	if name != unwatched {
		local.WatchdogMain()
	}
	if name == "" {
		os.Exit(m.Run())
	}
	helper, ok := helpers[name]
	if !ok {
		os.Exit(64)
	}
	os.Exit(helper(os.Args[1:]))
}
