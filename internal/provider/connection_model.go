package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/remote"
)

// machineModel is what names a machine.
type machineModel struct {
	Host    types.String `tfsdk:"host"`
	Port    types.Int64  `tfsdk:"port"`
	User    types.String `tfsdk:"user"`
	HostKey types.String `tfsdk:"host_key"`
}

// connectionModel is the connection attribute.
type connectionModel struct {
	machineModel
	Bastion types.Object `tfsdk:"bastion"`
}

// What null means in a connection. The target is made of it, which has to be a function of
// the configuration alone: so not of who runs the engine, and not of its ssh_config.
const (
	defaultPort = 22
	defaultUser = "root"
)

// targetLocal is the target of what has no connection.
const targetLocal = "local"

// targetOf names the machine at a place, nil for this one.
func targetOf(place *remote.Place) string {
	if place == nil {
		return targetLocal
	}
	return place.Target()
}

// targetAttributes are what a target is made of. A host key and a bastion are not: they say
// how to get to a machine, and not which one it is.
var targetAttributes = []string{"connection", "connection.host", "connection.port", "connection.user"}

// target returns the machine that the command runs on, which is not known before all that
// names it is.
func (m commandModel) target(ctx context.Context, diags *diag.Diagnostics) types.String {
	place, unknown := m.place(ctx, diags)
	if unknown.any(targetAttributes...) {
		return types.StringUnknown()
	}
	return types.StringValue(targetOf(place))
}

// place returns where the command runs, nil for this machine, and what of that is not known
// yet.
func (m commandModel) place(ctx context.Context, diags *diag.Diagnostics) (*remote.Place, unknowns) {
	d := decoder{ctx: ctx, diags: diags, unknown: unknowns{}}
	if !d.set("connection", m.Connection) {
		return nil, d.unknown
	}
	connection := objectAs[connectionModel](d, m.Connection)
	place := d.place("connection", connection.machineModel)
	if d.set("connection.bastion", connection.Bastion) {
		bastion := d.place("connection.bastion", objectAs[machineModel](d, connection.Bastion))
		place.Bastion = &bastion
	}
	return &place, d.unknown
}

func (d decoder) place(name string, m machineModel) remote.Place {
	place := remote.Place{
		Host:    d.text(name+".host", m.Host),
		Port:    d.number(name+".port", m.Port, defaultPort),
		User:    defaultUser,
		HostKey: d.text(name+".host_key", m.HostKey),
	}
	if d.set(name+".user", m.User) {
		place.User = m.User.ValueString()
	}
	return place
}
