package provider

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/service"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// The messages about executables and services, by the rules of diagnostics.go.

const summaryService = "Unable to use service"

func argsAlone(p path.Path) diag.Diagnostic {
	return refused(p, summaryCombine, "args are the arguments of an executable object, and executable is not set. Put the arguments of a command "+
		"into command.")
}

func inputsAlone(p path.Path) diag.Diagnostic {
	return refused(p, summaryCombine, "inputs are those of a service, and service is not set.")
}

func notProgramName(p path.Path) diag.Diagnostic {
	return refused(p, summaryCommand, "An executable is named by an absolute path, or by a bare name that is looked up on PATH; a relative path would "+
		"mean another file in every directory.")
}

func notAnObject(p path.Path) diag.Diagnostic {
	return refused(p, summaryValue, "Write an object: { name = value }.")
}

func notSchema(p path.Path, err error) diag.Diagnostic {
	return refused(p, summaryValue, detail("The text is no JSON Schema. Write one with jsonencode().", cause(err)))
}

// notRepository names the attribute and does not point at it where it holds a secret: engines
// would print its line.
func notRepository(p path.Path, err error) diag.Diagnostic {
	said, secret := "The address of the repository cannot be used", false
	if git, ok := errors.AsType[*source.GitError](err); ok {
		said += ": " + git.Reason.String()
		if git.Detail != "" {
			said += "; " + git.Detail
		}
		secret = git.Reason == source.URLWithCredentials
	}
	if secret {
		return diag.NewErrorDiagnostic(summaryValue, fmt.Sprintf("In %s: %s.", p, said))
	}
	return refused(p, summaryValue, said+".")
}

func notArgFormat(p path.Path, err error) diag.Diagnostic {
	return refused(p, summaryValue, detail("The format is a Go template over .Key and .Value, of words that are separated by blanks and quoted as in a shell.",
		cause(err)))
}

func notOneKind(p path.Path) diag.Diagnostic {
	return refused(p, summaryCombine, "A service runs in exactly one way. Set one of executable, python_script, ansible_playbook and opentofu_plan.")
}

func notOneSource(p path.Path) diag.Diagnostic {
	return refused(p, summaryCombine, "The files of a service come from one place. Set one of path and git.")
}

func needsExecutable(p path.Path) diag.Diagnostic {
	return refused(p, summaryCombine, "A service of this kind runs under an executable object, and executable_object is not set.")
}

func needsRevision(p path.Path) diag.Diagnostic {
	return refused(p, summaryCombine, "A service in a repository runs at one commit, and revision is not set. Refer to an exec_service, which finds it out.")
}

func notOneProgram(p path.Path) diag.Diagnostic {
	return refused(p, summaryCombine, "Set one of filename and script.")
}

func badPath(p path.Path, err error) diag.Diagnostic {
	return refused(p, summaryService, pathText(err)+". All files of a service lie in its source, and their paths are relative to its working_dir.")
}

// pathUnseen tells in a plan that a file is not there, which an earlier step may still write.
func pathUnseen(p path.Path, err error) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(p, summaryService,
		pathText(err)+". If no earlier step of the apply provides it, whatever runs the service will fail.")
}

// pathText words what is wrong with a path of a service.
func pathText(err error) string {
	if file, ok := errors.AsType[*service.FileError](err); ok {
		return "The path in " + file.Attribute + " cannot be used: " + sourceText(file.Err)
	}
	return "A path cannot be used"
}

func badState(p path.Path, err error) diag.Diagnostic {
	return refused(p, summaryService, detail("The state of the configuration would be lost, or kept where it must not be. Set state_file to a path "+
		"outside the source, or write a backend block.", cause(err)))
}

func inputViolates(v service.Violation) diag.Diagnostic {
	p := path.Root("inputs")
	for _, step := range v.Path {
		p = p.AtName(step)
	}
	return refused(p, "Unable to accept inputs", "By the service's input_schema the value "+v.Says+".")
}

// sourceText words why a source gave no answer, and what to do.
func sourceText(err error) string {
	if git, ok := errors.AsType[*source.GitError](err); ok {
		text := git.Reason.String()
		if git.Reference != "" {
			text += fmt.Sprintf(" %q", git.Reference)
		}
		return text
	}
	if file, ok := errors.AsType[*source.PathError](err); ok {
		return fmt.Sprintf("%q %s", file.Path, file.Reason)
	}
	return "it cannot be read"
}

