package provider

import (
	"errors"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/service"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// everyMessage is every message of this provider.
func everyMessage(t *testing.T) []message {
	t.Helper()
	return slices.Concat(badInput(), aroundRuns(t), aboutServices(), aboutPrograms(), aboutFunctions(), aboutLookUps(), aboutMoves(), aboutConnections())
}

// aboutServices is every message about executables and services.
func aboutServices() []message {
	p := path.Root("executable")
	m := messages{
		mask: host.NewMasker("s3cret"), target: "local", within: path.Root("service"),
		service: "backup", executable: "bash",
	}
	unknown := &source.GitError{Reason: source.ReferenceUnknown, URL: "https://git.example.com/x", Reference: "nope"}
	away := &source.GitError{Reason: source.RemoteUnreachable, URL: "https://git.example.com/x"}
	missing := &source.PathError{Reason: source.PathMissing, Path: "/srv/jobs"}
	return []message{
		{"args without an executable", argsAlone(path.Root("args"))},
		{"inputs without a service", inputsAlone(path.Root("inputs"))},
		{"a relative executable", notProgramName(path.Root("exec_command"))},
		{"inputs that are a list", notAnObject(path.Root("inputs"))},
		{"a schema that is none", notSchema(path.Root("input_schema"), errors.New("it is not JSON"))},
		{"a format that is none", notArgFormat(path.Root("arg_format"), errors.New("unexpected end"))},
		{"two kinds", notOneKind(p)},
		{"two sources", notOneSource(path.Root("source"))},
		{"a script without an executable object", needsExecutable(path.Root("executable_object"))},
		{"a repository without a commit", needsRevision(path.Root("service").AtName("revision"))},
		{"a Python program that is two", notOneProgram(path.Root("python_script"))},
		{"a path that leaves the source as it is written", badPath(path.Root("working_dir"), &service.FileError{
			Attribute: "working_dir", Err: &source.PathError{Reason: source.PathLeaves, Path: "../x"},
		})},
		{"a file that is missing in a plan", pathUnseen(path.Root("executable").AtName("filename"), &service.FileError{
			Attribute: "filename", Err: &source.PathError{Reason: source.PathMissing, Path: "run.sh"},
		})},
		{"a state in the source", badState(path.Root("opentofu_plan"), &service.StateError{Reason: service.StateInSource, Path: "/srv/x/state"})},
		{"inputs that violate the schema", inputViolates(service.Violation{Path: []string{"port"}, Says: "must be at most 9"})},
		{"an unknown reference in a plan", sourceUnresolved(unknown, mayAppear(unknown))},
		{"an unreachable remote in a plan", sourceUnresolved(away, mayAppear(away))},
		{"a missing directory in an apply", sourceUnresolved(missing, false)},
		{"a missing directory in a refresh", sourceUnseen(missing)},
		{"a repository whose URL holds credentials", notRepository(path.Root("source").AtName("git").AtName("url"), source.CheckAddress("https://u:hunter22@git.example.org/r"))},
		{"no repository", notRepository(path.Root("source").AtName("git").AtName("url"), source.CheckAddress("gopher://x/r"))},
		{"credentials for what is no URL", badCredential(&source.CredentialError{Index: 1, Err: errors.New("no scheme")})},
		{"an executable that cannot be looked at", unseen{
			"Unable to look at executable", path.Root("exec_command"), "/opt/x", errors.New("permission denied"),
		}.kept()},
		{"an executable with another content", m.failure(&converge.PinError{Name: "bash", Path: "/bin/bash", Want: "aa", Got: "bb"})},
		{"an executable that cannot be compared", m.failure(&converge.PinError{Name: "bash", Path: "/bin/bash", Want: "aa", Err: errors.New("permission denied")})},
		{"requirements that cannot be installed", m.failure(&converge.PrepareError{Err: &service.StepError{
			Doing: "install the requirements", ExitCode: 1, Stdout: "Looking in links: /wheels\n", Stderr: "ERROR: No matching distribution found for s3cret\n",
		}})},
		{"a tool that cannot be started", m.failure(&converge.PrepareError{Err: &service.StepError{
			Doing: "run tofu init", Err: &host.StartError{Reason: host.ProgramNotFound, Subject: "tofu"},
		}})},
		{"a file that leaves the source", m.failure(&converge.PrepareError{Err: &service.FileError{
			Attribute: "filename", Err: &source.PathError{Reason: source.PathLeaves, Path: "../x"},
		}})},
		{"files that are not those of the plan", m.failure(&converge.PrepareError{Err: &service.ChangedError{
			Path: "/srv/jobs", Planned: "sha256:aa", Found: "sha256:bb",
		}})},
		{"a checkout that cannot be made", m.failure(&converge.PrepareError{Err: away})},
		{"a service that fails otherwise", m.failure(&converge.PrepareError{Err: errors.New("disk full")})},
		{"a result that is lost", m.resultLost(errors.New("no recap"))},
	}
}
