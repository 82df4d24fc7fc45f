package source

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// connectTimeout limits how long a connection may take to be made, so that a machine which
// does not answer is told apart from a large repository.
const connectTimeout = 30 * time.Second

// Git names a state of a repository.
//
// URL is "https://…", "http://…", "ssh://…", "user@host:path", "file://…" or a path on
// this machine. Reference is a branch, a tag, a full name ("refs/…"), or a commit; empty
// means the default branch.
type Git struct{ URL, Reference string }

// GitOptions are what a [GitClient] needs to get in.
type GitOptions struct {
	// Credentials are used where their prefix covers a URL. Elsewhere the machine's are:
	// over SSH its agent and default keys, over HTTP git's credential helpers if git is
	// installed, after the server asked for credentials.
	Credentials []Credential
	// KnownHostsFile vouches for SSH servers; empty means the user's and the system's.
	KnownHostsFile string
	// Timeout limits the time that one answer of a remote may take, from connecting to the
	// last file of a checkout; zero means no limit beside the context's.
	Timeout time.Duration
}

// GitClient reads git repositories. It is safe for concurrent use. It runs no hooks,
// applies no filters and no conversion of line ends, takes no notice of git's
// configuration beside credential helpers, and leaves submodules and LFS contents out.
type GitClient struct {
	keyring    keyring
	knownHosts string
	timeout    time.Duration
	http       *http.Client
	helpers    helperMemory
	listings   flights[string, *listing]

	mu     sync.Mutex
	listed map[string]listed
}

type listed struct {
	*listing
	since time.Time
}

// NewGitClient checks the options. The error is a [*CredentialError].
func NewGitClient(o GitOptions) (*GitClient, error) {
	ring, err := newKeyring(o.Credentials)
	if err != nil {
		return nil, err
	}
	return &GitClient{
		keyring: ring, knownHosts: o.KnownHostsFile, timeout: o.Timeout,
		http: newHTTPClient(), listed: map[string]listed{},
	}, nil
}

// Resolve returns the commit that g means, in 40 hexadecimal digits. It asks the remote for
// its references and fetches nothing; a reference that is a full commit is returned as it
// is, without asking. An abbreviated commit is found in a repository on this machine, and
// elsewhere if a branch or tag points to it.
//
// MaxAge is how old an answer that this client already got from the same remote may be;
// zero asks anew. Concurrent callers with a positive maxAge share one answer.
//
// The error is a [*GitError].
func (c *GitClient) Resolve(ctx context.Context, g Git, maxAge time.Duration) (string, error) {
	a, err := parseAddress(g.URL)
	if err != nil {
		return "", err
	}
	if fullCommit.MatchString(g.Reference) {
		return strings.ToLower(g.Reference), nil
	}
	l, err := c.listing(ctx, a, maxAge)
	if err != nil {
		return "", c.explain(ctx, a, err)
	}
	commit, err := l.find(g.Reference)
	if err != nil {
		return "", c.explain(ctx, a, err)
	}
	return commit.String(), nil
}

// listing returns what the repository says of its references, at most maxAge ago.
func (c *GitClient) listing(ctx context.Context, a address, maxAge time.Duration) (*listing, error) {
	if maxAge <= 0 {
		return c.list(ctx, a)
	}
	return c.listings.do(ctx, a.identity()+maxAge.String(), func(ctx context.Context) (*listing, error) {
		c.mu.Lock()
		known, ok := c.listed[a.identity()]
		c.mu.Unlock()
		if ok && time.Since(known.since) <= maxAge {
			return known.listing, nil
		}
		return c.list(ctx, a)
	})
}

// list asks the repository for its references and remembers the answer.
func (c *GitClient) list(ctx context.Context, a address) (*listing, error) {
	since := time.Now()
	ctx, cancel := c.limit(ctx)
	defer cancel()
	var l *listing
	if a.scheme == schemeFile {
		var err error
		if l, err = listLocal(a); err != nil {
			return nil, err
		}
	} else {
		pack, refs, err := c.connect(ctx, a)
		if err != nil {
			return nil, c.timedOut(ctx, err)
		}
		_ = pack.Close()
		l = advertised(refs)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.listed[a.identity()] = listed{listing: l, since: since}
	return l, nil
}

// Checkout returns a directory with the files of the commit, which lies in the cache and is
// fetched if it is not there yet: alone where the server allows that, else with the history
// of all branches and tags. The directory belongs to everybody who asks for that commit, so
// nobody may write to it. There is no ".git" in it; submodules are left out; links are as
// they are in the commit, wherever they lead.
//
// Commit is what [GitClient.Resolve] returns. The error is a [*GitError] or a
// [*CacheError]; ReferenceUnknown means that the repository has no such commit.
func (c *GitClient) Checkout(ctx context.Context, cache *Cache, url, commit string) (string, error) {
	a, err := parseAddress(url)
	if err != nil {
		return "", err
	}
	if !fullCommit.MatchString(commit) {
		return "", &GitError{Reason: ReferenceUnknown, URL: a.String(), Reference: commit, Detail: "it is not a full commit"}
	}
	hash := plumbing.NewHash(commit)
	dir, err := cache.Entry(ctx, NewKey("git", a.identity(), hash.String()), func(ctx context.Context, dir string) error {
		ctx, cancel := c.limit(ctx)
		defer cancel()
		return c.timedOut(ctx, c.fetch(ctx, a, hash, dir))
	})
	if err != nil {
		return "", c.explain(ctx, a, err)
	}
	return dir, nil
}

// noAnswerError is the cause of a context that the client's own time limit ended.
type noAnswerError struct{ limit time.Duration }

func (e noAnswerError) Error() string { return fmt.Sprintf("no answer within %s", e.limit) }

func (noAnswerError) Unwrap() error { return context.DeadlineExceeded }

// limit returns ctx with the client's time limit.
func (c *GitClient) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, c.timeout, noAnswerError{c.timeout})
}

// timedOut returns the time limit instead of err, if that is why there is an error.
func (c *GitClient) timedOut(ctx context.Context, err error) error {
	var late noAnswerError
	if err != nil && errors.As(context.Cause(ctx), &late) {
		return late
	}
	return err
}

// explain returns the GitError for err, without credentials in it. What the context has to
// say counts before what came of its end. A [*CacheError] stays what it is.
func (c *GitClient) explain(ctx context.Context, a address, err error) error {
	m := host.NewMasker(append(c.keyring.secrets(), c.helpers.secrets()...)...)
	if ctx.Err() != nil {
		return &GitError{Reason: Stopped, URL: a.String(), Err: maskedCause(m, context.Cause(ctx))}
	}
	var (
		known *GitError
		cache *CacheError
	)
	switch {
	case errors.As(err, &cache):
		return cache
	case errors.As(err, &known):
		clean := *known
		clean.URL, clean.Detail = a.String(), m.Mask(known.Detail)
		clean.Err = maskedCause(m, known.Err)
		return &clean
	}
	reason := GitOther
	switch {
	case isRefused(err):
		reason = CredentialsRefused
	case isUnreachable(err):
		reason = RemoteUnreachable
	}
	return &GitError{Reason: reason, URL: a.String(), Err: maskedCause(m, err)}
}
