// Package words splits a command written as one string into its argv, by the quoting
// rules of POSIX and without a shell, and quotes an argv so that it becomes one string.
// What only a shell could carry out is refused by
// name, never guessed at and never passed on as a literal.
package words

import (
	"errors"
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// ErrEmpty means that the string holds no word at all.
var ErrEmpty = errors.New("the command is empty")

// ShellError means that the string needs a shell.
type ShellError struct {
	// Construct names what needs it, as a reader of the shell's manual would: `a pipe (|)`.
	Construct string
}

func (e *ShellError) Error() string { return "needs a shell: " + e.Construct }

// SyntaxError means that a shell would refuse the string as well. Detail never repeats
// text of the command, which may hold a secret.
type SyntaxError struct{ Detail string }

func (e *SyntaxError) Error() string { return e.Detail }

// Split returns the words of s as a command: there is at least one, and the first, which
// is the program, is not empty. The errors are [ErrEmpty] and those of [List].
func Split(s string) ([]string, error) {
	argv, err := List(s)
	if err != nil {
		return nil, err
	}
	if len(argv) == 0 || argv[0] == "" {
		return nil, ErrEmpty
	}
	return argv, nil
}

// List returns the words of s: blanks separate them, quotes and backslashes keep them
// together and are removed. A string without words has none, and that is no error. The
// errors are [*ShellError] and [*SyntaxError].
//
// Source of the rule: POSIX.1-2024, Shell Command Language, 2.2 Quoting.
func List(s string) ([]string, error) {
	if strings.ContainsRune(s, 0) {
		return nil, &SyntaxError{Detail: "a NUL byte"}
	}
	returns := stand(s)
	file, err := parse(returns.in.Replace(s))
	if err != nil {
		return nil, syntaxError(err)
	}
	if len(file.Last) > 0 {
		return nil, &ShellError{Construct: "a comment (#)"}
	}
	switch len(file.Stmts) {
	case 0:
		return nil, nil
	case 1:
	default:
		return nil, &ShellError{Construct: "several commands (; or a new line)"}
	}
	call, err := simpleCommand(file.Stmts[0])
	if err != nil {
		return nil, err
	}
	list := make([]string, 0, len(call.Args))
	for _, w := range call.Args {
		word, err := returns.literal(w)
		if err != nil {
			return nil, err
		}
		list = append(list, word)
	}
	return list, nil
}

// standIn is a character that stands for carriage returns while a string is parsed: the
// parser takes the one before a new line for a part of it, within quotes too, and any
// other for a blank. To POSIX it is a character like any other.
type standIn struct {
	char    rune
	in, out *strings.Replacer
}

// stand returns a stand-in of which s has none.
func stand(s string) standIn {
	const private = '\uE000' // Where the private use area begins.
	char := private
	for strings.ContainsRune(s, char) {
		char++
	}
	return standIn{char: char, in: strings.NewReplacer("\r", string(char)), out: strings.NewReplacer(string(char), "\r")}
}

func syntaxError(err error) error {
	if parse, ok := errors.AsType[syntax.ParseError](err); ok {
		if parse.Incomplete && strings.Contains(parse.Text, "quote") {
			return &SyntaxError{Detail: "an unterminated quote"}
		}
		return &SyntaxError{Detail: fmt.Sprintf("not a command by POSIX rules, at line %d, column %d",
			parse.Pos.Line(), parse.Pos.Col())}
	}
	if lang, ok := errors.AsType[syntax.LangError](err); ok {
		return &ShellError{Construct: lang.Feature}
	}
	return &SyntaxError{Detail: "not a command by POSIX rules"}
}

// simpleCommand returns the statement's command if that is nothing but words.
func simpleCommand(s *syntax.Stmt) (*syntax.CallExpr, error) {
	switch {
	case len(s.Comments) > 0:
		return nil, &ShellError{Construct: "a comment (#)"}
	case s.Negated:
		return nil, &ShellError{Construct: "a negation (!)"}
	case s.Background:
		return nil, &ShellError{Construct: "a background command (&)"}
	case s.Semicolon.IsValid():
		return nil, &ShellError{Construct: "a command separator (;)"}
	case len(s.Redirs) > 0:
		return nil, &ShellError{Construct: fmt.Sprintf("a redirection (%s)", s.Redirs[0].Op)}
	}
	call, ok := s.Cmd.(*syntax.CallExpr)
	if !ok {
		return nil, &ShellError{Construct: compound(s.Cmd)}
	}
	if len(call.Assigns) > 0 {
		return nil, &ShellError{Construct: "a variable assignment (NAME=value)"}
	}
	return call, nil
}

func compound(c syntax.Command) string {
	switch c := c.(type) {
	case *syntax.BinaryCmd:
		if c.Op == syntax.Pipe || c.Op == syntax.PipeAll {
			return "a pipe (|)"
		}
		return fmt.Sprintf("a list of commands (%s)", c.Op)
	case *syntax.Subshell:
		return "a subshell (( ))"
	case *syntax.Block:
		return "a group of commands ({ })"
	case *syntax.IfClause:
		return "an if clause"
	case *syntax.WhileClause:
		return "a while or until loop"
	case *syntax.ForClause:
		return "a for loop"
	case *syntax.CaseClause:
		return "a case clause"
	case *syntax.FuncDecl:
		return "a function definition"
	}
	return "a compound command"
}

// literal returns the word after quote removal, if it is made of quotes and literals. A
// carriage return outside quotes is refused: it comes from a file with other line ends,
// and a shell would make it part of the word.
func (r standIn) literal(w *syntax.Word) (string, error) {
	var b strings.Builder
	for i, part := range w.Parts {
		switch part := part.(type) {
		case *syntax.Lit:
			if strings.ContainsRune(part.Value, r.char) {
				return "", &SyntaxError{Detail: "a carriage return outside quotes"}
			}
			if err := unquoted(&b, part.Value, i == 0); err != nil {
				return "", err
			}
		case *syntax.SglQuoted:
			b.WriteString(part.Value)
		case *syntax.DblQuoted:
			for _, inner := range part.Parts {
				lit, ok := inner.(*syntax.Lit)
				if !ok {
					return "", &ShellError{Construct: expansion(inner)}
				}
				doubleQuoted(&b, lit.Value)
			}
		default:
			return "", &ShellError{Construct: expansion(part)}
		}
	}
	return r.out.Replace(b.String()), nil
}

func expansion(p syntax.WordPart) string {
	switch p := p.(type) {
	case *syntax.ParamExp:
		return "a variable ($)"
	case *syntax.CmdSubst:
		if p.Backquotes {
			return "a command substitution (` `)"
		}
		return "a command substitution ($( ))"
	case *syntax.ArithmExp:
		return "an arithmetic expansion ($(( )))"
	}
	return "an expansion"
}

// unquoted removes backslashes and refuses what a shell would expand in bare text.
func unquoted(b *strings.Builder, s string, first bool) error {
	if first && strings.HasPrefix(s, "~") {
		return &ShellError{Construct: "a home directory (~)"}
	}
	bracket := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			i++
			if s[i] != '\n' {
				b.WriteByte(s[i])
			}
			continue
		case c == '*', c == '?':
			return &ShellError{Construct: fmt.Sprintf("a file name pattern (%c)", c)}
		case c == '[':
			bracket = true
		case c == ']' && bracket:
			return &ShellError{Construct: "a file name pattern ([ ])"}
		}
		b.WriteByte(s[i])
	}
	return nil
}

// doubleQuoted removes the backslashes that mean something between double quotes.
func doubleQuoted(b *strings.Builder, s string) {
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte("$`\"\\\n", s[i+1]) >= 0 {
			i++
			if s[i] == '\n' {
				continue
			}
		}
		b.WriteByte(s[i])
	}
}
