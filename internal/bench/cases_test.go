package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBlocks(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		kind, body, want string
	}{
		"a resource of the engine": {"terraform_data", "  input = {}", `
resource "terraform_data" "r0" {
  input = 0
}

resource "terraform_data" "r1" {
  input = 1
}
`},
		"a resource of the provider": {"exec", `  creates = "made-{}"`, `terraform {
  required_providers {
    exec = { source = "terraform-provider-exec/exec" }
  }
}

resource "exec" "r0" {
  creates = "made-0"
}

resource "exec" "r1" {
  creates = "made-1"
}
`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, blocks(c.kind, c.body)(2)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestDrift(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name := range strings.FieldsSeq("made-0 made-1 made-9 made-10 made-11 main.tf") {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := drift(dir, 12); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if diff := cmp.Diff([]string{"made-1", "made-11", "made-9", "main.tf"}, left); diff != "" {
		t.Errorf("what is left (-want +got):\n%s", diff)
	}
	if err := drift(dir, 12); err == nil {
		t.Error("nothing was there to remove, and nobody noticed")
	}
}

// Every case lives through the steps in the same order, so that they compare.
func TestCases(t *testing.T) {
	t.Parallel()
	order := []string{made, apply, plan, idled, drifted, destroy}
	for _, c := range cases {
		var places []int
		for _, s := range c.steps {
			places = append(places, slices.Index(order, s.name))
		}
		if !slices.IsSorted(places) || slices.Contains(places, -1) || len(slices.Compact(places)) != len(c.steps) {
			t.Errorf("%s has its steps at %v", c.name, places)
		}
	}
}

func TestHCLList(t *testing.T) {
	t.Parallel()
	if got, want := hclList([]string{"a b", `c"d`, "${e} %{f}"}), `["a b", "c\"d", "$${e} %%{f}"]`; got != want {
		t.Errorf("hclList = %s, want %s", got, want)
	}
}
