package provider

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/words"
)

// aboutFunctions is every message of a function, in the frame that engines put around it.
func aboutFunctions() []message {
	framed := func(parameter string, err *function.FuncError) diag.Diagnostic {
		return diag.NewErrorDiagnostic("Unable to call function", `Invalid value for "`+parameter+`" parameter: `+err.Text+".")
	}
	return []message{
		{"shell_quote of a null", framed("words", nullWord(1))},
		{"shell_quote of a NUL character", framed("words", notQuoted(words.ErrNUL))},
		{"shell_split of a pipe", framed("string", notSplit(&words.ShellError{Construct: "a pipe (|)"}))},
		{"shell_split of an unterminated quote", framed("string", notSplit(&words.SyntaxError{Detail: "an unterminated quote"}))},
	}
}

// call calls a function as an engine does.
func call(t *testing.T, name string, argument tftypes.Value, result tftypes.Type) (tftypes.Value, string) {
	t.Helper()
	value, err := tfprotov6.NewDynamicValue(argument.Type(), argument)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := providerserver.NewProtocol6(New("test")())().CallFunction(t.Context(), &tfprotov6.CallFunctionRequest{
		Name: name, Arguments: []*tfprotov6.DynamicValue{&value},
	})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Error != nil {
		if resp.Error.FunctionArgument == nil || *resp.Error.FunctionArgument != 0 {
			t.Errorf("the error %q is not laid at the argument", resp.Error.Text)
		}
		return tftypes.Value{}, resp.Error.Text
	}
	got, err := resp.Result.Unmarshal(result)
	if err != nil {
		t.Fatal(err)
	}
	return got, ""
}

func TestShellQuote(t *testing.T) {
	t.Parallel()
	list := tftypes.List{ElementType: tftypes.String}
	cases := map[string]struct {
		in   tftypes.Value
		want any
		err  string
	}{
		"no words":                        {in: listOf(), want: ""},
		"words of all sorts":              {in: listOf("tar", "a b", "it's", "", "日本"), want: `tar 'a b' 'it'\''s' '' '日本'`},
		"a word that is not known yet":    {in: tftypes.NewValue(list, []tftypes.Value{tftypes.NewValue(tftypes.String, "a"), unknownOf(tftypes.String)}), want: unknown},
		"a null before an unknown is one": {in: tftypes.NewValue(list, []tftypes.Value{null(tftypes.String), unknownOf(tftypes.String)}), err: "element 0 is null; leave it out, for example with compact() or a for expression with an if clause"},
		"a null":                          {in: tftypes.NewValue(list, []tftypes.Value{tftypes.NewValue(tftypes.String, "a"), null(tftypes.String)}), err: "element 1 is null; leave it out, for example with compact() or a for expression with an if clause"},
		"a NUL character":                 {in: listOf("a", "b\x00"), err: "a word contains a NUL character, which no argument of a program can hold"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := call(t, "shell_quote", tc.in, tftypes.String)
			if err != tc.err {
				t.Fatalf("error %q, want %q", err, tc.err)
			}
			if err == "" && plainValue(t, got) != tc.want {
				t.Errorf("got %v, want %v", plainValue(t, got), tc.want)
			}
		})
	}
}

func TestShellSplit(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		in   string
		want []any
		err  string
	}{
		"nothing":               {in: " \n", want: []any{}},
		"words of all sorts":    {in: `tar "a b" it\'s '' 日本`, want: []any{"tar", "a b", "it's", "", "日本"}},
		"an empty word alone":   {in: "''", want: []any{""}},
		"what a shell would do": {in: "a | b", err: "the string needs a shell: it has a pipe (|), and no shell reads it; put between single quotes what is meant as it is written"},
		"a variable":            {in: `a "$x"`, err: "the string needs a shell: it has a variable ($), and no shell reads it; put between single quotes what is meant as it is written"},
		"an unterminated quote": {in: "it's", err: "the string cannot be split into words: an unterminated quote; correct the quoting"},
		"a NUL character":       {in: "a\x00", err: "the string cannot be split into words: a NUL byte; correct the quoting"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := call(t, "shell_split", tftypes.NewValue(tftypes.String, tc.in), tftypes.List{ElementType: tftypes.String})
			if err != tc.err {
				t.Fatalf("error %q, want %q", err, tc.err)
			}
			if err != "" {
				return
			}
			if diff := cmp.Diff(any(tc.want), plainValue(t, got)); diff != "" {
				t.Errorf("words (-want +got):\n%s", diff)
			}
		})
	}
}
