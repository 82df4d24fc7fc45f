package provider_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/enginetest"
)

// move is what becomes of one resource from one apply to the next.
type move struct {
	first string // Its attributes in the first apply; empty means that it is not there yet.
	then  string // Its attributes in the second apply; empty means those of the first.

	before []string // What happens to the machine before the second plan, see stage.
	flip   []string // What happens between that plan, which is saved, and its apply.

	action string // What the second plan says.
	open   bool   // Whether it leaves run_id open.
	ran    string // What the second apply ran.
	again  bool   // Whether a third plan wants to run it.
}

// testMoves makes all moves in one workspace, each in a directory of its own, where its
// commands run.
func testMoves(t *testing.T, moves map[string]move) {
	t.Helper()
	w := enginetest.New(t)
	write := func(body func(m move) string) {
		var hcl strings.Builder
		for name, m := range moves {
			if b := body(m); b != "" {
				fmt.Fprintf(&hcl, "resource \"exec\" %q {\n  shell = true\n  %s\n", slug(name), b)
				if !strings.Contains(b, "cwd ") {
					fmt.Fprintf(&hcl, "  cwd = %q\n", w.Path(slug(name)))
				}
				hcl.WriteString("}\n")
			}
		}
		w.Config(hcl.String())
	}
	for name := range moves {
		stage(t, w.Path(slug(name)), "+here")
	}
	write(func(m move) string { return m.first })
	w.Apply()
	ids := map[string]any{}
	for address, r := range w.State() {
		ids[address] = r.Values["run_id"]
	}
	for name, m := range moves {
		w.Remove(filepath.Join(slug(name), "ran"))
		stage(t, w.Path(slug(name)), m.before...)
	}
	write(func(m move) string {
		if m.then == "" {
			return m.first
		}
		return m.then
	})
	plan := w.Plan()
	for name, m := range moves {
		stage(t, w.Path(slug(name)), m.flip...)
	}
	w.Must("apply", "tfplan")
	state := w.State()
	next := w.Plan()
	for name, m := range moves {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := "exec." + slug(name)
			change := plan.Change(t, address)
			equal(t, "action", change.Action(), m.action)
			equal(t, "run_id is left open", change.MayRun(), m.open)
			ran, err := words(w.Path(filepath.Join(slug(name), "ran")))
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "what ran", strings.Join(ran, " "), m.ran)
			// A new run_id is the mark of a run, and the old one that of none.
			values := state[address].Values
			if before, there := ids[address]; there {
				equal(t, "run_id changed", values["run_id"] != before, m.ran != "")
			} else {
				equal(t, "there is a run_id", values["run_id"] != nil, m.ran != "")
			}
			equal[any](t, "in_sync", values["in_sync"], true)
			third := next.Change(t, address)
			equal(t, "the next plan is empty", third.Action() == "no-op", !m.again)
			equal(t, "the next plan leaves run_id open", third.MayRun(), m.again)
		})
	}
}

const (
	untilMade   = "creates = \"made\"\n  command = \"echo command >> ran; touch made\""
	unlessMade  = "unless = \"test -e made\"\n  command = \"echo command >> ran; touch made\""
	whileWanted = "onlyif = \"test -e wanted\"\n  command = \"echo command >> ran; rm wanted\""
	removeThis  = "removes = \"this\"\n  command = \"echo command >> ran; rm this\""
	unguarded   = "command = \"echo command >> ran\""
)

