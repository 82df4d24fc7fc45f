package service

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

func TestOpenTofuPlanOutputs(t *testing.T) {
	t.Parallel()
	output := []string{"tofu", "-chdir=CACHE/source/live", "output", "-json", "-no-color", "-state=/srv/x.tfstate"}
	withValues := append(slices.Clip(output), "-var-file=PRIVATE/inputs.tfvars.json")
	cases := map[string]struct {
		script func(f *hosttest.Fake)
		want   any
		fails  bool
	}{
		"values by name, without the sensitive ones": {
			script: func(f *hosttest.Fake) {
				f.On(withValues...).Stdout(`{"n":{"sensitive":false,"type":"number","value":12345678901234567890},"s":{"sensitive":true,"type":"string","value":"x"},"o":{"sensitive":false,"value":{"a":[null]}}}`)
			},
			want: map[string]any{"n": json.Number("12345678901234567890"), "o": map[string]any{"a": []any{nil}}},
		},
		"none": {script: func(f *hosttest.Fake) { f.On(withValues...).Stdout("{}\n") }, want: map[string]any{}},
		"longer than what is kept of a step": {
			script: func(f *hosttest.Fake) {
				f.On(withValues...).Stdout(`{"a":{"value":"` + strings.Repeat("x", 4*stepOutput) + `"}}`)
			},
			want: map[string]any{"a": strings.Repeat("x", 4*stepOutput)},
		},
		"an engine that takes no variables here": {
			script: func(f *hosttest.Fake) {
				f.On(withValues...).Exit(1).Stderr("flag provided but not defined: -var-file\n")
				f.On(output...).Stdout(`{"a":{"value":1}}`)
			},
			want: map[string]any{"a": json.Number("1")},
		},
		"a failure": {script: func(f *hosttest.Fake) { f.On(withValues...).Exit(1) }, fails: true},
		"no JSON":   {script: func(f *hosttest.Fake) { f.On(withValues...).Stdout("hello") }, fails: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scene := newTofuScene(t, OpenTofuPlan{StateFile: "/srv/x.tfstate"}, "")
			scene.initialized("", "tofu", "-chdir=CACHE/source/live", "init", "-input=false", "-no-color", "-reconfigure", "-var-file=PRIVATE/inputs.tfvars.json")
			ready, err := scene.runner.Prepare(t.Context(), host.Command{})
			if err != nil {
				t.Fatal(err)
			}
			defer ready.Close()
			tc.script(scene.fake)
			got, err := ready.Result(t.Context(), converge.Run{})
			if _, failed := errors.AsType[*StepError](err); failed != tc.fails || (err != nil) != tc.fails {
				t.Fatalf("Result() = %v", err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("Result() (-want +got):\n%s", diff)
			}
		})
	}
}
