package provider

import (
	"net/netip"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/remote"
)

// hostName accepts what names a machine and nothing beside it.
func hostName() validator.String {
	return checkedString{"must be a host name or an address", func(at path.Path, host string) diag.Diagnostic {
		if fault := hostFault(host); fault != "" {
			return notHost(at, fault)
		}
		return nil
	}}
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
func hostKey() validator.String {
	return checkedString{"must be a public key", func(at path.Path, line string) diag.Diagnostic {
		if err := remote.CheckHostKey(line); err != nil {
			return notHostKey(at, err)
		}
		return nil
	}}
}
