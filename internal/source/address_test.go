package source

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAddress(t *testing.T) {
	t.Parallel()
	here, err := filepath.Abs("repo")
	check(t, err)
	colon, err := filepath.Abs("./a:b")
	check(t, err)
	for raw, want := range map[string]struct {
		address address
		shown   string
	}{
		"https://host/org/repo.git": {
			address{scheme: "https", host: "host", port: "443", path: "/org/repo.git", segments: []string{"org", "repo.git"}},
			"https://host/org/repo.git",
		},
		"HTTPS://User@Host:8443/a%20b/c%2Fd/": {
			address{scheme: "https", user: "User", host: "host", port: "8443", path: "/a%20b/c%2Fd/", segments: []string{"a b", "c/d"}},
			"https://host:8443/a%20b/c%2Fd/",
		},
		"http://[::1]:80/r": {
			address{scheme: "http", host: "::1", port: "80", path: "/r", segments: []string{"r"}}, "http://[::1]/r",
		},
		"ssh://git@host/org/repo": {
			address{scheme: "ssh", user: "git", host: "host", port: "22", path: "/org/repo", segments: []string{"org", "repo"}},
			"ssh://git@host/org/repo",
		},
		"ssh://host:2222/~me/a%20b": {
			address{scheme: "ssh", host: "host", port: "2222", path: "~me/a b", segments: []string{"~me", "a b"}},
			"ssh://host:2222/~me/a b",
		},
		"git@host:org/repo.git": {
			address{scheme: "ssh", user: "git", host: "host", port: "22", path: "org/repo.git", segments: []string{"org", "repo.git"}},
			"ssh://git@host/org/repo.git",
		},
		"host:/abs": {address{scheme: "ssh", host: "host", port: "22", path: "/abs", segments: []string{"abs"}}, "ssh://host/abs"},
		"git@[::1]:r": {
			address{scheme: "ssh", user: "git", host: "::1", port: "22", path: "r", segments: []string{"r"}}, "ssh://git@[::1]/r",
		},
		"repo":                   {address{scheme: "file", path: here}, here},
		"./a:b":                  {address{scheme: "file", path: colon}, colon},
		"/srv/git/r.git":         {address{scheme: "file", path: filepath.FromSlash("/srv/git/r.git")}, filepath.FromSlash("/srv/git/r.git")},
		"file:///srv/a%20b":      {address{scheme: "file", path: filepath.FromSlash("/srv/a b")}, filepath.FromSlash("/srv/a b")},
		"file://localhost/srv/r": {address{scheme: "file", path: filepath.FromSlash("/srv/r")}, filepath.FromSlash("/srv/r")},
	} {
		got, err := parseAddress(raw)
		if err != nil {
			t.Errorf("%q: %v", raw, err)
			continue
		}
		if diff := cmp.Diff(want.address, got, cmp.AllowUnexported(address{})); diff != "" {
			t.Errorf("%q (-want +got):\n%s", raw, diff)
		}
		if got.String() != want.shown {
			t.Errorf("%q is shown as %q, want %q", raw, got, want.shown)
		}
	}
}

func TestAddressRefuses(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t"
	for raw, want := range map[string]GitReason{
		"":                                       URLInvalid,
		"git://host/repo":                        URLInvalid,
		"git::https://host/repo":                 URLInvalid,
		"https://user:" + secret + "@host/r":     URLWithCredentials,
		"ssh://git:" + secret + "@host/r":        URLWithCredentials,
		"git:" + secret + "@host:org/repo":       URLWithCredentials,
		"https://user:" + secret + "@ho st/r":    URLInvalid,
		"https://user:" + secret + "%zz@host/r":  URLInvalid,
		"https://host/r?token=" + secret:         URLInvalid,
		"https://host/r#" + secret:               URLInvalid,
		"https://host/org/../other/r":            URLInvalid,
		"https://host/org/%2e%2e/other/r":        URLInvalid,
		"https:///r":                             URLInvalid,
		"file://host/r":                          URLInvalid,
		"https://host/r\nhost=evil":              URLInvalid,
		"https://host/r%0ahost=evil":             URLInvalid,
		"https://us%0aer@host/r":                 URLInvalid,
		"ssh://-oProxyCommand=x/r":               URLInvalid,
		"git@host:--upload-pack=x":               URLInvalid,
		"ftp://user:" + secret + "@host/r":       URLInvalid,
		"git::ssh://user:" + secret + "@host/r":  URLInvalid,
		"ssh://user:" + secret + "@[::1/r":       URLInvalid,
		"https://" + secret + ":x-oauth@host/r":  URLWithCredentials,
		"https://user:" + secret + "@host:port/": URLInvalid,
	} {
		_, err := parseAddress(raw)
		var failed *GitError
		if !errors.As(err, &failed) || failed.Reason != want {
			t.Errorf("%q: %v, want %v", raw, err, want)
			continue
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%q: the error holds the secret: %v", raw, err)
		}
	}
}

