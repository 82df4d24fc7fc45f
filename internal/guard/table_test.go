package guard_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/guard"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

// The guards of these tests: creates /c, removes /r, unless "u", onlyif "o".
func guards(kinds string) guard.Set {
	var s guard.Set
	for _, k := range kinds {
		switch k {
		case 'c':
			s.Creates = []string{"/c"}
		case 'r':
			s.Removes = []string{"/r"}
		case 'u':
			s.Unless = []guard.Check{{Command: host.Command{Argv: []string{"u"}}}}
		case 'o':
			s.OnlyIf = []guard.Check{{Command: host.Command{Argv: []string{"o"}}}}
		}
	}
	return s
}

// The decision table, first match wins. Read it with the cases below: the number that a
// case's name begins with is the row that it proves.
//
//	#  subscribe  refresh_only  recheck_on  creates  removes  unless  onlyif   state       verdict
//	1  changed    -             -           -        -        -       -        -           run (refresh)
//	2  same       yes           same        -        -        -       -        -           skip
//	3a same       -             -           exists   -        -       -        -           skip
//	3b same       -             -           missing  missing  -       -        -           skip
//	4  same       -             -           missing  exists   exit 0  -        -           skip
//	5  same       -             -           missing  exists   exit 1  exit 1   -           skip
//	6  same       -             -           missing  exists   exit 1  exit 0   -           run
//	7  same       -             any         no guard at all                    needs it    run
//	8  same       no            same        no guard at all                    fine        skip
func TestDecide(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		facts   guard.Facts
		guards  string
		creates bool // /c exists
		removes bool // /r exists
		unless  int  // exit code of u
		onlyif  int  // exit code of o
		verdict guard.Verdict
		reasons []guard.Kind
		refresh bool
		asked   []string
	}{
		"1 a changed subscription runs and asks nothing": {
			facts: guard.Facts{Subscribe: guard.Changed}, guards: "cruo", creates: true,
			verdict: guard.Run, reasons: []guard.Kind{guard.Subscribe}, refresh: true,
		},
		"1 a subscription that is not known yet runs": {
			facts: guard.Facts{Subscribe: guard.NotYetKnown}, guards: "c", creates: true,
			verdict: guard.Run, reasons: []guard.Kind{guard.Subscribe}, refresh: true,
		},
		"1 a changed subscription wins over refresh_only": {
			facts:   guard.Facts{Subscribe: guard.Changed, RefreshOnly: true},
			verdict: guard.Run, reasons: []guard.Kind{guard.Subscribe}, refresh: true,
		},
		"2 refresh_only without a trigger skips and asks nothing": {
			facts: guard.Facts{RefreshOnly: true}, guards: "cruo", unless: 1, removes: true,
			verdict: guard.Skip, reasons: []guard.Kind{guard.RefreshOnly},
		},
		"2 refresh_only skips even after a failed run": {
			facts:   guard.Facts{RefreshOnly: true, LastRunFailed: true, DefinitionChanged: true, First: true},
			verdict: guard.Skip, reasons: []guard.Kind{guard.RefreshOnly},
		},
		"3 an existing creates skips and runs no guard command": {
			guards: "cruo", creates: true,
			verdict: guard.Skip, reasons: []guard.Kind{guard.Creates}, asked: []string{"exists /c"},
		},
		"3 a missing removes skips and runs no guard command": {
			guards:  "cruo",
			verdict: guard.Skip, reasons: []guard.Kind{guard.Removes}, asked: []string{"exists /c", "exists /r"},
		},
		"3 refresh_only with a changed recheck_on asks the guards": {
			facts: guard.Facts{RefreshOnly: true, Recheck: guard.Changed}, guards: "c", creates: true,
			verdict: guard.Skip, reasons: []guard.Kind{guard.Creates}, asked: []string{"exists /c"},
		},
		"3 guards win over the first apply and a changed definition": {
			facts: guard.Facts{First: true, DefinitionChanged: true, LastRunFailed: true}, guards: "c", creates: true,
			verdict: guard.Skip, reasons: []guard.Kind{guard.Creates}, asked: []string{"exists /c"},
		},
		"4 an unless that exits 0 skips and asks no onlyif": {
			guards: "cruo", removes: true,
			verdict: guard.Skip, reasons: []guard.Kind{guard.Unless}, asked: []string{"exists /c", "exists /r", "run u"},
		},
		"5 an onlyif that exits non-zero skips": {
			guards: "cruo", removes: true, unless: 1, onlyif: 1,
			verdict: guard.Skip, reasons: []guard.Kind{guard.OnlyIf},
			asked: []string{"exists /c", "exists /r", "run u", "run o"},
		},
		"6 guards of which none says skip run": {
			guards: "cruo", removes: true, unless: 1,
			verdict: guard.Run, reasons: []guard.Kind{guard.Creates, guard.Removes, guard.Unless, guard.OnlyIf},
			asked: []string{"exists /c", "exists /r", "run u", "run o"},
		},
		"6 a single onlyif that holds runs": {
			guards: "o", verdict: guard.Run, reasons: []guard.Kind{guard.OnlyIf}, asked: []string{"run o"},
		},
		"6 refresh_only with a changed recheck_on runs if the guards allow it": {
			facts: guard.Facts{RefreshOnly: true, Recheck: guard.NotYetKnown}, guards: "o",
			verdict: guard.Run, reasons: []guard.Kind{guard.OnlyIf}, asked: []string{"run o"},
		},
		"7 the first apply runs": {
			facts: guard.Facts{First: true}, verdict: guard.Run, reasons: []guard.Kind{guard.FirstApply},
		},
		"7 a changed definition runs": {
			facts: guard.Facts{DefinitionChanged: true}, verdict: guard.Run, reasons: []guard.Kind{guard.DefinitionChanged},
		},
		"7 a changed recheck_on runs": {
			facts: guard.Facts{Recheck: guard.Changed}, verdict: guard.Run, reasons: []guard.Kind{guard.RecheckOn},
		},
		"7 refresh_only with a changed recheck_on and no guard runs": {
			facts:   guard.Facts{RefreshOnly: true, Recheck: guard.Changed},
			verdict: guard.Run, reasons: []guard.Kind{guard.RecheckOn},
		},
		"7 a failed last run runs": {
			facts: guard.Facts{LastRunFailed: true}, verdict: guard.Run, reasons: []guard.Kind{guard.LastRunFailed},
		},
		"7 always runs": {
			facts: guard.Facts{Always: true}, verdict: guard.Run, reasons: []guard.Kind{guard.Always},
		},
		"8 nothing of that skips": {
			verdict: guard.Skip, reasons: []guard.Kind{guard.StateIsGuard},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := hosttest.NewFake(t)
			fake.File("/c", tc.creates)
			fake.File("/r", tc.removes)
			fake.On("u").Exit(tc.unless)
			fake.On("o").Exit(tc.onlyif)
			got := guard.Decide(t.Context(), fake, tc.facts, guards(tc.guards))
			if got.Verdict != tc.verdict || got.Refresh != tc.refresh {
				t.Errorf("Decide() = %v, refresh %t; want %v, refresh %t", got.Verdict, got.Refresh, tc.verdict, tc.refresh)
			}
			kinds := make([]guard.Kind, len(got.Reasons))
			for i, r := range got.Reasons {
				kinds[i] = r.Kind
			}
			if diff := cmp.Diff(tc.reasons, kinds); diff != "" {
				t.Errorf("reasons (-want +got):\n%s", diff)
			}
			asked := fake.Log()
			if len(asked) == 0 {
				asked = nil
			}
			if diff := cmp.Diff(tc.asked, asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
}

// What a plan may promise. A false is a promise that nothing runs, so for every fact that
// is the same in plan and apply it must agree with Decide; where the machine has a say,
// only a guard that answered skip allows the promise.
func TestOutlookMayRun(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		outlook guard.Outlook
		want    bool
	}{
		"1 subscribe changed":               {guard.Outlook{Facts: guard.Facts{Subscribe: guard.Changed}, Guarded: true, InSync: true}, true},
		"1 subscribe not yet known":         {guard.Outlook{Facts: guard.Facts{Subscribe: guard.NotYetKnown}, Guarded: true, InSync: true}, true},
		"2 refresh_only, no trigger":        {guard.Outlook{Facts: guard.Facts{RefreshOnly: true}}, false},
		"2 refresh_only, not in sync":       {guard.Outlook{Facts: guard.Facts{RefreshOnly: true}, Guarded: true, GuardsChanged: true}, false},
		"2 refresh_only, recheck_on fired":  {guard.Outlook{Facts: guard.Facts{RefreshOnly: true, Recheck: guard.Changed}, Guarded: true, InSync: true}, true},
		"3-5 guards said skip":              {guard.Outlook{Guarded: true, InSync: true}, false},
		"3-5 and the definition changed":    {guard.Outlook{Facts: guard.Facts{DefinitionChanged: true, LastRunFailed: true}, Guarded: true, InSync: true}, false},
		"3-5 and recheck_on changed":        {guard.Outlook{Facts: guard.Facts{Recheck: guard.Changed}, Guarded: true, InSync: true}, true},
		"3-5 and recheck_on not yet known":  {guard.Outlook{Facts: guard.Facts{Recheck: guard.NotYetKnown}, Guarded: true, InSync: true}, true},
		"3-5 and the guards changed":        {guard.Outlook{Guarded: true, GuardsChanged: true, InSync: true}, true},
		"6 guards said run, or no answer":   {guard.Outlook{Guarded: true}, true},
		"7 definition changed":              {guard.Outlook{Facts: guard.Facts{DefinitionChanged: true}, InSync: true}, true},
		"7 recheck_on changed":              {guard.Outlook{Facts: guard.Facts{Recheck: guard.Changed}, InSync: true}, true},
		"7 last run failed":                 {guard.Outlook{Facts: guard.Facts{LastRunFailed: true}, InSync: true}, true},
		"7 always":                          {guard.Outlook{Facts: guard.Facts{Always: true}, InSync: true}, true},
		"8 nothing of that":                 {guard.Outlook{InSync: true}, false},
		"8 guards were removed":             {guard.Outlook{GuardsChanged: true}, false},
		"adopted, whatever triggers say":    {guard.Outlook{Facts: guard.Facts{Subscribe: guard.Changed, Always: true}, Adopted: true, Guarded: true}, false},
		"adopted, with changed definitions": {guard.Outlook{Facts: guard.Facts{DefinitionChanged: true}, Adopted: true}, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tc.outlook.MayRun(); got != tc.want {
				t.Errorf("MayRun() = %t, want %t", got, tc.want)
			}
		})
	}
}

