package source

import (
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"unicode"
)

// The ways to reach a repository.
const (
	schemeFile  = "file"
	schemeHTTP  = "http"
	schemeHTTPS = "https"
	schemeSSH   = "ssh"
)

var defaultPorts = map[string]string{schemeHTTP: "80", schemeHTTPS: "443", schemeSSH: "22"}

// address is a parsed URL of a repository. It never holds a password.
type address struct {
	scheme string
	// user is who logs in; over HTTP, whose password is looked for.
	user string
	// host has no brackets, and port is set except for files.
	host, port string
	// path is what the other side is asked for: escaped over HTTP, absolute for files.
	path string
	// segments are the unescaped names in path, which credentials are matched by.
	segments []string
}

// CheckAddress reports why no repository can be meant, by the text alone. The error is a
// [*GitError] with URLInvalid or URLWithCredentials.
func CheckAddress(raw string) error {
	_, err := parseAddress(raw)
	return err
}

// parseAddress parses what users write for a repository: a URL, what git and scp take for
// a path over SSH ("git@host:path"), or a local path. The error is a [*GitError].
func parseAddress(raw string) (address, error) {
	if strings.ContainsFunc(raw, unicode.IsControl) {
		return address{}, &GitError{Reason: URLInvalid, Detail: "it contains a control character"}
	}
	if raw == "" {
		return address{}, &GitError{Reason: URLInvalid, Detail: "it is empty"}
	}
	if scheme, rest, ok := strings.Cut(raw, "://"); ok {
		return parseURL(strings.ToLower(scheme), rest)
	}
	if user, host, path, ok := cutShort(raw); ok {
		if shortWithPassword.MatchString(raw) {
			return address{}, withCredentials()
		}
		return newAddress(schemeSSH, user, host, "", path, strings.Split(path, "/"))
	}
	return localAddress(raw)
}

func withCredentials() error {
	return &GitError{Reason: URLWithCredentials, Detail: "configure them for the provider, or let git's credential helper know them"}
}

func parseURL(scheme, rest string) (address, error) {
	switch scheme {
	case schemeFile, schemeHTTP, schemeHTTPS, schemeSSH:
	default:
		return address{}, &GitError{Reason: URLInvalid, Detail: "its scheme is none of https, http, ssh, file"}
	}
	u, err := url.Parse(scheme + "://" + rest)
	if err != nil {
		// The error repeats the URL, with whatever secret is in it.
		return address{}, &GitError{Reason: URLInvalid, Detail: "it cannot be parsed"}
	}
	if _, ok := u.User.Password(); ok {
		return address{}, withCredentials()
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return address{}, &GitError{Reason: URLInvalid, Detail: "it has a query or a fragment"}
	}
	if scheme == schemeFile {
		if u.Host != "" && u.Host != "localhost" {
			return address{}, &GitError{Reason: URLInvalid, Detail: "a file URL names no host: file:///path"}
		}
		return localAddress(fromURLPath(u.Path))
	}
	var segments []string
	for segment := range strings.SplitSeq(u.EscapedPath(), "/") {
		plain, err := url.PathUnescape(segment)
		if err != nil {
			return address{}, &GitError{Reason: URLInvalid, Detail: "it cannot be parsed"}
		}
		segments = append(segments, plain)
	}
	path := u.EscapedPath()
	if scheme == schemeSSH {
		path = u.Path
		if strings.HasPrefix(path, "/~") {
			path = path[1:]
		}
	}
	return newAddress(scheme, u.User.Username(), u.Hostname(), u.Port(), path, segments)
}

// short is what git and scp take for a path on another machine. As for git, a slash before
// the first colon makes it a local path.
var short = regexp.MustCompile(`^(?:([^@/:]*)@)?(\[[^\]/]+\]|[^@/:\[\]]+):(.*)$`)

// shortWithPassword is what somebody might write who wants a password in one.
var shortWithPassword = regexp.MustCompile(`^[^/:]*:[^/]*@[^/:]+:`)

// cutShort splits "user@host:path". A drive letter on Windows is no host.
func cutShort(raw string) (user, host, path string, ok bool) {
	if runtime.GOOS == "windows" && filepath.VolumeName(raw) != "" {
		return "", "", "", false
	}
	m := short.FindStringSubmatch(raw)
	if m == nil {
		return "", "", "", false
	}
	return m[1], strings.Trim(m[2], "[]"), m[3], true
}

// localAddress returns the address of a directory on this machine.
func localAddress(path string) (address, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return address{}, &GitError{Reason: URLInvalid, Detail: "it is no path", Err: err}
	}
	return address{scheme: schemeFile, path: full}, nil
}

// fromURLPath returns the path on this machine that a file URL's path stands for.
func fromURLPath(path string) string {
	local := filepath.FromSlash(path)
	if rest := strings.TrimPrefix(local, `\`); filepath.VolumeName(rest) != "" && len(rest) < len(local) {
		return rest // "/C:/repo"
	}
	return local
}

func newAddress(scheme, user, host, port, path string, segments []string) (address, error) {
	a := address{scheme: scheme, user: user, host: strings.ToLower(host), port: port, path: path}
	if a.port == "" {
		a.port = defaultPorts[scheme]
	}
	for _, segment := range segments {
		switch segment {
		case "":
			continue
		case ".", "..":
			return address{}, &GitError{Reason: URLInvalid, Detail: `its path contains "." or ".."`}
		}
		a.segments = append(a.segments, segment)
	}
	if a.host == "" {
		return address{}, &GitError{Reason: URLInvalid, Detail: "it names no host"}
	}
	if strings.HasPrefix(a.host, "-") || strings.HasPrefix(a.path, "-") {
		return address{}, &GitError{Reason: URLInvalid, Detail: `a name in it starts with "-"`}
	}
	if strings.ContainsFunc(a.user+a.host+strings.Join(a.segments, ""), unicode.IsControl) {
		return address{}, &GitError{Reason: URLInvalid, Detail: "it contains a control character"}
	}
	return a, nil
}

// hostPort returns the host and port to connect to.
func (a address) hostPort() string { return net.JoinHostPort(a.host, a.port) }

// urlHost returns the host as URLs write it.
func (a address) urlHost() string {
	if strings.Contains(a.host, ":") {
		return "[" + a.host + "]"
	}
	return a.host
}

// authority returns the host, with the port unless it is the scheme's own.
func (a address) authority() string {
	if a.port != defaultPorts[a.scheme] {
		return a.hostPort()
	}
	return a.urlHost()
}

// String returns the URL as it may be shown. Over HTTP it has no user: many people write
// a token there.
func (a address) String() string {
	switch a.scheme {
	case schemeFile:
		return a.path
	case schemeSSH:
		s := "ssh://"
		if a.user != "" {
			s += a.user + "@"
		}
		return s + a.authority() + "/" + strings.TrimPrefix(a.path, "/")
	}
	return a.scheme + "://" + a.authority() + a.path
}

// identity returns what tells the repository from others, user included, with nothing
// secret in it: a part of cache keys, which are hashed.
func (a address) identity() string {
	return strings.Join([]string{a.scheme, a.user, a.host, a.port, a.path}, "\x00")
}
