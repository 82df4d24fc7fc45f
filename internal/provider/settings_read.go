package provider

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/remote"
)

// The environment variables that overrule settings, so that one configuration serves a
// read-only plan job and an apply, or a small machine and a large one. An empty one is none.
const (
	guardsVariable       = "EXEC_GUARDS"
	guardTimeoutVariable = "EXEC_GUARD_TIMEOUT"
	pathVariable         = "EXEC_PATH"
	environmentVariable  = "EXEC_ENVIRONMENT"
	timeoutVariable      = "EXEC_TIMEOUT"
	maxParallelVariable  = "EXEC_MAX_PARALLEL"

	passwordVariable       = "EXEC_PASSWORD"
	privateKeyVariable     = "EXEC_PRIVATE_KEY"
	passphraseVariable     = "EXEC_PASSPHRASE"
	agentVariable          = "EXEC_AGENT"
	knownHostsVariable     = "EXEC_KNOWN_HOSTS_FILE"
	connectTimeoutVariable = "EXEC_CONNECT_TIMEOUT"
)

// validate refuses what the schema cannot.
func (m providerModel) validate(diags *diag.Diagnostics) {
	if given(m.Path) && givenNames(m.Environment)["PATH"] {
		diags.Append(excludes(path.Root("path"), "environment.PATH", bothSayPath))
	}
	diags.Append(nulBytes(path.Root("environment"), m.Environment)...)
	if m.Passphrase.ValueString() != "" && m.PrivateKey.IsNull() && os.Getenv(privateKeyVariable) == "" {
		diags.Append(passphraseAlone())
	}
}

// read takes the settings from the environment, else from the configuration, else their
// defaults. What is not known yet is the default, and noted where a plan has to be careful.
func (s *settings) read(config providerModel) (diags diag.Diagnostics) {
	s.guards = setting(&diags, config.Guards, guardsInPlan, guardsVariable, parseGuards, types.String.ValueString)
	if config.Guards.IsUnknown() && os.Getenv(guardsVariable) == "" {
		s.guards = guardsInApply
	}
	s.guardTimeout = setting(&diags, config.GuardTimeout, defaultGuardTimeout, guardTimeoutVariable, parseLimit, limit)
	s.timeout = setting(&diags, config.Timeout, defaultTimeout, timeoutVariable, parseLimit, limit)
	s.maxParallel = setting(&diags, config.MaxParallel, 0, maxParallelVariable, parseCount, func(v types.Int64) int { return int(v.ValueInt64()) })
	s.defaults = converge.Defaults{
		Path:        setting(&diags, config.Path, nil, pathVariable, parsePath, decoder{unknown: unknowns{}}.listed),
		Environment: setting(&diags, config.Environment, nil, environmentVariable, parseEnvironment, decoder{unknown: unknowns{}}.mapped),
	}
	s.defaultsUnknown = open(config.Path, pathVariable) || open(config.Environment, environmentVariable)
	if _, ok := s.defaults.Environment["PATH"]; ok && len(s.defaults.Path) > 0 && !diags.HasError() {
		diags.Append(twoPaths())
	}
	diags.Append(s.readAccess(config)...)
	return diags
}

// readAccess takes the way into other machines. An empty text is none, as for modules that
// pass one on.
func (s *settings) readAccess(config providerModel) (diags diag.Diagnostics) {
	text := func(configured types.String, variable string) string {
		return setting(&diags, configured, "", variable, parseText, types.String.ValueString)
	}
	s.access = remote.Access{
		Password:       text(config.Password, passwordVariable),
		PrivateKey:     text(config.PrivateKey, privateKeyVariable),
		Passphrase:     text(config.Passphrase, passphraseVariable),
		Agent:          setting(&diags, config.Agent, nil, agentVariable, parseFlag, types.Bool.ValueBoolPointer),
		KnownHostsFile: text(config.KnownHostsFile, knownHostsVariable),
	}
	s.connectTimeout = setting(&diags, config.ConnectTimeout, defaultConnectTimeout, connectTimeoutVariable, parseLimit, limit)
	s.accessUnknown = open(config.Password, passwordVariable) || open(config.PrivateKey, privateKeyVariable) ||
		open(config.Passphrase, passphraseVariable) || open(config.Agent, agentVariable) || open(config.KnownHostsFile, knownHostsVariable)
	if s.accessUnknown {
		return diags
	}
	if err := s.access.Check(); err != nil {
		diags.Append(badAccess(s.access, err))
	}
	return diags
}

// open reports that nobody knows the value of a setting yet.
func open(v attr.Value, variable string) bool {
	return os.Getenv(variable) == "" && unknownBeyond(v, "")
}

// setting returns what the variable says, else what is configured, else the default.
func setting[V attr.Value, T any](
	diags *diag.Diagnostics, configured V, unset T, variable string, parse func(string) (T, string), decode func(V) T,
) T {
	if text := os.Getenv(variable); text != "" {
		value, fault := parse(text)
		if fault != "" {
			diags.Append(badVariable(variable, text, fault))
		}
		return value
	}
	if configured.IsNull() || configured.IsUnknown() {
		return unset
	}
	return decode(configured)
}

// The schema's validators have said what is wrong with a configured value.

func limit(v duration) time.Duration {
	d, _ := v.ValueGoDuration()
	return d
}

func (d decoder) listed(v types.List) []string { return d.texts("path", v) }

func (d decoder) mapped(v types.Map) map[string]string { return d.environment("environment", v) }

// The parsers of variables return what a value must be, if it is not that.

func parseGuards(text string) (string, string) {
	if text != guardsInPlan && text != guardsInApply {
		return text, mustBeGuards
	}
	return text, ""
}

func parseLimit(text string) (time.Duration, string) {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, mustBeDuration
	}
	return d, ""
}

func parseText(text string) (string, string) { return text, "" }

func parseFlag(text string) (*bool, string) {
	flag, err := strconv.ParseBool(text)
	if err != nil {
		return nil, mustBeFlag
	}
	return &flag, ""
}

func parseCount(text string) (int, string) {
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return 0, mustBeCount
	}
	return int(n), ""
}

func parsePath(text string) ([]string, string) {
	dirs := filepath.SplitList(text)
	if slices.ContainsFunc(dirs, func(dir string) bool { return !filepath.IsAbs(dir) }) {
		return nil, mustBePath
	}
	return dirs, ""
}

func parseEnvironment(text string) (map[string]string, string) {
	var values map[string]*string
	if json.Unmarshal([]byte(text), &values) != nil || values == nil {
		return nil, mustBeEnvironment
	}
	env := make(map[string]string, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch value := values[name]; {
		case !variableName.MatchString(name):
			return nil, mustBeEnvironment
		case value == nil: // As in a configuration: it is not set.
		case strings.ContainsRune(*value, 0):
			return nil, mustBeEnvironment
		default:
			env[name] = *value
		}
	}
	return env, ""
}
