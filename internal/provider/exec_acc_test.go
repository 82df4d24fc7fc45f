package provider_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// What the acceptance tests share. In all of them a command proves that it ran by a line
// that it appends to a file, and nothing else proves it.

// stage sets files up: "+name" makes an empty one, "-name" removes one.
func stage(t *testing.T, dir string, files ...string) {
	t.Helper()
	for _, f := range files {
		path := filepath.Join(dir, f[1:])
		var err error
		switch f[0] {
		case '+':
			if err = os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
				err = os.WriteFile(path, nil, 0o600)
			}
		case '-':
			err = os.Remove(path)
		default:
			t.Fatalf("%q says neither + nor -", f)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// words returns the words of a file; one that does not exist has none.
func words(path string) ([]string, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return strings.Fields(string(data)), err
}

// slug turns a sentence into a name that HCL takes.
func slug(sentence string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(sentence))
}

// saw fails the test unless the engine printed the text, wherever it wrapped it.
func saw(t *testing.T, r enginetest.Result, text string) {
	t.Helper()
	if !strings.Contains(r.Flat(), text) {
		t.Errorf("the engine does not print %q:\n%s", text, r.Output())
	}
}

// sawNot fails the test if the engine printed the text.
func sawNot(t *testing.T, r enginetest.Result, text string) {
	t.Helper()
	if strings.Contains(r.Flat(), text) {
		t.Errorf("the engine prints %q:\n%s", text, r.Output())
	}
}

// containsFlat reports that a text contains a sentence, wherever its lines break.
func containsFlat(text, sentence string) bool {
	return strings.Contains(strings.Join(strings.Fields(text), " "), sentence)
}

// equal fails the test unless what was found is what was expected.
func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// sortedWords puts the words of a text into order, where resources run side by side.
func sortedWords(text string) string {
	return strings.Join(slices.Sorted(slices.Values(strings.Fields(text))), " ")
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}