func TestCredentialOfTheLongestPrefixWins(t *testing.T) {
	t.Parallel()
	ring, err := newKeyring([]Credential{
		{URLPrefix: "https://host", Password: "host"},
		{URLPrefix: "https://host/org", Password: "org"},
		{URLPrefix: "https://host/org", Password: "org again"},
		{URLPrefix: "https://host/org/deep/", Password: "deep"},
		{URLPrefix: "https://host/org/repo", Password: "repo"},
		{URLPrefix: "https://host:8443/", Password: "port"},
		{URLPrefix: "https://bot@host/org", Password: "bot"},
		{URLPrefix: "http://plain/org", Password: "plain"},
		{URLPrefix: "git@host:org", Password: "ssh"},
		{URLPrefix: "ssh://other", Password: "other"},
	})
	check(t, err)
	for raw, want := range map[string]string{
		"https://host/x":              "host",
		"https://HOST:443/x":          "host",
		"https://host/org":            "org",
		"https://host/org.git":        "org",
		"https://host/org/x":          "org",
		"https://host/organisation/x": "host",
		"https://host/Org/x":          "host",
		"https://host/org%2Fdeep/x":   "host",
		"https://host//org//deep//x":  "deep",
		"https://host/org/deep/x":     "deep",
		"https://host/org/deeper":     "org",
		"https://host/org/repo":       "repo",
		"https://host/org/repo.git":   "repo",
		"https://host/org/repo.git/x": "org",
		"https://host/org/repo/x":     "repo",
		"https://host/org/repository": "org",
		"https://host:8443/org/x":     "port",
		"https://host:8444/org/x":     "",
		"https://bot@host/org/x":      "bot",
		"https://cat@host/org/x":      "org",
		"https://hostile/org/x":       "",
		"https://host.evil.com/org/x": "",
		"https://sub.host/org/x":      "",
		"http://host/org/x":           "",
		"http://plain/org/x":          "plain",
		"https://plain/org/x":         "",
		"git@host:org/x":              "ssh",
		"ssh://git@host/org/x":        "ssh",
		"ssh://git@host:22/org/x":     "ssh",
		"ssh://git@host:2222/org/x":   "",
		"ssh://me@host/org/x":         "",
		"git@host:organisation/x":     "",
		"me@other:anything":           "other",
		"/host/org":                   "",
		"file:///host/org":            "",
	} {
		a, err := parseAddress(raw)
		check(t, err)
		got, ok := ring.find(a)
		if got.Password != want || ok != (want != "") {
			t.Errorf("%q: %q, want %q", raw, got.Password, want)
		}
	}
}

func TestCredentialsThatCannotBeMeant(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t"
	good := Credential{URLPrefix: "https://host", Password: secret}
	for name, c := range map[string]Credential{
		"no prefix":                {Password: secret},
		"no scheme":                {URLPrefix: "host/org", Password: secret},
		"local":                    {URLPrefix: "file:///srv", Password: secret},
		"password in the prefix":   {URLPrefix: "https://me:" + secret + "@host", Password: secret},
		"HTTP without a password":  {URLPrefix: "https://host", Username: "me"},
		"HTTP with a key":          {URLPrefix: "https://host", Password: secret, PrivateKey: secret},
		"passphrase without a key": {URLPrefix: "ssh://host", Passphrase: secret},
	} {
		_, err := NewGitClient(GitOptions{Credentials: []Credential{good, c}})
		var failed *CredentialError
		if !errors.As(err, &failed) || failed.Index != 1 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error holds the secret: %v", name, err)
		}
	}
}
