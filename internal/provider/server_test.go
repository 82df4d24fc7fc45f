package provider

import (
	"context"
	"reflect"
	"runtime"
	"testing"
	"weak"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// What terraform-plugin-go finds by asking the server for further methods, it must find
// here too.
func TestServerHidesNothing(t *testing.T) {
	t.Parallel()
	p := newProvider("test")
	served, alone := reflect.TypeOf(serverOf(p, p)), reflect.TypeOf(providerserver.NewProtocol6(p)())
	if served == alone {
		t.Fatal("exec is served by the framework alone")
	}
	for m := range alone.Methods() {
		if _, ok := served.MethodByName(m.Name); !ok {
			t.Errorf("the framework serves %s, which the server hides", m.Name)
		}
	}
}

// The framework keeps the context of every call; what belongs to the call must not stay
// with it.
func TestCallsAreForgotten(t *testing.T) {
	t.Parallel()
	word := []*tfprotov6.DynamicValue{{JSON: []byte(`["a"]`)}}
	for rpc, call := range map[string]func(context.Context, tfprotov6.ProviderServer) error{
		"upgrade": func(ctx context.Context, s tfprotov6.ProviderServer) error {
			_, err := s.UpgradeResourceState(ctx, &tfprotov6.UpgradeResourceStateRequest{
				TypeName: "exec_service", RawState: &tfprotov6.RawState{JSON: []byte(`{}`)},
			})
			return err
		},
		"import": func(ctx context.Context, s tfprotov6.ProviderServer) error {
			_, err := s.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{TypeName: "exec", ID: "a"})
			return err
		},
		"move": func(ctx context.Context, s tfprotov6.ProviderServer) error {
			_, err := s.MoveResourceState(ctx, &tfprotov6.MoveResourceStateRequest{
				TargetTypeName: "exec", SourceTypeName: "null_resource", SourceState: &tfprotov6.RawState{JSON: []byte(`{"id":"1"}`)},
			})
			return err
		},
		"function": func(ctx context.Context, s tfprotov6.ProviderServer) error {
			_, err := s.CallFunction(ctx, &tfprotov6.CallFunctionRequest{Name: "shell_quote", Arguments: word})
			return err
		},
	} {
		t.Run(rpc, func(t *testing.T) {
			t.Parallel()
			p := newProvider("test")
			for name, tc := range map[string]struct {
				server tfprotov6.ProviderServer
				kept   bool
			}{
				"as it is served":                  {serverOf(p, p), false},
				"the framework alone, the control": {providerserver.NewProtocol6(p)(), true},
			} {
				logger := callAndForget(t, tc.server, call)
				runtime.GC()
				runtime.GC()
				if kept := logger.Value() != nil; kept != tc.kept {
					t.Errorf("%s: what the call held is still there: %v", name, kept)
				}
				runtime.KeepAlive(tc.server)
			}
		})
	}
}

type loggerKey struct{}

// callAndForget makes a call that the framework answers, with a context that holds
// something, and returns a pointer that does not keep it.
func callAndForget(t *testing.T, s tfprotov6.ProviderServer, call func(context.Context, tfprotov6.ProviderServer) error) weak.Pointer[[1 << 16]byte] {
	t.Helper()
	logger := &[1 << 16]byte{}
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), loggerKey{}, logger))
	defer cancel()
	if err := call(ctx, s); err != nil {
		t.Fatal(err)
	}
	return weak.Make(logger)
}

func TestLeaseEndsWithItsCall(t *testing.T) {
	t.Parallel()
	call := context.WithValue(t.Context(), loggerKey{}, "logger")
	ctx, end := leased(call)
	kept, stop := context.WithCancel(ctx)
	defer stop()
	if ctx.Err() != nil || kept.Value(loggerKey{}) != "logger" {
		t.Errorf("during the call: %v, %v", ctx.Err(), kept.Value(loggerKey{}))
	}
	end()
	if ctx.Err() == nil || kept.Value(loggerKey{}) != nil {
		t.Errorf("after the call: %v, %v", ctx.Err(), kept.Value(loggerKey{}))
	}
	select {
	case <-ctx.Done():
	default:
		t.Error("after the call the context is not done")
	}
}
