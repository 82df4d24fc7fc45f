package source

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/transport"
)

// uploadPack is a conversation with the program that serves a repository. It ends early
// when the context ends with which it was begun.
type uploadPack interface {
	AdvertisedReferencesContext(ctx context.Context) (*packp.AdvRefs, error)
	UploadPack(ctx context.Context, request *packp.UploadPackRequest) (*packp.UploadPackResponse, error)
	Close() error
}

// connect begins a conversation with the repository, which the caller must close, and
// returns what it says of its references.
func (c *GitClient) connect(ctx context.Context, a address) (uploadPack, *packp.AdvRefs, error) {
	if a.scheme == schemeSSH {
		return c.connectSSH(ctx, a)
	}
	return c.connectHTTP(ctx, a)
}

// opened returns the references that the other side sends first, and closes the
// conversation if it does not.
func opened(ctx context.Context, pack uploadPack) (uploadPack, *packp.AdvRefs, error) {
	refs, err := pack.AdvertisedReferencesContext(ctx)
	if err != nil {
		_ = pack.Close()
		return nil, nil, remoteError(err)
	}
	return pack, refs, nil
}

// remoteError returns the GitError for what the protocol's implementation said, or err
// itself if it says nothing of that kind.
func remoteError(err error) error {
	var (
		known       *GitError
		unexpected  *plumbing.UnexpectedError
		line        *pktline.ErrorLine
		certificate *tls.CertificateVerificationError
	)
	if errors.As(err, &unexpected) {
		err = unexpected.Err // It does not unwrap by itself.
	}
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, transport.ErrEmptyRemoteRepository):
		return &GitError{Reason: ReferenceUnknown, Detail: "the repository is empty"}
	case errors.Is(err, transport.ErrRepositoryNotFound):
		return &GitError{Reason: RepositoryNotFound}
	case errors.As(err, &certificate):
		return &GitError{Reason: CertificateRefused, Err: certificate.Err}
	case errors.As(err, &line):
		return spoken(line.Text)
	}
	return err
}

// The words by which servers say that a repository is not there, or that it is for others.
// There is no other sign over SSH.
var (
	notFoundWords = []string{
		"does not appear to be a git repository", "not a git repository", "repository not found",
		"repository does not exist", "no such repository", "could not be found", "no such file or directory",
	}
	refusedWords = []string{"permission denied", "access denied", "denied by", "not authorized", "unauthorized", "forbidden"}
)

// spoken returns the GitError for what a server says to people.
func spoken(text string) *GitError {
	text = strings.TrimSpace(text)
	e := &GitError{Reason: GitOther, Detail: text}
	lower := strings.ToLower(text)
	for _, words := range notFoundWords {
		if strings.Contains(lower, words) {
			e.Reason = RepositoryNotFound
			return e
		}
	}
	for _, words := range refusedWords {
		if strings.Contains(lower, words) {
			e.Reason = CredentialsRefused
			return e
		}
	}
	return e
}

// isUnreachable reports that the network is at fault, not what was said over it.
func isUnreachable(err error) bool {
	var (
		network net.Error
		late    noAnswerError
	)
	return errors.As(err, &network) || errors.As(err, &late) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
