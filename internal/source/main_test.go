package source_test

import (
	"os"
	"testing"
)

// helperVariable makes the test binary one of the programs of helpers instead.
const helperVariable = "SOURCE_TEST_HELPER"

func TestMain(m *testing.M) {
	if name := os.Getenv(helperVariable); name != "" {
		os.Exit(runHelper(name, os.Args[1:]))
	}
	os.Exit(m.Run())
}
