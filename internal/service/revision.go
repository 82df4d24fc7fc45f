package service

import (
	"context"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// written are patterns of what engines and interpreters write beside the files that they
// work on. It is nobody's definition: a state in path.module is another one after each
// apply, and what a virtual environment links to differs between machines. The lock file
// of the dependencies is not among them.
var written = []string{".terraform", "*.tfstate", "*.tfstate.*", ".venv", "__pycache__"}

// Revision returns the revision of a service's directory: the digest of what is in it,
// without what engines and interpreters write there. The error is that of
// [source.Digester.Tree].
func Revision(ctx context.Context, d *source.Digester, dir string) (string, error) {
	return d.Tree(ctx, dir, written...)
}
