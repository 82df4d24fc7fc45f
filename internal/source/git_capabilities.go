package source

import (
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/transport"
)

// init lets requests name multi_ack and multi_ack_detailed where a server offers them,
// which go-git keeps out of them by default. Azure DevOps and AWS CodeCommit refuse
// requests without. What go-git cannot read are the answers that servers give under them
// to commits which a client says it has, and no request of this package says so. Thin
// packs stay out: they build on objects that are not there.
func init() {
	transport.UnsupportedCapabilities = []capability.Capability{capability.ThinPack}
}
