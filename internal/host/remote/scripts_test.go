package remote

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"mvdan.cc/sh/v3/syntax"
)

// A script and what becomes of it mean the same, and any login shell can read it.
func TestScriptsFitIntoOneLine(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{"run": runText, "keep": keepText, "look": lookText, "digest": digestText} {
		line := oneLine(script)
		if diff := cmp.Diff(printed(t, script), printed(t, line)); diff != "" {
			t.Errorf("%s (-script +line):\n%s", name, diff)
		}
		for _, refused := range []string{"\n", "'", "!", `\\`, `\'`} {
			if strings.Contains(line, refused) {
				t.Errorf("%s holds %q, which some login shell would not leave alone", name, refused)
			}
		}
	}
}

// Dropbear takes no longer line.
func TestLinesAreShort(t *testing.T) {
	t.Parallel()
	for i, line := range []string{commandLine(shell, runText), commandLine(shell, keepText), commandLine(shell, lookText)} {
		if len(line) >= 9000 {
			t.Errorf("line %d is %d bytes long", i, len(line))
		}
	}
}

// printed returns a script in the one form that the printer gives it.
func printed(t *testing.T, script string) string {
	t.Helper()
	parsed, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(script), "")
	if err != nil {
		t.Fatal(err)
	}
	// Where lines are broken is up to who wrote it, so each statement is printed alone.
	var b strings.Builder
	syntax.Walk(parsed, func(node syntax.Node) bool {
		switch n := node.(type) {
		case *syntax.Word:
			if err := syntax.NewPrinter().Print(&b, n); err != nil {
				t.Fatal(err)
			}
			b.WriteString("\n")
			return false
		case nil:
			b.WriteString(")\n")
		default:
			b.WriteString(fmt.Sprintf("%T", n) + "(\n")
		}
		return true
	})
	return b.String()
}
