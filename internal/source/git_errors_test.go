package source_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source/sourcetest"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/sshtest"
)

// wantReason fails the test unless err is a GitError with the reason and all the words.
func wantReason(t *testing.T, err error, reason source.GitReason, words ...string) {
	t.Helper()
	var failed *source.GitError
	if !errors.As(err, &failed) || failed.Reason != reason {
		t.Errorf("error %v, want: %v", err, reason)
		return
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q does not say %q", err, word)
		}
	}
}

const noCommit = "0123456789012345678901234567890123456789"

func TestUnknownReferences(t *testing.T) {
	t.Parallel()
	r := sourcetest.NewRepository(t)
	r.Commit(map[string]string{"a": "1"})
	for name, w := range ways(t, r) {
		client := newClient(t, w.options)
		for _, reference := range []string{"gone", "refs/heads/gone", "0123456", "origin/main", "main^{tree}", "-x"} {
			t.Run(name+"/"+reference, func(t *testing.T) {
				t.Parallel()
				_, err := client.Resolve(t.Context(), source.Git{URL: w.url, Reference: reference}, 0)
				wantReason(t, err, source.ReferenceUnknown, reference)
			})
		}
		t.Run(name+"/commit", func(t *testing.T) {
			t.Parallel()
			_, err := client.Checkout(t.Context(), newCache(t), w.url, noCommit)
			wantReason(t, err, source.ReferenceUnknown, noCommit)
		})
	}
}

func TestACommitThatTheServerKeepsToItself(t *testing.T) {
	t.Parallel()
	r, _, url := sourcetest.Served(t)
	r.Git("config", "uploadpack.allowReachableSHA1InWant", "true")
	r.Commit(map[string]string{"a": "1"})
	_, err := newClient(t, source.GitOptions{}).Checkout(t.Context(), newCache(t), url, noCommit)
	wantReason(t, err, source.ReferenceUnknown, noCommit)
}

func TestAnEmptyRepositoryHasNoReference(t *testing.T) {
	t.Parallel()
	for name, w := range ways(t, sourcetest.NewRepository(t)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := newClient(t, w.options).Resolve(t.Context(), source.Git{URL: w.url}, 0)
			wantReason(t, err, source.ReferenceUnknown, "empty")
		})
	}
}

func TestRepositoriesThatAreNotThere(t *testing.T) {
	t.Parallel()
	r := sourcetest.NewRepository(t)
	must(t, os.Mkdir(r.Dir+"-not", 0o755))
	for name, w := range ways(t, r) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, url := range []string{strings.Replace(w.url, "/repo", "/gone", 1), strings.Replace(w.url, "/repo", "/repo-not", 1)} {
				_, err := newClient(t, w.options).Resolve(t.Context(), source.Git{URL: url}, 0)
				wantReason(t, err, source.RepositoryNotFound)
			}
		})
	}
}

func TestRefusedCredentialsOverHTTP(t *testing.T) {
	t.Parallel()
	r, server, url := sourcetest.Served(t)
	commit := r.Commit(map[string]string{"a": "1"})
	server.User, server.Password = "me", "r1ght-password"
	for name, c := range map[string]struct {
		credential source.Credential
		fine       bool
		says       string
	}{
		"right":          {credential: source.Credential{URLPrefix: server.URL + "/org", Username: "me", Password: "r1ght-password"}, fine: true},
		"wrong password": {credential: source.Credential{URLPrefix: server.URL, Username: "me", Password: "wr0ng-password"}, says: server.URL},
		"wrong user":     {credential: source.Credential{URLPrefix: server.URL, Password: "r1ght-password"}, says: server.URL},
		"for others":     {credential: source.Credential{URLPrefix: server.URL + "/organisation", Username: "me", Password: "r1ght-password"}, says: "none are configured"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, source.GitOptions{Credentials: []source.Credential{c.credential}})
			_, err := client.Resolve(t.Context(), source.Git{URL: url}, 0)
			_, fetched := client.Checkout(t.Context(), newCache(t), url, commit)
			if c.fine {
				must(t, err)
				must(t, fetched)
				return
			}
			for _, err := range []error{err, fetched} {
				wantReason(t, err, source.CredentialsRefused, c.says)
				if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), c.credential.Password) {
					t.Errorf("the error holds the password: %v", err)
				}
			}
		})
	}
}