// A saved plan may be applied much later. What the guards say at the moment of running
// counts, within what the plan showed.
func TestAccExecGuardFlipsBeforeApply(t *testing.T) {
	t.Parallel()
	testMoves(t, map[string]move{
		"create, creates appears":            {then: untilMade, flip: []string{"+made"}, action: "create", open: true},
		"create, creates disappears":         {then: untilMade, before: []string{"+made"}, flip: []string{"-made"}, action: "create", open: true, ran: "command"},
		"create, creates stays absent":       {then: untilMade, action: "create", open: true, ran: "command"},
		"create, creates stays":              {then: untilMade, before: []string{"+made"}, action: "create", open: true},
		"create, unless turns to skip":       {then: unlessMade, flip: []string{"+made"}, action: "create", open: true},
		"create, unless turns to run":        {then: unlessMade, before: []string{"+made"}, flip: []string{"-made"}, action: "create", open: true, ran: "command"},
		"create, onlyif turns to skip":       {then: whileWanted, before: []string{"+wanted"}, flip: []string{"-wanted"}, action: "create", open: true},
		"create, onlyif turns to run":        {then: whileWanted, flip: []string{"+wanted"}, action: "create", open: true, ran: "command"},
		"create, removes turns to skip":      {then: removeThis, before: []string{"+this"}, flip: []string{"-this"}, action: "create", open: true},
		"create, removes turns to run":       {then: removeThis, flip: []string{"+this"}, action: "create", open: true, ran: "command"},
		"create, subscribe asks no guard":    {then: untilMade + "\nsubscribe = 1", flip: []string{"+made"}, action: "create", open: true, ran: "command"},
		"create, recheck_on lets them veto":  {then: untilMade + "\nrecheck_on = 1", flip: []string{"+made"}, action: "create", open: true},
		"update, creates reappears":          {first: untilMade, before: []string{"-made"}, flip: []string{"+made"}, action: "update", open: true},
		"update, creates stays absent":       {first: untilMade, before: []string{"-made"}, action: "update", open: true, ran: "command"},
		"update, unless turns to skip":       {first: unlessMade, before: []string{"-made"}, flip: []string{"+made"}, action: "update", open: true},
		"update, onlyif turns to skip":       {first: whileWanted, before: []string{"+wanted"}, flip: []string{"-wanted"}, action: "update", open: true},
		"update, removes turns to skip":      {first: removeThis, before: []string{"+this"}, flip: []string{"-this"}, action: "update", open: true},
		"no-op, creates disappears too late": {first: untilMade, flip: []string{"-made"}, action: "no-op", again: true},
		"no-op, onlyif holds too late":       {first: whileWanted, flip: []string{"+wanted"}, action: "no-op", again: true},
		"label edited, creates disappears too late": {
			first: untilMade, then: untilMade + "\nname = \"label\"", flip: []string{"-made"}, action: "update", again: true,
		},
		"definition edited, creates disappears too late": {
			first: untilMade, then: untilMade + "\nstdin = \"other\"", flip: []string{"-made"}, action: "update", again: true,
		},
		"definition and guard edited, the new guard turns to skip": {
			first: untilMade, then: "creates = \"other\"\ncommand = \"echo other >> ran\"", flip: []string{"+other"}, action: "update", open: true,
		},
		"guard edited, the new one turns to skip": {
			first: untilMade, then: "creates = \"other\"\ncommand = \"echo command >> ran; touch other\"", flip: []string{"+other"}, action: "update", open: true,
		},
		"guard edited, the new one turns to run": {
			first: untilMade, then: "creates = \"other\"\ncommand = \"echo command >> ran; touch other\"", before: []string{"+other"}, flip: []string{"-other"},
			action: "update", open: true, ran: "command",
		},
		"guard edited, the new one says skip all along": {
			first: untilMade, then: "creates = \"other\"\ncommand = \"echo command >> ran; touch other\"", before: []string{"+other"}, action: "update", open: true,
		},
		"guard edited, the new one says run all along": {
			first: untilMade, then: "unless = \"test -e other\"\ncommand = \"echo command >> ran; touch other\"", action: "update", open: true, ran: "command",
		},
		"environment of a guard edited, it turns to skip": {
			first: "unless = \"test -e $FILE\"\nenvironment = { FILE = \"here\" }\n" + unguarded,
			then:  "unless = \"test -e $FILE\"\nenvironment = { FILE = \"there\" }\n" + unguarded,
			flip:  []string{"+there"}, action: "update", open: true,
		},
		"environment of a guard edited, it turns to run": {
			first:  "unless = \"test -e $FILE\"\nenvironment = { FILE = \"here\" }\n" + unguarded,
			then:   "unless = \"test -e $FILE\"\nenvironment = { FILE = \"there\" }\ncommand = \"echo command >> ran; touch there\"",
			before: []string{"+there"}, flip: []string{"-there"}, action: "update", open: true, ran: "command",
		},
		"environment edited beside creates, which no variable changes": {
			first: untilMade, then: untilMade + "\nenvironment = { A = 1 }", flip: []string{"-made"}, action: "update", again: true,
		},
		"guard added, it says skip": {first: unguarded, then: unguarded + "\ncreates = \"here\"", action: "update", open: true},
		"guard added and taken away again by the machine": {
			first: unguarded, then: unguarded + "\nunless = \"test -e here\"", flip: []string{"-here"}, action: "update", open: true, ran: "command", again: true,
		},
		"guard removed, nothing else changed": {first: untilMade, then: "command = \"echo command >> ran; touch made\"", action: "update"},
		"refresh_only added, its guard no longer counts": {
			first: whileWanted + "\nrecheck_on = 1", then: whileWanted + "\nrecheck_on = 1\nrefresh_only = true",
			before: []string{"+wanted"}, action: "update",
		},
		"refresh_only removed, the guard turns to run": {
			first: whileWanted + "\nrecheck_on = 1\nrefresh_only = true", then: whileWanted + "\nrecheck_on = 1",
			flip: []string{"+wanted"}, action: "update", open: true, ran: "command",
		},
		"refresh_only removed, the guard turns to skip": {
			first: whileWanted + "\nrecheck_on = 1\nrefresh_only = true", then: whileWanted + "\nrecheck_on = 1",
			before: []string{"+wanted"}, flip: []string{"-wanted"}, action: "update", open: true,
		},
		"recheck_on changed, the guard turns to skip": {
			first: untilMade + "\nrecheck_on = 1", then: untilMade + "\nrecheck_on = 2", before: []string{"-made"}, flip: []string{"+made"},
			action: "update", open: true,
		},
		"recheck_on changed, the guard turns to run": {
			first: untilMade + "\nrecheck_on = 1", then: untilMade + "\nrecheck_on = 2", flip: []string{"-made"},
			action: "update", open: true, ran: "command",
		},
	})
}

