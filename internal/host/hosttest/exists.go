package hosttest

import (
	"context"
	"errors"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// exists asks about one path.
func exists(ctx context.Context, h host.Host, path string) (bool, error) {
	for exists, err := range h.Exists(ctx, path) {
		return exists, err
	}
	return false, errors.New("no answer at all")
}
