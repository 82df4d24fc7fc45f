package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
)

// The messages about the provider's settings, by the rules of diagnostics.go.

const summarySettings = "Unable to configure provider"

// What the values of environment variables must be.
const (
	mustBeGuards      = `"plan" or "apply"`
	mustBeDuration    = `a duration that is not negative, like "90s" or "1h30m"`
	mustBeCount       = "a whole number that is not negative"
	mustBeFlag        = `"true" or "false"`
	mustBePath        = "a list of absolute directories, separated as in PATH"
	mustBeEnvironment = `a JSON object of strings whose keys are names of variables, like {"NAME": "value"}`
)

const bothSayPath = "both say where programs are looked up."

// badVariable refuses a setting in an environment variable. What EXEC_ENVIRONMENT holds may
// be a secret and is not shown.
func badVariable(variable, value, mustBe string) diag.Diagnostic {
	said := fmt.Sprintf("The environment variable %s is %q.", variable, value)
	if variable == environmentVariable {
		said = fmt.Sprintf("The environment variable %s cannot be used.", variable)
	}
	return diag.NewErrorDiagnostic(summarySettings, said+" It must be "+mustBe+", or unset.")
}

// twoPaths refuses settings of which one comes from the configuration and one from the
// environment, or both from there.
func twoPaths() diag.Diagnostic {
	return diag.NewErrorDiagnostic(summarySettings, fmt.Sprintf("path (or %s) and PATH in environment (or %s) are both set, and "+bothSayPath+
		" Keep one of them.", pathVariable, environmentVariable))
}

// noSlot tells of a run that max_parallel kept waiting.
func (m messages) noSlot(e *converge.SlotError) diag.Diagnostic {
	return m.error(m.within, "Unable to wait for other commands", detail(fmt.Sprintf(
		"The provider's max_parallel is %d, so the command had to wait for others on this machine, and could not wait until one of them ended. Nothing was run.",
		e.Limit),
		m.host(), cause(e.Err)))
}
