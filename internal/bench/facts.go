package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
)

// facts is what was measured on, the first line of the file of results.
type facts struct {
	Date    string   `json:"date"`
	Engines []string `json:"engines"`
	// Provider is the digest of its binary.
	Provider string `json:"provider"`
	Go       string `json:"go"`
	System   string `json:"system"`
	CPU      string `json:"cpu"`
	Cores    int    `json:"cores"`
}

// factsOf returns what the engines are measured on, now.
func factsOf(engines []engine) (facts, error) {
	f := facts{
		Date: time.Now().Format(time.DateOnly), Go: runtime.Version(),
		System: runtime.GOOS + "/" + runtime.GOARCH, CPU: processor(), Cores: runtime.NumCPU(),
	}
	for _, e := range engines {
		f.Engines = append(f.Engines, e.name)
	}
	file, err := os.Open(engines[0].provider)
	if err != nil {
		return facts{}, err
	}
	defer func() { _ = file.Close() }()
	digest := sha256.New()
	if _, err := io.Copy(digest, file); err != nil {
		return facts{}, err
	}
	f.Provider = hex.EncodeToString(digest.Sum(nil))
	return f, nil
}

// processor returns the name of the processor where the system tells it.
func processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	for line := range bytes.Lines(info) {
		if name, value, ok := strings.Cut(string(line), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}

// same reports that both are of the same provider and engines on the same machine.
func (f facts) same(o facts) bool {
	f.Date, o.Date = "", ""
	return fmt.Sprint(f) == fmt.Sprint(o)
}

// tofu returns the first engine that is an OpenTofu, empty if none is.
func (f facts) tofu() string {
	for _, e := range f.Engines {
		if strings.HasPrefix(e, "OpenTofu ") {
			return e
		}
	}
	return ""
}
