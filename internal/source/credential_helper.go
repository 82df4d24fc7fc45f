package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"
)

// helperGrace is how long a credential helper may take to end once it was told to.
const helperGrace = time.Second

// login is a user's name and password.
type login struct{ user, password string }

// helperMemory asks git's credential helpers, and remembers what they said as long as it
// works. The zero value is ready.
type helperMemory struct {
	asks flights[string, *login]

	mu    sync.Mutex
	known map[string]*login
	// said are all passwords ever heard, which must not be shown even when refused.
	said []string
}

// recall returns what the helpers said of the address; nil if they were not asked or it
// did not work.
func (h *helperMemory) recall(a address) *login {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.known[a.identity()]
}

func (h *helperMemory) forget(a address) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.known, a.identity())
}

// secrets returns what must never be shown.
func (h *helperMemory) secrets() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.said)
}

// ask returns what git's credential helpers know of the address. They are asked as git
// does it, except that nobody is prompted and nothing is told to them afterwards. The
// error is a [*GitError] with CredentialsRefused if there is no git or no answer.
func (h *helperMemory) ask(ctx context.Context, a address) (*login, error) {
	return h.asks.do(ctx, a.identity(), func(ctx context.Context) (*login, error) {
		l, err := fillCredential(ctx, a)
		if err != nil {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			return nil, &GitError{
				Reason: CredentialsRefused,
				Detail: "the server wants credentials; none are configured for this URL, and " + err.Error(),
			}
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.known == nil {
			h.known = map[string]*login{}
		}
		h.known[a.identity()] = l
		if !slices.Contains(h.said, l.password) {
			h.said = append(h.said, l.password)
		}
		return l, nil
	})
}

var errNoLogin = errors.New("git's credential helpers know none")

// fillCredential runs "git credential fill". Its errors hold no secret: what helpers print
// is not repeated.
func fillCredential(ctx context.Context, a address) (*login, error) {
	git, err := exec.LookPath("git")
	if err != nil {
		return nil, errors.New("git, whose credential helpers could be asked, is not installed")
	}
	var question, answer bytes.Buffer
	fmt.Fprintf(&question, "protocol=%s\nhost=%s\npath=%s\n", a.scheme, a.authority(), strings.Join(a.segments, "/"))
	if a.user != "" {
		fmt.Fprintf(&question, "username=%s\n", a.user)
	}
	question.WriteByte('\n')
	cmd := exec.CommandContext(ctx, git, "credential", "fill")
	cmd.Env = append(os.Environ(),
		"GIT_TERMINAL_PROMPT=0",
		// Set and empty: when unset, git falls back on core.askPass and SSH_ASKPASS.
		"GIT_ASKPASS=", "SSH_ASKPASS=", "GCM_INTERACTIVE=never",
	)
	cmd.Stdin, cmd.Stdout, cmd.WaitDelay = &question, &answer, helperGrace
	if err := cmd.Run(); err != nil {
		return nil, errNoLogin
	}
	var l login
	for line := range strings.Lines(answer.String()) {
		name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), "=")
		switch name {
		case "username":
			l.user = value
		case "password":
			l.password = value
		}
	}
	if l.password == "" {
		return nil, errNoLogin
	}
	return &l, nil
}
