//go:build unix

package local

import (
	"context"
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/hosttest"
)

func TestParseAccount(t *testing.T) {
	t.Parallel()
	jane := &user.User{Username: "jane", Uid: "70001", Gid: "70002", HomeDir: "/home/jane"}
	for name, tc := range map[string]struct {
		line string
		want *user.User
	}{
		"an account":          {"jane:x:70001:70002:Jane Doe,,,:/home/jane:/bin/bash", jane},
		"without a shell":     {"jane:*:70001:70002::/home/jane", jane},
		"of a domain":         {`ACME\jane:*:70001:70002::/home/jane:`, &user.User{Username: `ACME\jane`, Uid: "70001", Gid: "70002", HomeDir: "/home/jane"}},
		"the largest number":  {"jane:x:4294967295:0::/:", &user.User{Username: "jane", Uid: "4294967295", Gid: "0", HomeDir: "/"}},
		"nothing":             {"", nil},
		"a name alone":        {"jane", nil},
		"a group":             {"jane:x:70001:jane,joe", nil},
		"no number":           {"jane:x::70002::/home/jane:/bin/bash", nil},
		"no group":            {"jane:x:70001:users::/home/jane:/bin/bash", nil},
		"too large a number":  {"jane:x:4294967296:0::/:", nil},
		"an account unnamed":  {":x:70001:70002::/home/jane:/bin/bash", nil},
		"words of a language": {"getent: Unbekannte Datenbank: x", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := parseAccount(tc.line)
			if diff := cmp.Diff(tc.want, got); diff != "" || (err == nil) != (tc.want != nil) {
				t.Errorf("%v, %s", err, diff)
			}
		})
	}
}

func TestParseGroup(t *testing.T) {
	t.Parallel()
	staff := &user.Group{Name: "staff", Gid: "70003"}
	for name, tc := range map[string]struct {
		line string
		want *user.Group
	}{
		"a group":           {"staff:x:70003:jane,joe", staff},
		"without members":   {"staff:*:70003:", staff},
		"without the field": {"staff:*:70003", staff},
		"nothing":           {"", nil},
		"no number":         {"staff:x:none:", nil},
		"a group unnamed":   {":x:70003:", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := parseGroup(tc.line)
			if diff := cmp.Diff(tc.want, got); diff != "" || (err == nil) != (tc.want != nil) {
				t.Errorf("%v, %s", err, diff)
			}
		})
	}
}

// directoryService is a getent and an id that know more than the files do.
const directoryService = `#!/bin/sh
case "${0##*/} $*" in
"getent passwd exec-test-jane" | "getent passwd 70001") echo "exec-test-jane:*:70001:70002::/home/jane:/bin/sh" ;;
"getent group exec-test-staff") echo "exec-test-staff:*:70003:" ;;
"getent passwd exec-test-broken") echo "?" ;;
"getent passwd exec-test-away") exit 3 ;;
"id -G -- exec-test-jane") echo "70002 70003 70004" ;;
"id "*) exit 1 ;;
*) exit 2 ;;
esac
`

func TestAccountsOfADirectoryService(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"getent", "id"} {
		program(t, filepath.Join(dir, name), directoryService)
	}
	t.Setenv("PATH", dir)
	jane := identity{
		credential:  &syscall.Credential{Uid: 70001, Gid: 70002, Groups: []uint32{70002, 70003, 70004}},
		environment: map[string]string{"HOME": "/home/jane", "USER": "exec-test-jane", "LOGNAME": "exec-test-jane"},
	}
	for name, tc := range map[string]struct {
		user, group string
		want        identity
		reason      host.StartReason
		fails       bool
	}{
		"a user":             {user: "exec-test-jane", want: jane},
		"a number":           {user: "70001", want: jane},
		"a group":            {group: "exec-test-staff", want: identity{credential: &syscall.Credential{Uid: uint32(os.Geteuid()), Gid: 70003, NoSetGroups: true}}},
		"nobody":             {user: "exec-test-nobody", fails: true, reason: host.UserUnknown},
		"nobody's number":    {user: "70009", fails: true, reason: host.UserUnknown},
		"no group":           {group: "exec-test-none", fails: true, reason: host.GroupUnknown},
		"what is an option":  {user: "-s", fails: true, reason: host.UserUnknown},
		"no sense":           {user: "exec-test-broken", fails: true, reason: host.StartOther},
		"no answer":          {user: "exec-test-away", fails: true, reason: host.StartOther},
		"a name with a line": {user: "exec-test-jane\n", fails: true, reason: host.UserUnknown},
	} {
		got, err := resolve(t.Context(), tc.user, tc.group)
		if start, ok := errors.AsType[*host.StartError](err); ok != tc.fails || ok && start.Reason != tc.reason || !ok && err != nil {
			t.Errorf("%s: error = %v", name, err)
			continue
		}
		if wholeDatabase && got.credential != nil && got.credential.Groups != nil {
			// That name service does not know her, so it knows her primary group alone.
			got.credential.Groups = jane.credential.Groups
		}
		if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(identity{})); diff != "" && !tc.fails {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestWithoutGetentAndID(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := resolve(t.Context(), "exec-test-jane", "")
	if start, ok := errors.AsType[*host.StartError](err); !ok || start.Reason != host.UserUnknown {
		t.Errorf("error = %v", err)
	}
	root, err := user.LookupId("0")
	if err != nil {
		t.Fatal(err)
	}
	if groups, err := groupsOf(t.Context(), root); err != nil || !slices.Contains(groups, root.Gid) {
		t.Errorf("groups of %s: %q, %v", root.Username, groups, err)
	}
}

// A directory service that does not answer is not waited for once the context is done.
func TestADirectoryServiceThatHangs(t *testing.T) {
	dir, w := t.TempDir(), hosttest.NewWitness(t)
	program(t, filepath.Join(dir, "getent"), "#!/bin/sh\nexec 9>'"+w.Path+"'\necho ready >&9\nexec /bin/sleep 600\n")
	t.Setenv("PATH", dir)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stopped := make(chan error, 1)
	go func() {
		_, err := New().Run(ctx, host.Command{Argv: []string{"/bin/true"}, User: "exec-test-jane"})
		stopped <- err
	}()
	w.Await("ready")
	cancel()
	if err := <-stopped; !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
	if !w.AwaitGone(5 * time.Second) {
		t.Error("getent is alive")
	}
}

func program(t *testing.T, file, text string) {
	t.Helper()
	// A fork in between would hold the file open for writing: golang/go#22315.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}
