package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// reservedNames serves an attribute that is called connection. The framework describes none,
// for engines have a block of that name, for provisioners; they do tell the two apart (seen
// with OpenTofu 1.12 and Terraform 1.11), except in JSON, where "_" leads past theirs. The
// framework looks at names only where it
// describes schemas, so there the attribute goes by another one.
type reservedNames struct{ framework }

const (
	reservedName = "connection"
	standIn      = "connection_"
)

// describing marks the context of a call that describes schemas.
type describing struct{}

// named returns the attributes of a schema by the names that the framework takes in a call.
func named[A any](ctx context.Context, attributes map[string]A) map[string]A {
	if a, ok := attributes[reservedName]; ok && ctx.Value(describing{}) != nil {
		attributes[standIn] = a
		delete(attributes, reservedName)
	}
	return attributes
}

func (r reservedNames) GetProviderSchema(ctx context.Context, req *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	resp, err := r.framework.GetProviderSchema(context.WithValue(ctx, describing{}, true), req)
	if err != nil {
		return nil, err
	}
	for _, schemas := range []map[string]*tfprotov6.Schema{resp.ResourceSchemas, resp.DataSourceSchemas, resp.EphemeralResourceSchemas} {
		for _, s := range schemas {
			rename(s)
		}
	}
	for _, a := range resp.ActionSchemas {
		rename(a.Schema)
	}
	return resp, nil
}

func rename(s *tfprotov6.Schema) {
	for _, a := range s.Block.Attributes {
		if a.Name == standIn {
			a.Name = reservedName
		}
	}
}