func sourcePath(err error) path.Path {
	p := path.Root("source")
	git, ok := errors.AsType[*source.GitError](err)
	switch {
	case !ok:
		return p.AtName("path")
	case git.Reference != "":
		return p.AtName("git").AtName("reference")
	}
	return p.AtName("git").AtName("url")
}

// mayAppear reports that a source which cannot be read now may be there by the apply: a
// directory that an earlier step makes, a server that it starts.
func mayAppear(err error) bool {
	git, ok := errors.AsType[*source.GitError](err)
	return !ok || git.Reason == source.RemoteUnreachable
}

func sourceUnresolved(err error, warning bool) diag.Diagnostic {
	const summary = "Unable to resolve source"
	if warning {
		return diag.NewAttributeWarningDiagnostic(sourcePath(err), summary, detail(
			"The files of the service cannot be found now: "+sourceText(err)+". If no earlier step of the apply provides them, it will fail.", cause(err)))
	}
	return diag.NewAttributeErrorDiagnostic(sourcePath(err), summary, detail(
		"The files of the service cannot be found: "+sourceText(err)+".", cause(err)))
}

// sourceUnseen tells that what was resolved last stands.
func sourceUnseen(err error) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(sourcePath(err), "Unable to resolve source", detail(
		"The files of the service cannot be found now: "+sourceText(err)+". The revision that was resolved last is kept.", cause(err)))
}

// notPrepared words why a service could not be made ready.
func (m messages) notPrepared(err error) diag.Diagnostic {
	const nothingRan = "so nothing was run."
	if step, ok := errors.AsType[*service.StepError](err); ok {
		code := ""
		if step.Err == nil {
			code = fmt.Sprintf("Exit code: %d", step.ExitCode)
		}
		return m.error(path.Root("service"), summaryService, detail(
			strings.TrimSpace(fmt.Sprintf("Unable to %s, %s %s", step.Doing, nothingRan, step.Hint)),
			m.host(), m.serviceFact(), code, m.lastWords("Stdout", step.Stdout), m.lastWords("Stderr", step.Stderr), cause(step.Err)))
	}
	if file, ok := errors.AsType[*service.FileError](err); ok {
		return m.error(path.Root("service"), summaryService, detail(
			pathText(file)+", "+nothingRan, m.host(), m.serviceFact(), cause(file.Err)))
	}
	if changed, ok := errors.AsType[*service.ChangedError](err); ok {
		return m.error(path.Root("service"), summaryService, detail(
			"The files of the service changed since they were planned, "+nothingRan+" Plan and apply again. If an earlier step of the apply writes them, name "+
				"that step in replace_triggered_by of the exec_service, so that the revision is resolved after it. If something else writes beside them, "+
				"let it write elsewhere.",
			m.host(), m.serviceFact(), fmt.Sprintf("Directory: %q", changed.Path), "Planned: "+changed.Planned, "Found: "+changed.Found))
	}
	said := "The service could not be made ready, "
	if _, ok := errors.AsType[*source.GitError](err); ok {
		said = "The files of the service cannot be had: " + sourceText(err) + ", "
	}
	return m.error(path.Root("service"), summaryService, detail(said+nothingRan, m.host(), m.serviceFact(), cause(err)))
}

func (m messages) serviceFact() string {
	if m.service == "" {
		return ""
	}
	return fmt.Sprintf("Service: %q", m.service)
}

// resultLost tells why a service that went well has no result.
func (m messages) resultLost(err error) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("service"), "Result of service is not available",
		m.mask.Mask(detail("The service ran, and what it came to could not be read. The result is null.", m.host(), m.serviceFact(), cause(err))))
}

// badCredential names the entry that cannot be used, and nothing of what it holds.
func badCredential(err error) diag.Diagnostic {
	p := path.Root("git_credentials")
	if bad, ok := errors.AsType[*source.CredentialError](err); ok {
		p = p.AtListIndex(bad.Index)
	}
	return diag.NewAttributeErrorDiagnostic(p, "Unable to configure provider", detail("The credentials cannot be used.", cause(err)))
}

// unseen is what could not be seen of an executable: what was attempted, the attribute
// that asked for it, and of which file.
type unseen struct {
	summary   string
	attribute path.Path
	file      string
	err       error
}

// kept tells that what was seen last stands.
func (u unseen) kept() diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("exec_command"), u.summary,
		detail("What was seen of it last is kept.", "Executable: "+u.file, cause(u.err)))
}