// The contract that a policy relies on: run_id known in the JSON plan is a promise that
// nothing runs, and everything that can run leaves it open.
func TestAccExecPlannedRunID(t *testing.T) {
	t.Parallel()
	testMoves(t, map[string]move{
		"nothing changed":            {first: unguarded, action: "no-op"},
		"name changed":               {first: unguarded, then: unguarded + "\nname = \"label\"", action: "update"},
		"limits changed":             {first: unguarded, then: unguarded + "\ntimeout = \"9s\"\ntries = 2\ntry_sleep = \"1s\"\nlock = \"acceptance\"", action: "update"},
		"returns changed":            {first: unguarded, then: unguarded + "\nreturns = [0, 7]\nunchanged_returns = [8]", action: "update"},
		"output options changed":     {first: unguarded, then: unguarded + "\nlogoutput = \"false\"\nlog_file = \"/dev/null\"\noutput_limit = 9", action: "update"},
		"sensitive_output changed":   {first: unguarded, then: unguarded + "\nsensitive_output = true", action: "update"},
		"destroy changed":            {first: unguarded, then: unguarded + "\ndestroy = { command = \"true\" }", action: "update"},
		"refresh changed":            {first: unguarded, then: unguarded + "\nrefresh = \"true\"", action: "update"},
		"subscribe removed":          {first: unguarded + "\nsubscribe = 1", then: unguarded, action: "update"},
		"recheck_on removed":         {first: unguarded + "\nrecheck_on = 1", then: unguarded, action: "update"},
		"always set to what it was":  {first: unguarded, then: unguarded + "\nalways = false", action: "update"},
		"command changed":            {first: unguarded, then: "command = \"echo other >> ran\"", action: "update", open: true, ran: "other"},
		"command becomes an argv":    {first: unguarded, then: "command = [\"sh\", \"-c\", \"echo argv >> ran\"]", action: "update", open: true, ran: "argv"},
		"command moves to name":      {first: unguarded, then: "name = \"echo command >> ran\"", action: "update"},
		"command changed in refresh": {first: unguarded + "\nrefresh_only = true\nsubscribe = 1", then: "command = \"echo other >> ran\"\nrefresh_only = true\nsubscribe = 1", action: "update"},
		"stdin changed":              {first: unguarded, then: unguarded + "\nstdin = \"text\"", action: "update", open: true, ran: "command"},
		"variables changed":          {first: unguarded, then: unguarded + "\nenvironment = { A = \"1\" }", action: "update", open: true, ran: "command"},
		"secret variables changed":   {first: unguarded, then: unguarded + "\nsensitive_environment = { A = \"1\" }", action: "update", open: true, ran: "command"},
		"path changed":               {first: unguarded, then: unguarded + "\npath = [\"/usr/bin\", \"/bin\"]", action: "update", open: true, ran: "command"},
		"umask changed":              {first: unguarded, then: unguarded + "\numask = \"077\"", action: "update", open: true, ran: "command"},
		"inheritance changed":        {first: unguarded, then: unguarded + "\ninherit_environment = false", action: "update", open: true, ran: "command"},
		"subscribe added":            {first: unguarded, then: unguarded + "\nsubscribe = 1", action: "update", open: true, ran: "command"},
		"subscribe changed":          {first: unguarded + "\nsubscribe = 1", then: unguarded + "\nsubscribe = 2", action: "update", open: true, ran: "command"},
		"recheck_on added":           {first: unguarded, then: unguarded + "\nrecheck_on = 1", action: "update", open: true, ran: "command"},
		"always set":                 {first: unguarded, then: unguarded + "\nalways = true", action: "update", open: true, ran: "command", again: true},
		"guard drifted":              {first: untilMade, before: []string{"-made"}, action: "update", open: true, ran: "command"},
		"guard drifted, and refresh_only": {
			first:  whileWanted + "\nrecheck_on = 1\nrefresh_only = true",
			before: []string{"+wanted"}, action: "no-op",
		},
		"stdin changed beside an argv": {
			first: "command = [\"sh\", \"-c\", \"echo argv >> ran\"]", then: "command = [\"sh\", \"-c\", \"echo argv >> ran\"]\nstdin = \"x\"",
			action: "update", open: true, ran: "argv",
		},
	})
}
