//go:build unix

package remote_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/local"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/remote"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/needs"
)

// told is what a caller sees of a run, but for times.
type told struct {
	Stdout, Stderr string
	ExitCode       int
	Err            string
}

func tell(t *testing.T, h host.Host, c host.Command) told {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	stdout, stderr, r, err := run(ctx, h, c)
	got := told{Stdout: stdout, Stderr: stderr, ExitCode: r.ExitCode}
	if start, ok := errors.AsType[*host.StartError](err); ok {
		got.Err = fmt.Sprintf("%v: %s", start.Reason, start.Subject)
		// A shell complains of what it cannot execute.
		got.Stderr = ""
	} else if err != nil {
		got.Err = err.Error()
	}
	return got
}

// underShells are machines like this one with another /bin/sh.
func underShells(t *testing.T) map[string]host.Host {
	t.Helper()
	hosts := map[string]host.Host{}
	for _, name := range []string{"dash", "bash", "busybox"} {
		p := hosttest.NewSSHD(t).Place(t)
		m := machines(t, p)
		m.UseShell(linked(t, needs.Program(t, name)))
		hosts[name] = hostAt(t, m, placeOf(p))
	}
	return hosts
}

// What this machine says of a file that is to be executed, another one says as well.
func TestProgramsAsHere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) string {
		syscall.ForkLock.RLock()
		defer syscall.ForkLock.RUnlock()
		if err := os.WriteFile(at(name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
		return at(name)
	}
	link := func(name, to string) string {
		if err := os.Symlink(to, at(name)); err != nil {
			t.Fatal(err)
		}
		return at(name)
	}
	true64, err := os.ReadFile(needs.Program(t, "true"))
	if err != nil {
		t.Fatal(err)
	}
	patched := func(offset int, b ...byte) string {
		text := []byte(string(true64))
		copy(text[offset:], b)
		return string(text)
	}
	good := write("good", "#!/bin/sh\necho ran\n")
	plain := write("plain", "echo ran\n")
	long := strings.Repeat("/"+strings.Repeat("x", 99), 2)
	if err := os.MkdirAll(at(long), 0o700); err != nil {
		t.Fatal(err)
	}
	far := func(n int) string { return dir + strings.Repeat("/", n-len(good)) + good[len(dir):] }
	loader := strings.Replace(string(true64), "/lib64/ld-linux", "/lib65/ld-linux", 1)
	paths := []string{
		good, plain, dir, at("nothing"), at("plain/x"), at(strings.Repeat("x", 300)),
		link("link", good), link("dangling", at("nowhere")), link("circle", at("circle")), link("below", at("plain/x")),
		write("spaces", "#! \t /bin/sh \t -e \necho ran\n"), write("env", "#!/usr/bin/env sh\necho ran\n"),
		write("noend", "#!/bin/true"), write("alone2", "#!\n"), write("blank", "#! \t\n/bin/sh\n"),
		write("dos", "#!/bin/sh\r\necho ran\r\n"), write("bom", "\xef\xbb\xbf#!/bin/sh\necho ran\n"), write("empty", ""),
		write("line", "\n#!/bin/sh\necho ran\n"), write("nul", "\x00\x01\x02\n"), write("nul2", "echo ran\x00\n"), write("late", "echo ran\n\x00"),
		write("onbad", "#!"+plain+"\n"), write("ondir", "#!"+dir+"\n"), write("ongood", "#!"+good+"\n"), write("onself", "#!"+at("onself")+"\n"),
		write("onnone", "#!"+at("nothing")+"\n"), write("relative", "#!bin/sh\necho ran\n"),
		write("far253", "#!"+far(253)+"\n"), write("far254", "#!"+far(254)+"\n"), write("far300", "#!"+far(300)+"\n"),
		write("longargs", "#!/bin/sh -e"+strings.Repeat(" ", 300)+"x\necho ran\n"), write("longspaces", "#!"+strings.Repeat(" ", 300)+"/bin/sh\n"),
		write("elf", string(true64)), write("elfshort", string(true64[:40])), write("elfobject", patched(16, 1, 0)), write("elfcore", patched(16, 4, 0)),
		write("elfarm", patched(18, 0xb7, 0)), write("elfloader", loader), write("elfheaders", patched(54, 1, 0)),
		write("MZ", "MZ\x90\x00\x03\n"), write("a=b", "#!/bin/sh\necho ran\n"), write("new\nline", "#!/bin/sh\necho ran\n"),
		write("-n", "#!/bin/sh\necho ran\n"), write("quote'\"$x`*?[a]", "#!/bin/sh\necho ran\n"), write("ä\xff", "#!/bin/sh\necho ran\n"),
	}
	here := local.New()
	for name, there := range underShells(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, path := range paths {
				for _, clean := range []bool{false, true} {
					c := host.Command{Argv: []string{path, "word"}, Dir: "/", CleanEnv: clean}
					if diff := cmp.Diff(tell(t, here, c), tell(t, there, c)); diff != "" {
						t.Errorf("%s, clean %v (-here +there):\n%s", strings.TrimPrefix(path, dir), clean, diff)
					}
				}
			}
		})
	}
}

