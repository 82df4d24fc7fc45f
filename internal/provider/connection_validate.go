package provider

import (
	"context"
	"net/netip"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/remote"
)

// hostName accepts what names a machine and nothing beside it.
type hostName struct{}

func (hostName) Description(context.Context) string { return "must be a host name or an address" }

func (v hostName) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v hostName) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if fault := hostFault(req.ConfigValue.ValueString()); fault != "" {
		resp.Diagnostics.Append(notHost(req.Path, fault))
	}
}

// hostFault says what is wrong with the name of a machine. People paste what they give to
// ssh, and each of its other parts has an attribute of its own.
func hostFault(host string) string {
	_, notAddress := netip.ParseAddr(host)
	switch {
	case host == "":
		return "it is empty"
	case strings.ContainsFunc(host, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return "it contains white space"
	case strings.Contains(host, "://"):
		return "it is a URL"
	case strings.Contains(host, "@"):
		return "it also names a user"
	case strings.ContainsAny(host, "[]"):
		return "it has brackets"
	case strings.Contains(host, ":") && notAddress != nil:
		return "it also names a port, or is no address"
	case strings.Contains(host, "/"):
		return "it contains a slash"
	}
	return ""
}

// hostKey accepts public keys.
type hostKey struct{}

func (hostKey) Description(context.Context) string { return "must be a public key" }

func (v hostKey) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v hostKey) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := remote.CheckHostKey(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.Append(notHostKey(req.Path, err))
	}
}
