package provider

import (
	"os"
	"runtime/debug"
)

// Settings of the runtime, measured with 1,000 resources: a provider lives for seconds and
// spends them on decoding, so collecting garbage less often is worth some memory.
const (
	gcTarget    = 400
	memoryLimit = 256 << 20
)

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
	for _, name := range []string{"TF_LOG", "TF_LOG_PROVIDER", "TF_LOG_PROVIDER_EXEC", "TF_LOG_SDK"} {
		if os.Getenv(name) != "" {
			return
		}
	}
	_ = os.Setenv("TF_LOG_SDK", "off") // It fails only for names that no system takes.
}
