package provider

import (
	"fmt"
	"maps"

	data "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
)

// What runs a command takes the same attributes wherever it stands. They are described
// once, in the schema of the exec resource; the framework has a type of its own for the
// attributes of each construct, so the others are made of those.

// commandAttributes are the attributes of [commandModel], in the order of the schema.
var commandAttributes = []string{
	"command", "shell", "interpreter", "cwd", "path", "environment", "sensitive_environment", "inherit_environment", "stdin",
	"user", "group", "umask", "timeout", "tries", "try_sleep", "returns", "sensitive_output", "connection",
}

// maskedEnvironment describes sensitive_environment where nothing is stored.
const maskedEnvironment = "Like `environment`, for secrets: values of 4 bytes or more are masked in messages and in the provider's log."

const (
	workingDirectory = "Working directory; it must exist when something runs. Default: where the engine runs, over a `connection` where the login starts"
	logFileMode      = "A new file is readable by its owner alone; an existing one keeps its mode. It is on the machine of the engine, also over a " +
		"`connection`, and relative paths are taken from where the engine runs."
)

// elsewhere describes the texts whose description in the exec resource speaks of what only
// that has: services and secrets that are written only.
var elsewhere = map[string]string{
	"cwd":      workingDirectory + ".",
	"log_file": "File to which output is appended while the command runs, unmasked. " + logFileMode,
}

// dataAttributes returns attributes of the exec resource for a data source.
func dataAttributes(names ...string) map[string]data.Attribute {
	all := describeExec().Attributes
	out := make(map[string]data.Attribute, len(names))
	for _, name := range names {
		from := all[name]
		if text, ok := from.(schema.StringAttribute); ok && elsewhere[name] != "" {
			text.MarkdownDescription = elsewhere[name]
			from = text
		}
		out[name] = dataAttribute(from)
	}
	return out
}

// dataAttribute panics for a kind of attribute that nothing shares yet.
func dataAttribute(from schema.Attribute) data.Attribute {
	switch a := from.(type) {
	case schema.StringAttribute:
		return data.StringAttribute{
			CustomType: a.CustomType, Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive,
			MarkdownDescription: a.MarkdownDescription, Validators: a.Validators,
		}
	case schema.BoolAttribute:
		return data.BoolAttribute{
			Required: a.Required, Optional: a.Optional, Computed: a.Computed,
			MarkdownDescription: a.MarkdownDescription, Validators: a.Validators,
		}
	case schema.Int64Attribute:
		return data.Int64Attribute{
			Required: a.Required, Optional: a.Optional, Computed: a.Computed,
			MarkdownDescription: a.MarkdownDescription, Validators: a.Validators,
		}
	case schema.ListAttribute:
		return data.ListAttribute{
			ElementType: a.ElementType, Required: a.Required, Optional: a.Optional, Computed: a.Computed,
			MarkdownDescription: a.MarkdownDescription, Validators: a.Validators,
		}
	case schema.MapAttribute:
		return data.MapAttribute{
			ElementType: a.ElementType, Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive,
			MarkdownDescription: a.MarkdownDescription, Validators: a.Validators,
		}
	case schema.DynamicAttribute:
		return data.DynamicAttribute{
			Required: a.Required, Optional: a.Optional, Computed: a.Computed,
			MarkdownDescription: a.MarkdownDescription, Validators: a.Validators,
		}
	case schema.SingleNestedAttribute:
		inner := make(map[string]data.Attribute, len(a.Attributes))
		for name, from := range a.Attributes {
			inner[name] = dataAttribute(from)
		}
		return data.SingleNestedAttribute{
			Attributes: inner, Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive,
			MarkdownDescription: a.MarkdownDescription, Validators: a.Validators,
		}
	}
	panic(fmt.Sprintf("a data source cannot take a %T yet", from))
}

// with returns the attributes of both; those of more win.
func with[A any](attributes, more map[string]A) map[string]A {
	maps.Copy(attributes, more)
	return attributes
}
