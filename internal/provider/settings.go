package provider

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/executable"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/local"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/service"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// guardsVariable overrules the guards setting, so that one configuration serves a
// read-only plan job and an apply.
const guardsVariable = "EXEC_GUARDS"

// The values of the guards setting.
const (
	guardsInPlan  = "plan"
	guardsInApply = "apply"
)

// gitTimeout is how long a repository may take for one answer, a checkout included.
const gitTimeout = 5 * time.Minute

// defaultGuardTimeout is how long a guard may take to answer.
const defaultGuardTimeout = 30 * time.Second

// settings is what the provider's configuration comes to.
type settings struct {
	guards       string
	guardTimeout time.Duration
	local        host.Host
	digests      *source.Digester
	credentials  []source.Credential
	// credentialsUnknown says that this is a plan which does not know them yet, so no
	// repository is asked.
	credentialsUnknown bool
	// machine makes what services need of this machine, when one first needs it.
	machine func() (service.Machine, error)
}

// askInPlan reports whether guards may be asked when nothing is applied. Only Read and the
// warning of a create may look at this: a plan that depended on it could be contradicted
// by the one that engines make during apply.
func (s *settings) askInPlan() bool { return s.guards == guardsInPlan }

// engine returns what runs commands on the target; false means that this provider
// configuration does not lead there, and then nothing may run at all.
func (s *settings) engine(target string) (converge.Engine, bool) {
	if target != targetLocal {
		return converge.Engine{}, false
	}
	return converge.Engine{Host: s.local, GuardTimeout: s.guardTimeout, Identify: s.identify}, true
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
			Directories: service.NewDirectories(func(ctx context.Context, dir string) (string, error) { return s.digests.Tree(ctx, dir) }),
		}, nil
	})
}

// identify finds the program of a command on this machine, and its digest.
func (s *settings) identify(ctx context.Context, c host.Command) (file, digest string, err error) {
	search := c.Path
	if p, ok := c.Env["PATH"]; ok {
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
	return executable.Version(ctx, s.local, file, args, env)
}
