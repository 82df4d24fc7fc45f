//go:build unix

package hosttest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

func streams(t *testing.T, h host.Host) {
	t.Helper()
	long := strings.Repeat("0123456789abcde\n", 40_000)
	tests := map[string]struct {
		c              host.Command
		stdout, stderr string
	}{
		"stdout and stderr are kept apart": {
			c:      host.Command{Argv: sh(`echo out; echo err >&2`)},
			stdout: "out\n", stderr: "err\n",
		},
		"no stdin is end of file":   {c: host.Command{Argv: sh(`cat; echo end`)}, stdout: "end\n"},
		"stdin is passed untouched": {c: host.Command{Argv: sh(`cat`), Stdin: "a\x00b\xff\r\nc"}, stdout: "a\x00b\xff\r\nc"},
		"stdin longer than a pipe":  {c: host.Command{Argv: sh(`cat`), Stdin: long}, stdout: long},
		"stdin that nobody reads":   {c: host.Command{Argv: sh(`echo end`), Stdin: long}, stdout: "end\n"},
		"stdin that is closed":      {c: host.Command{Argv: sh(`exec <&-; echo end`), Stdin: long}, stdout: "end\n"},
		"stdin read in part":        {c: host.Command{Argv: sh(`read -r line; echo "$line"`), Stdin: long}, stdout: "0123456789abcde\n"},
		"the words arrive as they are": {
			c:      host.Command{Argv: sh(`printf '<%s>' "$@"`, "", "a b", `"$x'`, "\n", "*", "-n", "ä\xff")},
			stdout: "<><a b><\"$x'><\n><*><-n><ä\xff>",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := must(t, h, tt.c)
			if r.stdout != tt.stdout || r.stderr != tt.stderr {
				t.Errorf("stdout %.100q, stderr %.100q", r.stdout, r.stderr)
			}
			if r.OutputHeld {
				t.Error("nobody held the output")
			}
		})
	}
	t.Run("no writer", func(t *testing.T) {
		t.Parallel()
		r, err := h.Run(t.Context(), host.Command{Argv: sh(`echo out && echo err >&2`)})
		if err != nil || r.ExitCode != 0 {
			t.Errorf("exit code %d, %v", r.ExitCode, err)
		}
	})
	t.Run("one writer for both", func(t *testing.T) {
		t.Parallel()
		var both bytes.Buffer
		_, err := h.Run(t.Context(), host.Command{Argv: sh(`echo out; echo err >&2`), Stdout: &both, Stderr: &both})
		if err != nil || len(both.String()) != len("out\nerr\n") {
			t.Errorf("%q, %v", both.String(), err)
		}
	})
}

// failing is a writer that fails from the start.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// slow is a writer that is slower than what it writes down.
type slow struct{ bytes.Buffer }

func (s *slow) Write(b []byte) (int, error) {
	time.Sleep(time.Millisecond)
	return s.Buffer.Write(b)
}

func output(t *testing.T, h host.Host) {
	t.Helper()
	t.Run("a line of ten megabytes", func(t *testing.T) {
		t.Parallel()
		r := must(t, h, host.Command{Argv: sh(`head -c 10000000 /dev/zero | tr '\0' x; echo; echo end`)})
		if want := strings.Repeat("x", 10_000_000) + "\nend\n"; r.stdout != want {
			t.Errorf("%d bytes, want %d", len(r.stdout), len(want))
		}
	})
	t.Run("invalid UTF-8", func(t *testing.T) {
		t.Parallel()
		r := must(t, h, host.Command{Argv: sh(`printf '\377\300\200\0\342\202'; printf '\200' >&2`)})
		if r.stdout != "\xff\xc0\x80\x00\xe2\x82" || r.stderr != "\x80" {
			t.Errorf("stdout %q, stderr %q", r.stdout, r.stderr)
		}
	})
	t.Run("many megabytes on both streams", func(t *testing.T) {
		t.Parallel()
		stdout, stderr := sha256.New(), sha256.New()
		_, err := h.Run(t.Context(), host.Command{
			Argv:   sh(`yes out | head -c 40000000 & yes err | head -c 40000000 >&2; wait`),
			Stdout: stdout, Stderr: stderr,
		})
		if err != nil {
			t.Fatal(err)
		}
		for word, got := range map[string][]byte{"out\n": stdout.Sum(nil), "err\n": stderr.Sum(nil)} {
			if want := sha256.Sum256(bytes.Repeat([]byte(word), 10_000_000)); !bytes.Equal(got, want[:]) {
				t.Errorf("what should repeat %q is not whole", word)
			}
		}
	})
	t.Run("a slow writer gets everything", func(t *testing.T) {
		t.Parallel()
		var w slow
		_, err := h.Run(t.Context(), host.Command{Argv: sh(`head -c 3000000 /dev/zero; printf end`), Stdout: &w})
		if err != nil || w.Len() != 3_000_003 || !strings.HasSuffix(w.String(), "end") {
			t.Errorf("%d bytes, %v", w.Len(), err)
		}
	})
	t.Run("a writer that fails does not end the command", func(t *testing.T) {
		t.Parallel()
		made := filepath.Join(t.TempDir(), "made")
		r, err := h.Run(t.Context(), host.Command{
			Argv:   sh(`head -c 3000000 /dev/zero && : > "$1"`, made),
			Stdout: failing{}, Stderr: failing{},
		})
		if err != nil || r.ExitCode != 0 {
			t.Errorf("exit code %d, %v", r.ExitCode, err)
		}
		if _, err := os.Stat(made); err != nil {
			t.Errorf("the command did not reach its end: %v", err)
		}
	})
}
