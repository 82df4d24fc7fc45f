package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// Address is the name under which logs and debuggers know the provider.
const Address = "registry.opentofu.org/terraform-provider-exec/exec"

// Serve serves the provider to an engine, or to a debugger, until it is told to stop.
func Serve(version string, debug bool) error {
	var opts []tf6server.ServeOpt
	if debug {
		opts = append(opts, tf6server.WithManagedDebug())
	}
	return tf6server.Serve(Address, func() tfprotov6.ProviderServer { return NewServer(version) }, opts...)
}

// NewServer returns the provider as engines see it; version is what it reports of itself.
func NewServer(version string) tfprotov6.ProviderServer {
	p := newProvider(version)
	return serverOf(p, p)
}

// framework is what the plugin framework serves, with the parts for which terraform-plugin-go
// asks by type: a server that hides one of them does not have it.
type framework interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// server answers the calls that engines make for every single exec resource, and leaves to
// the framework whatever is not plain about them, and all other calls.
type server struct {
	framework
	exec execServer
}

// serverOf returns what serves p, whose settings are those of configured. Where exec cannot
// be served directly, the framework serves it too, and gives the same answers.
func serverOf(p provider.Provider, configured *execProvider) tfprotov6.ProviderServer {
	alone := providerserver.NewProtocol6(p)()
	all, ok := alone.(framework)
	if !ok {
		return alone
	}
	checked := checkedActions{wording{reservedNames{all}}}
	object, err := execObject()
	if err != nil {
		return checked
	}
	return &server{framework: checked, exec: execServer{object: object, provider: configured}}
}

// isExec reports whether a resource type is exec, which has the provider's own name.
func isExec(typeName string) bool { return typeName == providerName }

func (s *server) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	if isExec(req.TypeName) {
		if resp := s.exec.validate(ctx, req); resp != nil {
			return resp, nil
		}
	}
	ctx, end := leased(ctx)
	defer end()
	return s.framework.ValidateResourceConfig(ctx, req)
}

func (s *server) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	if isExec(req.TypeName) {
		if resp := s.exec.upgrade(ctx, req); resp != nil {
			return resp, nil
		}
	}
	ctx, end := leased(ctx)
	defer end()
	return s.framework.UpgradeResourceState(ctx, req)
}

func (s *server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	if isExec(req.TypeName) {
		if resp := s.exec.read(ctx, req); resp != nil {
			return resp, nil
		}
	}
	ctx, end := leased(ctx)
	defer end()
	return s.framework.ReadResource(ctx, req)
}

func (s *server) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	if isExec(req.TypeName) {
		if resp := s.exec.plan(ctx, req); resp != nil {
			return resp, nil
		}
	}
	ctx, end := leased(ctx)
	defer end()
	return s.framework.PlanResourceChange(ctx, req)
}

func (s *server) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	if isExec(req.TypeName) {
		if resp, served, err := s.exec.apply(ctx, req); served {
			return resp, err
		}
	}
	ctx, end := leased(ctx)
	defer end()
	return s.framework.ApplyResourceChange(ctx, req)
}

func (s *server) ValidateDataResourceConfig(ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	ctx, end := leased(ctx)
	defer end()
	return s.framework.ValidateDataResourceConfig(ctx, req)
}

func (s *server) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	ctx, end := leased(ctx)
	defer end()
	return s.framework.ReadDataSource(ctx, req)
}

func (s *server) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	ctx, end := leased(ctx)
	defer end()
	return s.framework.ImportResourceState(ctx, req)
}

func (s *server) MoveResourceState(ctx context.Context, req *tfprotov6.MoveResourceStateRequest) (*tfprotov6.MoveResourceStateResponse, error) {
	ctx, end := leased(ctx)
	defer end()
	return s.framework.MoveResourceState(ctx, req)
}

func (s *server) CallFunction(ctx context.Context, req *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	ctx, end := leased(ctx)
	defer end()
	return s.framework.CallFunction(ctx, req)
}