// What a server says is repeated, and some repeat what they were told.
func TestWhatAServerSaysIsMasked(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, password, _ := r.BasicAuth()
		said := "ERR the token " + password + " has no access here"
		_, _ = fmt.Fprintf(w, "%04x%s", len(said)+4, said)
	}))
	t.Cleanup(server.Close)
	client := newClient(t, source.GitOptions{Credentials: []source.Credential{{URLPrefix: server.URL, Password: "s3cr3t"}}})
	_, err := client.Resolve(t.Context(), source.Git{URL: server.URL + "/r"}, 0)
	wantReason(t, err, source.GitOther, "the token (sensitive value) has no access here")
}

func TestCredentialsShowNoSecret(t *testing.T) {
	t.Parallel()
	c := source.Credential{URLPrefix: "https://host", Username: "me", Password: "s3cr3t", PrivateKey: "s3cr3t", Passphrase: "s3cr3t"}
	if shown := fmt.Sprintf("%s %v %+v %#v %v", c, c, c, c, []source.Credential{c}); strings.Contains(shown, "s3cr3t") {
		t.Error(shown)
	}
}

func TestServersThatAreNoUse(t *testing.T) {
	t.Parallel()
	answers := func(status int) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", status) }))
		t.Cleanup(s.Close)
		return s.URL
	}
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	for name, c := range map[string]struct {
		url    string
		reason source.GitReason
	}{
		"nobody listens, HTTP": {"http://" + unusedAddress(t) + "/r", source.RemoteUnreachable},
		"nobody listens, SSH":  {"ssh://git@" + unusedAddress(t) + "/r", source.RemoteUnreachable},
		"no such host, HTTP":   {"https://host.invalid/r", source.RemoteUnreachable},
		"no such host, SSH":    {"git@host.invalid:r", source.RemoteUnreachable},
		"hangs up, SSH":        {"ssh://git@" + hangsUp(t) + "/r", source.RemoteUnreachable},
		"not found":            {answers(404), source.RepositoryNotFound},
		"forbidden":            {answers(403), source.CredentialsRefused},
		"broken":               {answers(500), source.GitOther},
		"a page":               {answers(200), source.GitOther},
		"unknown certificate":  {secure.URL, source.CertificateRefused},
		"malformed URL":        {"https://", source.URLInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := newClient(t, source.GitOptions{}).Resolve(t.Context(), source.Git{URL: c.url}, 0)
			wantReason(t, err, c.reason)
		})
	}
}

func unusedAddress(t *testing.T) string {
	t.Helper()
	listener := listen(t)
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// listen returns a listener on a free port, which is closed when the test ends.
func listen(t *testing.T) net.Listener {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}

func hangsUp(t *testing.T) string {
	t.Helper()
	return accepts(t, func(conn net.Conn) { _ = conn.Close() })
}

// silent returns the address of a server that accepts and never says anything.
func silent(t *testing.T) string {
	t.Helper()
	return accepts(t, func(conn net.Conn) { t.Cleanup(func() { _ = conn.Close() }) })
}

func accepts(t *testing.T, use func(net.Conn)) string {
	t.Helper()
	listener := listen(t)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			use(conn)
		}
	}()
	return listener.Addr().String()
}

