package provider

import (
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/words"
)

// The messages of functions. Engines put the name of the parameter before such a text and
// a full stop behind it, so it is neither begun nor ended as a sentence. It holds nothing of the
// argument, which may be a secret.

// refusedArgument lays an error at the only argument that each function has.
func refusedArgument(said string) *function.FuncError { return function.NewArgumentFuncError(0, said) }

func nullWord(index int) *function.FuncError {
	return refusedArgument(fmt.Sprintf("element %d is null; leave it out, for example with compact() or a for expression with an if clause", index))
}

// notQuoted words an error of [words.Quote].
func notQuoted(err error) *function.FuncError {
	if errors.Is(err, words.ErrNUL) {
		return refusedArgument("a word contains a NUL character, which no argument of a program can hold")
	}
	return refusedArgument(err.Error())
}

// notSplit words an error of [words.List].
func notSplit(err error) *function.FuncError {
	if shell, ok := errors.AsType[*words.ShellError](err); ok {
		return refusedArgument(fmt.Sprintf("the string needs a shell: it has %s, and no shell reads it; put between single quotes what is meant "+
			"as it is written", shell.Construct))
	}
	return refusedArgument(fmt.Sprintf("the string cannot be split into words: %s; correct the quoting", err))
}
