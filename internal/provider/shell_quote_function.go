package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/words"
)

// shellQuoteFunction makes one string of a list of words.
type shellQuoteFunction struct{}

var _ function.Function = shellQuoteFunction{}

func newShellQuoteFunction() function.Function { return shellQuoteFunction{} }

func (shellQuoteFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "shell_quote"
}

func (shellQuoteFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Quotes words for a shell.",
		MarkdownDescription: "Returns the words as one string of which a POSIX shell makes the same words again, whatever they contain. " +
			"`shell_split` undoes it.",
		Parameters: []function.Parameter{
			function.ListParameter{
				Name:                "words",
				ElementType:         types.StringType,
				MarkdownDescription: "The words, none of which is null or contains a NUL character. An empty one becomes `''`.",
			},
		},
		Return: function.StringReturn{},
	}
}

func (shellQuoteFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var list types.List
	if resp.Error = req.Arguments.Get(ctx, &list); resp.Error != nil {
		return
	}
	in := make([]string, 0, len(list.Elements()))
	for i, e := range list.Elements() {
		word, ok := e.(types.String)
		switch {
		case !ok || word.IsNull():
			resp.Error = nullWord(i)
			return
		case word.IsUnknown():
			resp.Error = resp.Result.Set(ctx, types.StringUnknown())
			return
		}
		in = append(in, word.ValueString())
	}
	text, err := words.Quote(in)
	if err != nil {
		resp.Error = notQuoted(err)
		return
	}
	resp.Error = resp.Result.Set(ctx, text)
}
