package provider

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// connectionAttribute is the machine on which something runs, as far as it is public: the
// way in belongs to the provider, so that nothing of it is ever stored.
func connectionAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Another machine to run on, over SSH, by the way in that the provider has. The command, and all that is asked or looked up for " +
			"it, are those of that machine. It is an attribute, `connection = { … }`: a block `connection { … }` is the engine's own, for provisioners, and leads " +
			"nowhere. In JSON syntax write it within `\"_\"`. Default: this machine.",
		Attributes: with(machineAttributes("the machine"), map[string]schema.Attribute{
			"bastion": schema.SingleNestedAttribute{
				Optional:            true,
				MarkdownDescription: "A machine that the connection goes through. Another one is no changed definition.",
				Attributes:          machineAttributes("the bastion"),
			},
		}),
	}
}

// machineAttributes are those of [machineModel].
func machineAttributes(what string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"host": schema.StringAttribute{
			Required:            true,
			Validators:          []validator.String{hostName()},
			MarkdownDescription: "Name or address of " + what + ", an IPv6 address without brackets.",
		},
		"port": schema.Int64Attribute{
			Optional:            true,
			Validators:          []validator.Int64{int64validator.Between(1, 65535)},
			MarkdownDescription: "Port of its SSH server. Default `22`.",
		},
		"user": schema.StringAttribute{
			Optional:            true,
			Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			MarkdownDescription: "Who logs in. Default `\"root\"`.",
		},
		"host_key": schema.StringAttribute{
			Optional:   true,
			Validators: []validator.String{hostKey()},
			MarkdownDescription: "Public key of " + what + ", like `ssh-ed25519 AAAA…`, or that of an authority which signs host keys. Another one is no " +
				"changed definition. Default: what the provider's `known_hosts_file` says of it; a key that nobody knows is refused.",
		},
	}
}