// Only what no shell could give a command is seen by who lists processes.
func TestVariablesAreNoWordsOfAProcess(t *testing.T) {
	t.Parallel()
	for name, seen := range map[string]bool{
		"TOKEN": false, "BASHHUB_TOKEN": false, "BASH_TOKEN": false, "COMP_TOKEN": false, "EPOCH_TOKEN": false, "ENVIRONMENT": false, "UID_TOKEN": false,
		"BASH_ENV": true, "COMP_WORDS": true, "EPOCHSECONDS": true, "UID": true, "my.token": true,
	} {
		text, rest := remote.Surroundings(host.Command{Env: map[string]string{name: "s3cr3t"}})
		if inText, inRest := strings.Contains(text, "s3cr3t"), strings.Contains(strings.Join(rest, " "), "s3cr3t"); inText == seen || inRest != seen {
			t.Errorf("%s: in the shell %v, among the words %v", name, inText, inRest)
		}
	}
}

// What this machine makes of random words, variables and directories, another one does too.
func TestCommandsAsHere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	texts := []string{
		"", "a", "-", "--", "-n", "-e", "=", "a=b", "~", "*", "?", "[a]", "!", "#", ":", ";", "&", "|", "(", "{", "$x", "`x`", "\\", "\\n", "\\c", "'", `"`,
		" ", "\t", "\n", "\r", "\x01", "\x7f", "\x7f\x01", "ä", "\xff", "\xe2\x82", "%s", "/", ".", "..", "\n\n", "'\n'", "$(id)", "${x}", "<", ">",
	}
	names := []string{
		"A", "a_1", "IFS", "CDPATH", "ENV", "BASH_ENV", "PS4", "LC_ALL", "LANG", "POSIXLY_CORRECT", "FUNCNEST", "TMOUT", "OLDPWD", "PWD", "HOME", "SHELL",
		"OPTIND", "_", "HISTFILE", "TERM", "BASHOPTS", "GLOBIGNORE", "a.b", "a-b", "PPID", "BASH_COMPAT", "TZ", "SHLVL",
		"BASH_TOKEN", "COMP_TOKEN", "EPOCH",
	}
	pick := func(from []string) string { return from[rand.IntN(len(from))] }
	text := func() string {
		var b strings.Builder
		for range rand.IntN(4) {
			b.WriteString(pick(texts))
		}
		return b.String()
	}
	here := local.New()
	for name, there := range underShells(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 40 {
				c := host.Command{CleanEnv: rand.IntN(2) == 0, Env: map[string]string{}, Stdin: text()}
				for range rand.IntN(5) {
					c.Env[pick(names)] = text()
				}
				c.Dir = filepath.Join(dir, strings.ReplaceAll(text(), "/", "+")+"x")
				if err := os.MkdirAll(c.Dir, 0o700); err != nil {
					t.Fatal(err)
				}
				words := []string{"/usr/bin/printf", "%s\\0"}
				for range rand.IntN(5) {
					words = append(words, text())
				}
				for _, c.Argv = range [][]string{words, {"/usr/bin/env", "-0"}, {"/bin/pwd", "-P"}, {"/bin/cat"}} {
					want, got := tell(t, here, c), tell(t, there, c)
					if c.Argv[0] == "/usr/bin/env" {
						want.Stdout, got.Stdout = variables(want.Stdout, c.Env), variables(got.Stdout, c.Env)
					}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("%q in %q with %q (-here +there):\n%s", c.Argv, c.Dir, c.Env, diff)
					}
				}
			}
		})
	}
}

// variables are those of an environment that a command was given.
func variables(environment string, given map[string]string) string {
	var kept []string
	for entry := range strings.SplitSeq(environment, "\x00") {
		name, _, _ := strings.Cut(entry, "=")
		if _, ok := given[name]; ok {
			kept = append(kept, entry)
		}
	}
	slices.Sort(kept)
	return strings.Join(kept, "\n")
}

// What is registered with Linux can be executed, such as a program for an emulator.
func TestRegisteredFormats(t *testing.T) {
	t.Parallel()
	formats, dir := t.TempDir(), t.TempDir()
	p := hosttest.NewSSHD(t).Place(t)
	m := machines(t, p)
	m.UseFormats(formats)
	h := hostAt(t, m, placeOf(p))
	file := filepath.Join(dir, "program.foo")
	// The shell itself runs what it is let execute and the system does not know.
	if err := os.WriteFile(file, []byte("echo ran\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got := tell(t, h, host.Command{Argv: []string{file}}); !strings.Contains(got.Err, host.FormatUnknown.String()) {
		t.Errorf("control: %+v", got)
	}
	entry := "enabled\ninterpreter /usr/bin/foo\nflags: \nextension .foo\n"
	if err := os.WriteFile(filepath.Join(formats, "foo"), []byte(entry), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := tell(t, h, host.Command{Argv: []string{file}}); got.Stdout != "ran\n" {
		t.Errorf("registered: %+v", got)
	}
}