// TestOutlookKeepsItsPromise walks every combination of facts: where the outlook promises
// that nothing runs, no answer that the recorded observation allows makes the table run.
// Without guards the outlook is exact.
func TestOutlookKeepsItsPromise(t *testing.T) {
	t.Parallel()
	promises := 0
	for bits := range 1 << 8 {
		bit := func(n int) bool { return bits>>n&1 == 1 }
		change := func(n int) guard.Change {
			if bit(n) {
				return guard.Changed
			}
			return guard.Unchanged
		}
		facts := guard.Facts{
			Subscribe: change(0), Recheck: change(1), RefreshOnly: bit(2),
			DefinitionChanged: bit(3), LastRunFailed: bit(4), Always: bit(5),
		}
		guarded, inSync := bit(6), bit(7)
		outlook := guard.Outlook{Facts: facts, Guarded: guarded, InSync: inSync}
		fake := hosttest.NewFake(t)
		fake.File("/c", inSync)
		kinds := ""
		if guarded {
			kinds = "c"
		}
		runs := guard.Decide(t.Context(), fake, facts, guards(kinds)).Verdict == guard.Run
		if runs && !outlook.MayRun() || !runs && outlook.MayRun() && !guarded {
			t.Errorf("facts %+v, guarded %t, in sync %t: the table runs %t, the plan says %t",
				facts, guarded, inSync, runs, outlook.MayRun())
		}
		if !outlook.MayRun() {
			promises++
		}
	}
	if promises == 0 {
		t.Error("no combination promised anything, so nothing was proved")
	}
}

