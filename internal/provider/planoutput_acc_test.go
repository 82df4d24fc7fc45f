package provider_test

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

var updatePlans = flag.Bool("update-plans", false, "write what TestAccPlanOutput sees to examples/plans")

// plansDir holds a directory for each situation that the guide shows: main.tf, and in
// plan.txt what the engine prints of it.
const plansDir = "examples/plans"

// plansGuide is the guide that shows them.
const plansGuide = "docs/guides/reading-the-plan.md"

// situation is what happened to an example before the plan that the guide shows.
type situation struct {
	before func(t *testing.T, w *enginetest.Workspace)
	// plan is the arguments of that plan.
	plan []string
}

func applied(_ *testing.T, w *enginetest.Workspace) { w.Apply() }

// situations are named after their directories, in the order of the guide: the decision
// table first, then what else a plan can say.
var situations = map[string]situation{
	// 1: a trigger that changed, and one that is not known yet.
	"subscribe": {before: applied, plan: []string{"-var=settings=v2"}},
	"subscribe-chain": {before: func(_ *testing.T, w *enginetest.Workspace) {
		w.Apply()
		w.Remove("app")
	}},
	// 2
	"refresh-only": {before: applied},
	// 3
	"creates": {before: applied},
	"removes": {before: func(_ *testing.T, w *enginetest.Workspace) {
		w.Write("leftover", "")
		w.Apply()
	}},
	"creates-at-first": {before: func(_ *testing.T, w *enginetest.Workspace) { w.Write("app", "") }},
	// 4
	"unless": {before: applied},
	// 5
	"onlyif": {before: func(_ *testing.T, w *enginetest.Workspace) {
		w.Write("outdated", "")
		w.Apply()
	}},
	// 6: the guards as they were, edited ones, and some that a trigger makes be asked.
	"guards": {before: func(_ *testing.T, w *enginetest.Workspace) {
		w.Apply()
		w.Remove("app")
	}},
	"definition-guarded": {before: applied, plan: []string{"-var=release=2"}},
	"recheck-guarded":    {before: applied, plan: []string{"-var=settings=v2"}},
	// 7
	"first":      {},
	"definition": {before: applied, plan: []string{"-var=release=2"}},
	"recheck":    {before: applied, plan: []string{"-var=settings=v2"}},
	"failed-later": {before: func(_ *testing.T, w *enginetest.Workspace) {
		w.Write("ready", "")
		w.Write("settings", "v1")
		w.Apply()
		w.Remove("ready")
		w.Write("settings", "v2")
		w.MustFail([]string{"Unable to run command"}, "apply", "-auto-approve")
		w.Write("settings", "v1")
	}},
	"always": {before: applied},
	// 8
	"state": {before: applied},

	"no-answer": {before: func(t *testing.T, w *enginetest.Workspace) {
		t.Helper()
		w.Write("is-installed", "#!/bin/sh\nexit 0\n")
		if err := os.Chmod(w.Path("is-installed"), 0o700); err != nil {
			t.Fatal(err)
		}
		w.Apply()
		w.Remove("is-installed")
	}},
	"connection":         {},
	"guards-in-apply":    {before: applied},
	"label":              {before: applied, plan: []string{"-var=timeout=10m"}},
	"definition-in-sync": {before: applied, plan: []string{"-var=release=2"}},
	"import":             {},
	"failed-first": {before: func(_ *testing.T, w *enginetest.Workspace) {
		w.MustFail([]string{"Unable to run command"}, "apply", "-auto-approve")
	}},
	"refresh-only-plan": {before: func(_ *testing.T, w *enginetest.Workspace) {
		w.Apply()
		w.Remove("app")
	}, plan: []string{"-refresh-only"}},
	"destroy": {before: applied, plan: []string{"-destroy"}},
}

