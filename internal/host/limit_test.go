package host_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

func TestLimitCountsFromTheTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("too long")
		ctx, begin, release := host.Limit(t.Context(), time.Minute, cause)
		defer release()
		c := host.Command{Turn: begin}
		time.Sleep(time.Hour)
		if ctx.Err() != nil {
			t.Fatal("the wait for its turn counted")
		}
		c.TakeTurn()
		time.Sleep(59 * time.Second)
		c.TakeTurn() // A second one gives no more time.
		if ctx.Err() != nil {
			t.Error("it ended too early")
		}
		time.Sleep(2 * time.Second)
		if !errors.Is(context.Cause(ctx), cause) {
			t.Errorf("cause = %v", context.Cause(ctx))
		}
	})
}

func TestLimitOfNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, begin, release := host.Limit(t.Context(), 0, errors.New("too long"))
		begin()
		time.Sleep(24 * time.Hour)
		if ctx.Err() != nil {
			t.Error("it ended")
		}
		release()
		if ctx.Err() == nil {
			t.Error("it was not released")
		}
		host.Command{}.TakeTurn()
	})
}
