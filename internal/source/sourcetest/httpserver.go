package sourcetest

import (
	"encoding/pem"
	"io"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/needs"
)

// HTTPServer serves the repositories beneath a directory over HTTP, by git http-backend.
type HTTPServer struct {
	*httptest.Server
	// User and Password are wanted from everybody, if set.
	User, Password string
	// Fetches counts how often objects were asked for, Lists how often references were.
	Fetches, Lists atomic.Int64
	// Before is called with every request that is let in, if set.
	Before func(*http.Request)
}

// NewHTTPServer serves the repositories beneath a directory.
func NewHTTPServer(tb testing.TB, root string) *HTTPServer {
	tb.Helper()
	s := newHTTPServer(tb, root)
	s.Start()
	return s
}

// NewHTTPSServer does the same over TLS. CertificateFile is what clients have to trust.
func NewHTTPSServer(tb testing.TB, root string) *HTTPServer {
	tb.Helper()
	s := newHTTPServer(tb, root)
	s.StartTLS()
	return s
}

// CertificateFile returns a file that holds the certificate of a server over TLS, in PEM.
func (s *HTTPServer) CertificateFile(tb testing.TB) string {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "certificate.pem")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		tb.Fatal(err)
	}
	return file
}

func newHTTPServer(tb testing.TB, root string) *HTTPServer {
	tb.Helper()
	git := needs.Program(tb, "git")
	backend := &cgi.Handler{
		Path: git, Args: []string{"http-backend"},
		Env: append(gitEnvironment(), "GIT_PROJECT_ROOT="+root, "GIT_HTTP_EXPORT_ALL=1",
			"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*"),
	}
	backend.Stderr = io.Discard
	s := &HTTPServer{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if s.User != "" && (user != s.User || password != s.Password) {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			http.Error(w, "who are you, "+user+" with "+password+"?", http.StatusUnauthorized)
			return
		}
		if strings.HasSuffix(r.URL.Path, "/git-upload-pack") {
			s.Fetches.Add(1)
		} else {
			s.Lists.Add(1)
		}
		if s.Before != nil {
			s.Before(r)
		}
		backend.ServeHTTP(w, r)
	}))
	tb.Cleanup(s.Close)
	return s
}

// Served returns a repository and the server that serves it, with its URL.
func Served(tb testing.TB) (*Repository, *HTTPServer, string) {
	tb.Helper()
	root := tb.TempDir()
	r := NewRepositoryIn(tb, filepath.Join(root, "org", "repo"))
	s := NewHTTPServer(tb, root)
	return r, s, s.URL + "/org/repo/.git"
}
