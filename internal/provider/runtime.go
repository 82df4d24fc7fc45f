package provider

import (
	"os"
	"runtime/debug"
	"time"
)

// Settings of the runtime, measured with 1,000 resources: a provider lives for seconds and
// spends them on decoding, so collecting garbage less often is worth some memory.
const (
	gcTarget    = 400
	memoryLimit = 128 << 20
)

// private are the variables by which an engine and its plugins speak to each other, the one
// that TuneRuntime sets, and the secrets among the settings. No command has any business
// with them.
var private = []string{
	"TF_PLUGIN_MAGIC_COOKIE", "PLUGIN_MIN_PORT", "PLUGIN_MAX_PORT", "PLUGIN_PROTOCOL_VERSIONS", "PLUGIN_CLIENT_CERT",
	"PLUGIN_MULTIPLEX_GRPC", "PLUGIN_UNIX_SOCKET_DIR", "PLUGIN_UNIX_SOCKET_GROUP", sdkLog,
	passwordVariable, privateKeyVariable, passphraseVariable,
}

// sdkLog is the level of the SDK's own log.
const sdkLog = "TF_LOG_SDK"

// TuneRuntime prepares the process for serving. It must be called before that.
//
// The SDK serves every one of its trace lines to the engine as JSON, also when nobody asked
// for a log; with 1,000 resources that is more than half of a plan's time.
func TuneRuntime() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcTarget)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	for _, name := range []string{"TF_LOG", "TF_LOG_PROVIDER", "TF_LOG_PROVIDER_EXEC", sdkLog} {
		if os.Getenv(name) != "" {
			return
		}
	}
	_ = os.Setenv(sdkLog, "off") // It fails only for names that no system takes.
}

// parentPoll is how soon the death of the engine is noticed.
const parentPoll = 250 * time.Millisecond

// ExitWithParent ends this process once the one that started it is gone. An engine that is
// killed cannot say goodbye, and go-plugin waits for that: provider and commands would
// live on with nobody to report to. Not for a provider that a debugger serves.
//
// Where the system does not give orphans a new parent (Windows), it never does anything.
func ExitWithParent() {
	parent := os.Getppid()
	go func() {
		for os.Getppid() == parent {
			time.Sleep(parentPoll)
		}
		os.Exit(1)
	}()
}
