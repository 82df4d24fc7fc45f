package converge_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/words"
)

// What an edit makes of a definition, and of the questions that guards ask: with a path
// alone, and with a guard command.
func TestSame(t *testing.T) {
	t.Parallel()
	mask, other := uint32(0o22), uint32(0o22)
	another := uint32(0o77)
	base := func() converge.Spec {
		s := oneJob()
		s.Command = converge.Line{Text: "job"}
		s.Process.Umask = &mask
		s.Process.Environment = map[string]string{"A": "1"}
		s.Guards.Creates = []string{"/c"}
		return s
	}
	cases := map[string]struct {
		edit                        func(*converge.Spec)
		definition, paths, commands bool
	}{
		"nothing":                    {func(*converge.Spec) {}, true, true, true},
		"an equal umask":             {func(s *converge.Spec) { s.Process.Umask = &other }, true, true, true},
		"no environment":             {func(s *converge.Spec) { s.Process.Environment = nil }, false, true, false},
		"an empty secret one":        {func(s *converge.Spec) { s.Process.SensitiveEnvironment = map[string]string{} }, true, true, true},
		"the command":                {func(s *converge.Spec) { s.Command.Text = "other" }, false, true, true},
		"the command as an argv":     {func(s *converge.Spec) { s.Command = argv("job") }, false, true, true},
		"stdin":                      {func(s *converge.Spec) { s.Stdin = "x" }, false, true, true},
		"write_only":                 {func(s *converge.Spec) { s.WriteOnly.Stdin = "x" }, true, true, true},
		"write_only_version":         {func(s *converge.Spec) { s.WriteOnlyVersion = "2" }, false, true, true},
		"target":                     {func(s *converge.Spec) { s.Target = "ssh://x@y:22" }, false, false, false},
		"cwd":                        {func(s *converge.Spec) { s.Process.Dir = "/w" }, false, false, false},
		"shell":                      {func(s *converge.Spec) { s.Process.Shell = true }, false, true, false},
		"interpreter":                {func(s *converge.Spec) { s.Process.Interpreter = []string{"sh", "-c"} }, false, true, false},
		"path":                       {func(s *converge.Spec) { s.Process.Path = []string{"/bin"} }, false, true, false},
		"environment":                {func(s *converge.Spec) { s.Process.Environment = map[string]string{"A": "2"} }, false, true, false},
		"sensitive_environment":      {func(s *converge.Spec) { s.Process.SensitiveEnvironment = map[string]string{"S": "1"} }, false, true, false},
		"inherit_environment":        {func(s *converge.Spec) { s.Process.CleanEnvironment = true }, false, true, false},
		"user":                       {func(s *converge.Spec) { s.Process.User = "x" }, false, true, false},
		"group":                      {func(s *converge.Spec) { s.Process.Group = "x" }, false, true, false},
		"umask":                      {func(s *converge.Spec) { s.Process.Umask = &another }, false, true, false},
		"no umask":                   {func(s *converge.Spec) { s.Process.Umask = nil }, false, true, false},
		"creates":                    {func(s *converge.Spec) { s.Guards.Creates = []string{"/d"} }, true, false, false},
		"removes":                    {func(s *converge.Spec) { s.Guards.Removes = []string{"/r"} }, true, false, false},
		"unless":                     {func(s *converge.Spec) { s.Guards.Unless = []converge.Line{argv("u")} }, true, false, false},
		"onlyif":                     {func(s *converge.Spec) { s.Guards.OnlyIf = append(s.Guards.OnlyIf, argv("o")) }, true, false, false},
		"refresh_only":               {func(s *converge.Spec) { s.RefreshOnly = true }, true, false, false},
		"refresh":                    {func(s *converge.Spec) { s.Refresh = argv("reload") }, true, true, true},
		"always":                     {func(s *converge.Spec) { s.Always = true }, true, true, true},
		"verify":                     {func(s *converge.Spec) { s.Verify = true }, true, true, true},
		"limits":                     {func(s *converge.Spec) { s.Timeout, s.Tries, s.TrySleep = 1, 2, 3 }, true, true, true},
		"returns":                    {func(s *converge.Spec) { s.Returns, s.UnchangedReturns = []int{1}, []int{2} }, true, true, true},
		"lock, log and output limit": {func(s *converge.Spec) { s.Lock, s.LogFile, s.OutputLimit = "l", "f", 1 }, true, true, true},
		"destroy":                    {func(s *converge.Spec) { s.Destroy = &converge.Destroy{Command: argv("undo")} }, true, true, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, after := base(), base()
			tc.edit(&after)
			if got := before.SameDefinition(after); got != tc.definition {
				t.Errorf("the same definition: %v, want %v", got, tc.definition)
			}
			if got := after.SameGuards(before); got != tc.paths {
				t.Errorf("the same questions, with paths: %v, want %v", got, tc.paths)
			}
			before, after = base(), base()
			before.Guards.OnlyIf, after.Guards.OnlyIf = []converge.Line{argv("x")}, []converge.Line{argv("x")}
			tc.edit(&after)
			if got := before.SameGuards(after); got != tc.commands {
				t.Errorf("the same questions, with commands: %v, want %v", got, tc.commands)
			}
		})
	}
}

func TestProcessCheck(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		process converge.Process
		line    converge.Line
		want    error
	}{
		"an argv":                    {line: argv("a", "|", "b")},
		"a string":                   {line: converge.Line{Text: "a b"}},
		"a string for a shell":       {process: converge.Process{Shell: true}, line: converge.Line{Text: "a |"}},
		"a blank string":             {line: converge.Line{Text: " "}, want: words.ErrEmpty},
		"a NUL byte in an argv":      {line: argv("a", "b\x00"), want: converge.ErrNUL},
		"a NUL byte for a shell":     {process: converge.Process{Shell: true}, line: converge.Line{Text: "a\x00"}, want: converge.ErrNUL},
		"a NUL byte for interpreter": {process: converge.Process{Interpreter: []string{"x"}}, line: converge.Line{Text: "a\x00"}, want: converge.ErrNUL},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := tc.process.Check(tc.line); !errors.Is(err, tc.want) {
				t.Errorf("Check(%v) = %v, want %v", tc.line, err, tc.want)
			}
		})
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	s := oneJob()
	s.Process.Environment = map[string]string{"A": "open"}
	s.Process.SensitiveEnvironment = map[string]string{"B": "one", "C": "two"}
	got := s.Secrets()
	slices.Sort(got)
	if diff := cmp.Diff([]string{"one", "two"}, got); diff != "" {
		t.Errorf("secrets (-want +got):\n%s", diff)
	}
}