func TestAskHasNoAnswer(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	shell := guard.Check{Command: host.Command{Argv: []string{"sh"}}, UnderShell: true}
	bare := guard.Check{Command: host.Command{Argv: []string{"sh"}}}
	cases := map[string]struct {
		set    guard.Set
		script func(f *hosttest.Fake)
		want   guard.Verdict
		reason guard.Reason
	}{
		"a guard that could not start": {
			set: guard.Set{Unless: []guard.Check{bare}}, script: func(f *hosttest.Fake) { f.On("sh").Stderr("why").Fail(broken) },
			want: guard.Unsure, reason: guard.Reason{Kind: guard.Unless, Err: broken, Stderr: "why"},
		},
		"a path that may not be looked at": {
			set: guard.Set{Creates: []string{"/x"}}, script: func(f *hosttest.Fake) { f.FileError("/x", broken) },
			want: guard.Unsure, reason: guard.Reason{Kind: guard.Creates, Path: "/x", Err: broken},
		},
		"a shell that says it found nothing": {
			set: guard.Set{OnlyIf: []guard.Check{shell}}, script: func(f *hosttest.Fake) { f.On("sh").Stderr("not found").Exit(127) },
			want: guard.Unsure, reason: guard.Reason{Kind: guard.OnlyIf, ExitCode: 127, Refused: true, Stderr: "not found"},
		},
		"a shell that says it may not execute": {
			set: guard.Set{OnlyIf: []guard.Check{shell}}, script: func(f *hosttest.Fake) { f.On("sh").Stderr("denied").Exit(126) },
			want: guard.Unsure, reason: guard.Reason{Kind: guard.OnlyIf, ExitCode: 126, Refused: true, Stderr: "denied"},
		},
		"a silent 127 under a shell is an answer": {
			set: guard.Set{OnlyIf: []guard.Check{shell}}, script: func(f *hosttest.Fake) { f.On("sh").Exit(127) },
			want: guard.Skip, reason: guard.Reason{Kind: guard.OnlyIf, ExitCode: 127},
		},
		"a 127 without a shell is an answer": {
			set: guard.Set{OnlyIf: []guard.Check{bare}}, script: func(f *hosttest.Fake) { f.On("sh").Stderr("x").Exit(127) },
			want: guard.Skip, reason: guard.Reason{Kind: guard.OnlyIf, ExitCode: 127},
		},
		"a shell that exits 1 and complains is an answer": {
			set: guard.Set{OnlyIf: []guard.Check{shell}}, script: func(f *hosttest.Fake) { f.On("sh").Stderr("x").Exit(1) },
			want: guard.Skip, reason: guard.Reason{Kind: guard.OnlyIf, ExitCode: 1},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := hosttest.NewFake(t)
			tc.script(fake)
			got := tc.set.Ask(t.Context(), fake)
			if got.Verdict != tc.want {
				t.Errorf("verdict %v, want %v", got.Verdict, tc.want)
			}
			if diff := cmp.Diff([]guard.Reason{tc.reason}, got.Reasons, cmp.Comparer(func(a, b error) bool { return errors.Is(a, b) })); diff != "" {
				t.Errorf("reasons (-want +got):\n%s", diff)
			}
		})
	}
}

