package words

import (
	"strings"
	"sync"

	"mvdan.cc/sh/v3/syntax"
)

// parsers are used again: to make one is most of what splitting a command costs.
var parsers = sync.Pool{New: func() any {
	return syntax.NewParser(syntax.Variant(syntax.LangPOSIX), syntax.KeepComments(true))
}}

// parse reads s as a POSIX shell does.
func parse(s string) (*syntax.File, error) {
	parser, _ := parsers.Get().(*syntax.Parser)
	defer parsers.Put(parser)
	return parser.Parse(strings.NewReader(s), "")
}