// The guide shows what the pinned OpenTofu prints. Terraform differs in words and in what it
// hides, and so may another release of OpenTofu.
func TestAccPlanOutput(t *testing.T) {
	t.Parallel()
	root, err := enginetest.Root()
	if err != nil {
		t.Fatal(err)
	}
	shown := pinned.FindStringSubmatch(readFile(t, filepath.Join(root, "internal/tools/tofu/go.mod")))
	if shown == nil {
		t.Fatal("no version of OpenTofu is pinned")
	}
	engine := enginetest.New(t)
	version := engine.Must("version").Stdout
	if !engine.IsTofu() || !strings.HasPrefix(version, "OpenTofu v"+shown[1]+".") {
		first, _, _ := strings.Cut(version, "\n")
		t.Skipf("the guide shows the output of OpenTofu %s, and this is %s", shown[1], first)
	}
	guide := readFile(t, filepath.Join(root, plansGuide))
	for name, s := range situations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(root, plansDir, name)
			w := enginetest.New(t)
			w.Config(readFile(t, filepath.Join(dir, "main.tf")))
			if s.before != nil {
				s.before(t, w)
			}
			args := append([]string{"plan"}, s.plan...)
			got := "$ tofu " + strings.Join(args, " ") + "\n\n" + normalPlan(w.Must(args...).Stdout) + "\n"
			golden := filepath.Join(dir, "plan.txt")
			if *updatePlans {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(strings.Split(readFile(t, golden), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("the plan is not what %s shows; if it should be, run this test with -update-plans, then make generate (-shown +printed):\n%s",
					golden, diff)
			}
			if !strings.Contains(guide, strings.TrimSpace(got)) {
				t.Errorf("%s does not show this plan; run make generate:\n%s", plansGuide, got)
			}
		})
	}
}

// TestPlanExamples proves that every example has a situation that puts it to the test.
func TestPlanExamples(t *testing.T) {
	t.Parallel()
	root, err := enginetest.Root()
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join(root, plansDir))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, ok := situations[e.Name()]; !ok {
			t.Errorf("%s/%s is not tested", plansDir, e.Name())
		}
	}
}

// readFile returns the content of a file, empty if it does not exist.
func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return string(data)
}

// pinned finds major and minor version of the OpenTofu that the tools pin.
var pinned = regexp.MustCompile(`github\.com/opentofu/opentofu v(\d+\.\d+)\.`)

var (
	// overrideWarning is there only because the tests use a provider that was just built.
	overrideWarning = regexp.MustCompile(`(?s)\nWarning: Provider development overrides are in effect\n.*?\nreleases\.\n`)
	progress        = regexp.MustCompile(`(?m)^exec\.\w+: .*\n`)
	legend          = regexp.MustCompile(`(?s)^.*\nOpenTofu will perform the following actions:\n`)

	identifier = regexp.MustCompile(`\b[a-z2-7]{26}\b`)
	startTime  = regexp.MustCompile(`(start_time +=) "[^"]*"`)
	endTime    = regexp.MustCompile(`(end_time +=) "[^"]*"`)
	elapsed    = regexp.MustCompile(`(elapsed_time +=) [0-9.]+`)
)

// identifiers replace those of a plan, in the order in which they occur first.
var identifiers = []string{
	"rauvpwpqjc2pvfyd6yxnsjqzmp", "f3qejoh76kg53z37uwda4biwst", "7vb6hd2loqvhwm2g622fulbstx", "q6hw7qwmjgpkypu4emu7tdnxh2",
}

// normalPlan cuts a plan to what it says of the resources, and replaces what differs from
// run to run.
func normalPlan(text string) string {
	text = overrideWarning.ReplaceAllLiteralString(text, "")
	text = progress.ReplaceAllLiteralString(text, "")
	text = legend.ReplaceAllLiteralString(text, "")
	text = startTime.ReplaceAllString(text, `$1 "2026-01-02T03:04:05.006007008Z"`)
	text = endTime.ReplaceAllString(text, `$1 "2026-01-02T03:04:05.009010011Z"`)
	text = elapsed.ReplaceAllString(text, `$1 0.003`)
	var seen []string
	text = identifier.ReplaceAllStringFunc(text, func(id string) string {
		n := slices.Index(seen, id)
		if n < 0 {
			n, seen = len(seen), append(seen, id)
		}
		return identifiers[n]
	})
	return strings.Trim(text, "\n")
}
