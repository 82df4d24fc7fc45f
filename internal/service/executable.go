package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/words"
)

// DefaultArgFormat is how an input is rendered unless a service says otherwise.
const DefaultArgFormat = "--{{.Key}} {{.Value}}"

// Executable is a script or any program that runs under an executable object:
// "<executable> <its arguments> <filename> <rendered inputs>".
type Executable struct {
	Filename string
	// ArgFormat is a Go template over .Key and .Value for each input; empty means
	// DefaultArgFormat.
	ArgFormat string
}

func (Executable) kind() string { return "executable" }

var errNoExecutable = errors.New("a service of this kind runs under an executable object, and has none")

func (k Executable) prepare(_ context.Context, s *Site) (*converge.Prepared, error) {
	if s.Executable == nil {
		return nil, errNoExecutable
	}
	file, err := s.file("filename", k.Filename)
	if err != nil {
		return nil, err
	}
	format, err := ParseArgFormat(k.ArgFormat)
	if err != nil {
		return nil, err
	}
	inputs, err := format.Render(s.Inputs)
	if err != nil {
		return nil, err
	}
	return &converge.Prepared{
		Argv: slices.Concat([]string{s.Executable.Command}, s.Executable.Args, []string{file}, inputs),
	}, nil
}

// ArgFormat renders inputs as arguments. The template is split into words before anything
// is put into it, so a value is one word whatever it contains.
type ArgFormat struct{ words []argWord }

type argWord struct {
	template *template.Template
	// optional words are left out where they render to nothing.
	optional bool
}

// ParseArgFormat parses a format; an empty one is [DefaultArgFormat]. The errors are those
// of package words and of text/template.
func ParseArgFormat(format string) (ArgFormat, error) {
	if format == "" {
		format = DefaultArgFormat
	}
	actions, masked, err := hideActions(format)
	if err != nil {
		return ArgFormat{}, err
	}
	split, err := words.Split(masked)
	if err != nil {
		return ArgFormat{}, err
	}
	var f ArgFormat
	for _, word := range split {
		for mark, action := range actions {
			word = strings.ReplaceAll(word, mark, action)
		}
		t, err := template.New("arg_format").Option("missingkey=error").Parse(word)
		if err != nil {
			return ArgFormat{}, err
		}
		f.words = append(f.words, argWord{template: t, optional: isConditional(word)})
	}
	return f, nil
}

// hideActions replaces each template action by a mark that is one letter to the splitter:
// the blanks and quotes inside an action are the template's and separate no words.
func hideActions(format string) (actions map[string]string, masked string, err error) {
	actions = map[string]string{}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(format, "{{")
		b.WriteString(before)
		if !found {
			return actions, b.String(), nil
		}
		action, after, closed := strings.Cut(rest, "}}")
		if !closed {
			return nil, "", fmt.Errorf("an action is not closed: {{%s", rest)
		}
		// Private-use characters, which no format has a use for.
		mark := string(rune(0xE000 + len(actions)))
		actions[mark] = "{{" + action + "}}"
		b.WriteString(mark)
		format = after
	}
}

func isConditional(word string) bool {
	rest, ok := strings.CutPrefix(word, "{{")
	if !ok {
		return false
	}
	keyword := strings.TrimLeft(strings.TrimPrefix(rest, "-"), " ")
	return strings.HasPrefix(keyword, "if ") || strings.HasPrefix(keyword, "with ") || strings.HasPrefix(keyword, "range ")
}

// Render returns the arguments for the inputs, in the order of their names.
func (f ArgFormat) Render(inputs map[string]any) ([]string, error) {
	var args []string
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		value, err := Text(inputs[name])
		if err != nil {
			return nil, err
		}
		for _, word := range f.words {
			var b strings.Builder
			if err := word.template.Execute(&b, map[string]any{"Key": name, "Value": value}); err != nil {
				return nil, err
			}
			if b.Len() > 0 || !word.optional {
				args = append(args, b.String())
			}
		}
	}
	return args, nil
}

// Text returns a value of encoding/json as one word: a string as it is, anything else as
// JSON.
func Text(value any) (string, error) {
	if s, ok := value.(string); ok {
		return s, nil
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return strings.TrimSuffix(b.String(), "\n"), err
}
