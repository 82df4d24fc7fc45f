package provider

import (
	"context"
	"maps"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/executable"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/local"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/remote"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/service"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// The values of the guards setting.
const (
	guardsInPlan  = "plan"
	guardsInApply = "apply"
)

// gitTimeout is how long a repository may take for one answer, a checkout included.
const gitTimeout = 5 * time.Minute

// defaultGuardTimeout is how long a guard may take to answer.
const defaultGuardTimeout = 30 * time.Second

// defaultConnectTimeout is how long an apply waits for a machine, one that was made just now
// say.
const defaultConnectTimeout = 5 * time.Minute

// settings is what the provider's configuration comes to.
type settings struct {
	guards       string
	guardTimeout time.Duration
	// timeout is how long a run may take that does not say so itself; zero is no limit.
	timeout time.Duration
	// maxParallel is how many runs may go on at once; zero is no limit.
	maxParallel int
	// defaults surround every command. defaultsUnknown says that this is a plan which does
	// not know them yet, so no guard command is asked: the answer could be another one.
	defaults        converge.Defaults
	defaultsUnknown bool
	local           host.Host
	// access is the way into other machines, of which far returns one. accessUnknown says that
	// this is a plan which does not know the way in yet, so none of them is asked.
	access        remote.Access
	accessUnknown bool
	far           func(remote.Place) (farHost, error)
	// connectTimeout is how long an apply waits for a machine; zero is one attempt.
	connectTimeout time.Duration
	openings       *openings
	digests        *source.Digester
	credentials    []source.Credential
	// credentialsUnknown says that this is a plan which does not know them yet, so no
	// repository is asked.
	credentialsUnknown bool
	// own hides the secrets of this configuration. A private key has many forms to look for,
	// so masking makes it once, for all resources.
	masking sync.Once
	own     *host.Masker
	// machine makes what services need of this machine, when one first needs it.
	machine func() (service.Machine, error)
}

// askInPlan reports whether guards may be asked when nothing is applied. Only Read and the
// warning of a create may look at this: a plan that depended on it could be contradicted
// by the one that engines make during apply.
func (s *settings) askInPlan() bool { return s.guards == guardsInPlan }

// notAsked says why these guards are not asked at a place when nothing is applied; empty
// means that they are. It may be looked at where askInPlan may.
func (s *settings) notAsked(g converge.Guards, place *remote.Place) string {
	switch {
	case !s.askInPlan():
		return notAskedMessage
	case s.defaultsUnknown && len(g.Unless)+len(g.OnlyIf) > 0:
		return placeUnknownMessage
	case s.wayUnknown(place):
		return wayUnknownMessage
	}
	return ""
}

// wayUnknown reports that nobody knows yet how to get into the machine at a place.
func (s *settings) wayUnknown(place *remote.Place) bool { return place != nil && s.accessUnknown }

// masker hides the secrets of spec, those of this configuration, and more.
func (s *settings) masker(spec converge.Spec, more ...string) *host.Masker {
	s.masking.Do(func() {
		secrets := []string{s.access.Password, s.access.PrivateKey, s.access.Passphrase}
		for _, c := range s.credentials {
			secrets = append(secrets, c.Password, c.PrivateKey, c.Passphrase)
		}
		s.own = host.NewMasker(secrets...)
	})
	return s.own.With(append(spec.Secrets(), more...)...)
}

// equip gives a service what it needs of this machine.
func (s *settings) equip(spec converge.Spec) {
	if runner, ok := spec.Service.(*service.Runner); ok {
		runner.Machine = s.machine
	}
}

// git returns the client for repositories.
func (s *settings) git() (*source.GitClient, error) {
	machine, err := s.machine()
	return machine.Git, err
}

// newMachine returns what makes what services need of this machine, once per process: the
// client remembers what repositories answered.
func (s *settings) newMachine() func() (service.Machine, error) {
	return sync.OnceValues(func() (service.Machine, error) {
		dir, err := source.CacheDir()
		if err != nil {
			return service.Machine{}, err
		}
		git, err := source.NewGitClient(source.GitOptions{Credentials: s.credentials, Timeout: gitTimeout})
		if err != nil {
			return service.Machine{}, err
		}
		return service.Machine{
			Host: s.local, Cache: source.NewCache(dir), Git: git, Identify: s.identify, Keep: local.Keep,
			Directories: service.NewDirectories(func(ctx context.Context, dir string) (string, error) {
				return service.Revision(ctx, s.digests, dir)
			}),
		}, nil
	})
}

// identify finds the program of a command on this machine, and its digest.
func (s *settings) identify(ctx context.Context, c host.Command) (file, digest string, err error) {
	search := c.Path
	if p, ok := c.Env["PATH"]; ok && len(search) == 0 {
		search = filepath.SplitList(p)
	}
	if file, err = executable.Find(c.Argv[0], search); err != nil || file == "" {
		return file, "", err
	}
	digest, err = s.digest(ctx, file)
	return file, digest, err
}

// digest returns the SHA-256 of a file in hexadecimal. A file that did not change is not
// read again within one process.
func (s *settings) digest(ctx context.Context, file string) (string, error) {
	sum, err := s.digests.File(ctx, file)
	return strings.TrimPrefix(sum, "sha256:"), err
}

// version asks a program for its version, within the time that a guard has.
func (s *settings) version(ctx context.Context, file string, args []string, env map[string]string) (string, error) {
	if s.guardTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.guardTimeout)
		defer cancel()
	}
	return executable.Version(ctx, s.local, file, args, s.environment(env))
}

// environment returns env with the defaults where it says nothing.
func (s *settings) environment(env map[string]string) map[string]string {
	all := map[string]string{}
	maps.Copy(all, s.defaults.Environment)
	if len(s.defaults.Path) > 0 {
		all["PATH"] = strings.Join(s.defaults.Path, string(filepath.ListSeparator))
	}
	maps.Copy(all, env)
	return all
}

// searchPath is where a bare name is looked up that nothing else is said about; empty means
// this process's PATH.
func (s *settings) searchPath() []string {
	return filepath.SplitList(s.environment(nil)["PATH"])
}
