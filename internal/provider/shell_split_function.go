package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/words"
)

// shellSplitFunction makes a list of words of one string.
type shellSplitFunction struct{}

var _ function.Function = shellSplitFunction{}

func newShellSplitFunction() function.Function { return shellSplitFunction{} }

func (shellSplitFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "shell_split"
}

func (shellSplitFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Splits a string into words as a shell does.",
		MarkdownDescription: "Returns the words of a string by the quoting rules of POSIX, as `exec` splits a command that is one string. " +
			"It undoes `shell_quote`. A string of which only a shell could make words is refused.",
		Parameters: []function.Parameter{
			function.StringParameter{
				Name:                "string",
				MarkdownDescription: "The string. One without words gives an empty list.",
			},
		},
		Return: function.ListReturn{ElementType: types.StringType},
	}
}

func (shellSplitFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var text string
	if resp.Error = req.Arguments.Get(ctx, &text); resp.Error != nil {
		return
	}
	list, err := words.List(text)
	if err != nil {
		resp.Error = notSplit(err)
		return
	}
	resp.Error = resp.Result.Set(ctx, append([]string{}, list...))
}