func TestSilentServersAreLeftWhenTheTimeIsUp(t *testing.T) {
	t.Parallel()
	gone := errors.New("the user had enough")
	for _, url := range []string{"http://" + silent(t) + "/r", "ssh://git@" + silent(t) + "/r"} {
		t.Run(url[:4], func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			client := newClient(t, source.GitOptions{Timeout: 100 * time.Millisecond})
			_, err := client.Resolve(t.Context(), source.Git{URL: url}, 0)
			wantReason(t, err, source.RemoteUnreachable, "no answer within 100ms")
			_, err = client.Checkout(t.Context(), newCache(t), url, noCommit)
			wantReason(t, err, source.RemoteUnreachable, "no answer within 100ms")

			client = newClient(t, source.GitOptions{})
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(100*time.Millisecond, func() { cancel(gone) })
			_, err = client.Resolve(ctx, source.Git{URL: url}, 0)
			wantReason(t, err, source.Stopped, gone.Error())
			_, err = client.Checkout(ctx, newCache(t), url, noCommit)
			wantReason(t, err, source.Stopped, gone.Error())

			late, cancelLate := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancelLate()
			_, err = client.Checkout(late, newCache(t), url, noCommit)
			wantReason(t, err, source.Stopped)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v is not context.DeadlineExceeded", err)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestSSH(t *testing.T) {
	t.Parallel()
	r := sourcetest.NewRepository(t)
	commit := r.Commit(map[string]string{"a": "1"})
	key, locked := sshtest.NewKey(t, "the passphrase")
	strangerKey, stranger := sshtest.NewKey(t, "")
	server := sourcetest.NewSSHServer(t, key.PublicKey(), "the password")
	known := server.KnownHosts(t, nil)
	empty := filepath.Join(t.TempDir(), "empty")
	must(t, os.WriteFile(empty, nil, 0o600))
	directory := t.TempDir()
	revoked := filepath.Join(t.TempDir(), "revoked")
	must(t, os.WriteFile(revoked, []byte("@revoked * "+string(ssh.MarshalAuthorizedKey(server.HostKey.PublicKey()))), 0o600))

	prefix := "ssh://" + server.Addr
	fine := source.Credential{URLPrefix: prefix, PrivateKey: locked, Passphrase: "the passphrase"}
	fingerprint := ssh.FingerprintSHA256(server.HostKey.PublicKey())
	for name, c := range map[string]struct {
		credential source.Credential
		knownHosts string
		reason     source.GitReason
		says       []string
	}{
		"key":              {credential: fine, knownHosts: known, reason: -1},
		"password":         {credential: source.Credential{URLPrefix: prefix, Password: "the password"}, knownHosts: known, reason: -1},
		"wrong password":   {credential: source.Credential{URLPrefix: prefix, Password: "another one"}, knownHosts: known, reason: source.CredentialsRefused, says: []string{"the password of", prefix}},
		"a key of nobody":  {credential: source.Credential{URLPrefix: prefix, PrivateKey: stranger}, knownHosts: known, reason: source.CredentialsRefused, says: []string{prefix, ssh.FingerprintSHA256(strangerKey.PublicKey())}},
		"no passphrase":    {credential: source.Credential{URLPrefix: prefix, PrivateKey: locked}, knownHosts: known, reason: source.CredentialsInvalid, says: []string{"encrypted"}},
		"wrong passphrase": {credential: source.Credential{URLPrefix: prefix, PrivateKey: locked, Passphrase: "another one"}, knownHosts: known, reason: source.CredentialsInvalid},
		"no key at all":    {credential: source.Credential{URLPrefix: prefix, PrivateKey: "nonsense"}, knownHosts: known, reason: source.CredentialsInvalid},
		"unknown host":     {credential: fine, knownHosts: empty, reason: source.HostKeyUnknown, says: []string{fingerprint, empty, "add the line"}},
		"changed host":     {credential: fine, knownHosts: server.KnownHosts(t, strangerKey.PublicKey()), reason: source.HostKeyChanged, says: []string{fingerprint, ssh.FingerprintSHA256(strangerKey.PublicKey()), "line 1"}},
		"revoked host":     {credential: fine, knownHosts: revoked, reason: source.HostKeyChanged, says: []string{fingerprint, "revokes"}},
		"no known_hosts":   {credential: fine, knownHosts: empty + "-gone", reason: source.KnownHostsUnreadable, says: []string{empty + "-gone"}},
		"no file":          {credential: fine, knownHosts: directory, reason: source.KnownHostsUnreadable, says: []string{directory}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, source.GitOptions{Credentials: []source.Credential{c.credential}, KnownHostsFile: c.knownHosts})
			got, err := client.Resolve(t.Context(), source.Git{URL: server.URL(r.Dir)}, 0)
			if c.reason < 0 {
				if err != nil || got != commit {
					t.Errorf("%q, %v", got, err)
				}
				return
			}
			wantReason(t, err, c.reason, c.says...)
			for _, secret := range []string{c.credential.Password, c.credential.Passphrase} {
				if secret != "" && strings.Contains(err.Error(), secret) {
					t.Errorf("the error holds a secret: %v", err)
				}
			}
		})
	}
}
