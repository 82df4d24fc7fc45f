package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// The messages about moved resources, by the rules of diagnostics.go.

const summaryMove = "Unable to move resource"

func notMovable(typ, provider string) diag.Diagnostic {
	return diag.NewErrorDiagnostic(summaryMove, detail("An exec can be moved from a null_resource of hashicorp/null and from a terraform_data of the engine "+
		"itself, and from nothing else. Remove the moved block. An import block adopts what was done before without running anything.",
		"Type: "+typ, "Provider: "+provider))
}

func notMoved(typ string, err error) diag.Diagnostic {
	return diag.NewErrorDiagnostic(summaryMove, detail("The state of the resource that is moved has no id that could be kept. Remove the moved block. An import "+
		"block adopts what was done before without running anything.", "Type: "+typ, cause(err)))
}
