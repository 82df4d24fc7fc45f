package source_test

import (
	"io"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// httpServer serves the repositories beneath a directory over HTTP, by git http-backend.
type httpServer struct {
	*httptest.Server
	// user and password are wanted from everybody, if set.
	user, password string
	// fetches counts how often objects were asked for, lists how often references were.
	fetches, lists atomic.Int64
	// before is called with every request that is let in, if set.
	before func(*http.Request)
}

func newHTTPServer(tb testing.TB, root string) *httpServer {
	tb.Helper()
	git, err := exec.LookPath("git")
	if err != nil {
		tb.Skip("git is not installed")
	}
	backend := &cgi.Handler{
		Path: git, Args: []string{"http-backend"},
		Env: append(gitEnvironment(), "GIT_PROJECT_ROOT="+root, "GIT_HTTP_EXPORT_ALL=1",
			"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*"),
	}
	backend.Stderr = io.Discard
	s := &httpServer{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if s.user != "" && (user != s.user || password != s.password) {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			http.Error(w, "who are you, "+user+" with "+password+"?", http.StatusUnauthorized)
			return
		}
		if strings.HasSuffix(r.URL.Path, "/git-upload-pack") {
			s.fetches.Add(1)
		} else {
			s.lists.Add(1)
		}
		if s.before != nil {
			s.before(r)
		}
		backend.ServeHTTP(w, r)
	}))
	tb.Cleanup(s.Close)
	return s
}

// served returns a repository and the server that serves it, with its URL.
func served(tb testing.TB) (*repository, *httpServer, string) {
	tb.Helper()
	root := tb.TempDir()
	r := newRepositoryIn(tb, filepath.Join(root, "org", "repo"))
	s := newHTTPServer(tb, root)
	return r, s, s.URL + "/org/repo/.git"
}
