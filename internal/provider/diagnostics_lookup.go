package provider

import (
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// The messages of data sources that look something up, by the rules of diagnostics.go.

func notPattern(p path.Path, err error) diag.Diagnostic {
	return refused(p, summaryValue, detail("The text is no pattern. In a pattern *, ? and [a-z] stand for characters of one name, ** for any number of "+
		"names, and a backslash makes the next character an ordinary one.", cause(errors.Unwrap(err))))
}

// treeUnread tells why a tree has no digest, and what to do about it.
func treeUnread(err error) diag.Diagnostic {
	said := "The digest of the directory cannot be taken: " + sourceText(err) + "."
	return diag.NewAttributeErrorDiagnostic(path.Root("path"), "Unable to read tree", treeDetail(said, err))
}

func treeDetail(said string, err error) string {
	file, ok := errors.AsType[*source.PathError](err)
	if !ok {
		return detail(said, cause(err))
	}
	switch file.Reason {
	case source.PathMissing:
		said += " If an earlier step of the same apply creates it, refer to that resource, or name it in depends_on, and the tree is read after it."
	case source.PathNotDirectory:
		said += " For a single file there is the function filesha256."
	case source.PathDenied:
		said += " Make it readable, or leave it out with excludes."
	case source.PathIrregular:
		said += " Leave it out with excludes."
	case source.PathLeaves:
		said += " A link must be relative and stay in the tree, or it would mean something else on another machine. Correct it, or leave it out with excludes."
		return detail(said, fmt.Sprintf("Link to: %q", file.Target))
	case source.PathOther:
		return detail(said, cause(file.Err))
	}
	return said
}

// refused tells that there is no answer, where none was had before that could stand for it.
func (u unseen) refused() diag.Diagnostic {
	said := "What was asked about the executable is not known, and there is no earlier answer that could stand for it. One that does not exist " +
		"is no error, one that cannot be looked at is."
	if u.attribute.Equal(path.Root("version_args")) {
		said = "The executable did not tell its version when it was run with version_args. Correct them, or leave them out."
	}
	return diag.NewAttributeErrorDiagnostic(u.attribute, u.summary, detail(said, "Executable: "+u.file, cause(u.err)))
}