// With several commands the first that decides is the last that is asked.
func TestAskStopsAtTheFirstThatDecides(t *testing.T) {
	t.Parallel()
	check := func(name string) guard.Check { return guard.Check{Command: host.Command{Argv: []string{name}}} }
	fake := hosttest.NewFake(t)
	fake.On("a").Exit(1)
	fake.On("b").Exit(0)
	set := guard.Set{Unless: []guard.Check{check("a"), check("b"), check("c")}}
	got := set.Ask(t.Context(), fake)
	want := guard.Decision{Verdict: guard.Skip, Reasons: []guard.Reason{{Kind: guard.Unless, Index: 1}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Ask() (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"run a", "run b"}, fake.Log()); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

func TestAskTakesRelativePathsFromDir(t *testing.T) {
	t.Parallel()
	fake := hosttest.NewFake(t)
	fake.File("/srv/sub/x", false)
	fake.File("/abs", true)
	set := guard.Set{Creates: []string{"sub/x"}, Removes: []string{"/abs"}, Dir: "/srv"}
	if got := set.Ask(t.Context(), fake).Verdict; got != guard.Run {
		t.Errorf("verdict %v, want run", got)
	}
}

// asked is a host that remembers how it is asked about paths, and answers for the first few.
type asked struct {
	host.Host
	answers int
	paths   [][]string
}

func (a *asked) Exists(ctx context.Context, paths ...string) iter.Seq2[bool, error] {
	a.paths = append(a.paths, paths)
	return a.Host.Exists(ctx, paths[:min(a.answers, len(paths))]...)
}

// A host that is far away looks at what it is asked about in one go.
func TestAskPutsAllPathsInOneQuestion(t *testing.T) {
	t.Parallel()
	fake := hosttest.NewFake(t)
	for path, exists := range map[string]bool{"/a": false, "/w/b": false, "/c": true, "/d": false} {
		fake.File(path, exists)
	}
	h := &asked{Host: fake, answers: 9}
	set := guard.Set{Creates: []string{"/a", "b"}, Removes: []string{"/c", "/d", "/e"}, Dir: "/w"}
	got := set.Ask(t.Context(), h)
	want := guard.Decision{Verdict: guard.Skip, Reasons: []guard.Reason{{Kind: guard.Removes, Path: "/d", Index: 1}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Ask() (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]string{{"/a", "/w/b", "/c", "/d", "/e"}}, h.paths); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"exists /a", "exists /w/b", "exists /c", "exists /d"}, fake.Log()); diff != "" {
		t.Errorf("answers taken (-want +got):\n%s", diff)
	}
}

func TestAskTakesNoMissingAnswerForOne(t *testing.T) {
	t.Parallel()
	fake := hosttest.NewFake(t)
	fake.File("/a", false)
	fake.File("/b", false)
	set := guard.Set{Creates: []string{"/a", "/b"}}
	if got := set.Ask(t.Context(), &asked{Host: fake, answers: 2}); got.Verdict != guard.Run {
		t.Errorf("control: Ask() = %+v, want run", got)
	}
	got := set.Ask(t.Context(), &asked{Host: fake, answers: 1})
	if got.Verdict != guard.Unsure || got.Reasons[0].Path != "/b" || got.Reasons[0].Err == nil {
		t.Errorf("Ask() = %+v, want no answer about /b", got)
	}
}

func TestAskLimitsEachGuard(t *testing.T) {
	t.Parallel()
	fake := hosttest.NewFake(t)
	fake.On("slow").Do(func(ctx context.Context, _ host.Command) error {
		<-ctx.Done()
		return &host.StopError{Cause: context.Cause(ctx)}
	})
	set := guard.Set{Unless: []guard.Check{{Command: host.Command{Argv: []string{"slow"}}}}, Timeout: time.Millisecond}
	got := set.Ask(t.Context(), fake)
	if got.Verdict != guard.Unsure || !guard.TimedOut(got.Reasons[0].Err) {
		t.Errorf("Ask() = %+v, want no answer because of the time limit", got)
	}
}
