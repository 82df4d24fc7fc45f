package source

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"

	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/transport"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"
)

// newHTTPClient returns a client that uses the proxy of the environment and gives up on a
// machine that does not answer.
func newHTTPClient() *http.Client {
	dialer := &net.Dialer{Timeout: connectTimeout}
	return &http.Client{Transport: &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dialer.DialContext,
		TLSHandshakeTimeout: connectTimeout,
		ForceAttemptHTTP2:   true,
		IdleConnTimeout:     connectTimeout,
		MaxIdleConnsPerHost: 4,
	}}
}

// connectHTTP tries the configured credential, if there is one. Else it asks without any,
// and then once more with what git's helpers know, if the server wants credentials.
func (c *GitClient) connectHTTP(ctx context.Context, a address) (uploadPack, *packp.AdvRefs, error) {
	if configured, ok := c.keyring.find(a); ok {
		login := login{user: firstOf(configured.Username, a.user, defaultUser), password: configured.Password}
		pack, refs, err := c.tryHTTP(ctx, a, &login)
		return pack, refs, refused(err, "the "+configured.String()+" were tried")
	}
	known := c.helpers.recall(a)
	pack, refs, err := c.tryHTTP(ctx, a, known)
	if !isRefused(err) {
		return pack, refs, err
	}
	c.helpers.forget(a)
	asked, err := c.helpers.ask(ctx, a)
	if err != nil {
		return nil, nil, err
	}
	pack, refs, err = c.tryHTTP(ctx, a, asked)
	if isRefused(err) {
		c.helpers.forget(a)
	}
	return pack, refs, refused(err, "those of git's credential helper were tried")
}

// defaultUser goes with a password that was configured without a user: servers that take a
// token as the password accept any.
const defaultUser = "git"

func firstOf(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}

// tryHTTP begins a conversation; a nil login sends no credentials.
func (c *GitClient) tryHTTP(ctx context.Context, a address, l *login) (uploadPack, *packp.AdvRefs, error) {
	endpoint := &transport.Endpoint{Protocol: a.scheme, Host: a.urlHost(), Path: a.path}
	if port, err := strconv.Atoi(a.port); err == nil {
		endpoint.Port = port
	}
	var auth transport.AuthMethod
	if l != nil {
		auth = &githttp.BasicAuth{Username: l.user, Password: l.password}
	}
	pack, err := githttp.NewClient(c.http).NewUploadPackSession(endpoint, auth)
	if err != nil {
		return nil, nil, err
	}
	return opened(ctx, pack)
}

// isRefused reports that the server wants other credentials than it got.
func isRefused(err error) bool {
	return errors.Is(err, transport.ErrAuthenticationRequired) || errors.Is(err, transport.ErrAuthorizationFailed)
}

// refused returns the GitError if the server wants other credentials than it got. What the
// server says besides is left out: it is a page for a browser.
func refused(err error, tried string) error {
	if !isRefused(err) {
		return err
	}
	status := http.StatusUnauthorized
	if errors.Is(err, transport.ErrAuthorizationFailed) {
		status = http.StatusForbidden
	}
	return &GitError{Reason: CredentialsRefused, Detail: fmt.Sprintf("%s, and the server answered %d", tried, status)}
}
