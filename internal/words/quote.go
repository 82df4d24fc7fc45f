package words

import (
	"errors"
	"regexp"
	"slices"
	"strings"
)

// ErrNUL means that a word holds a NUL byte, which no quoting can express and no argument
// can hold.
var ErrNUL = errors.New("a NUL byte")

// bare matches what means itself in every shell, wherever it stands. A number is not
// among it, for in front of a redirection it would be a part of that.
var bare = regexp.MustCompile(`^[A-Za-z0-9_@%+:,./-]*[A-Za-z_@%+:,./-][A-Za-z0-9_@%+:,./-]*$`)

// reserved are the words that mean something as the first one of a command, in POSIX and
// in the shells that add to it.
var reserved = []string{
	"case", "coproc", "do", "done", "elif", "else", "end", "esac", "fi", "for", "foreach", "function", "if", "in", "namespace",
	"repeat", "select", "then", "time", "until", "while",
}

// Quote returns the words as one string of which a POSIX shell, and [List], makes the same
// words again. What means itself stays bare; everything else, an empty word too, is
// put between single quotes, the one form in which nothing is special. The words are
// UTF-8. The error is [ErrNUL].
//
// Source of the rule: POSIX.1-2024, Shell Command Language, 2.2.2 Single-Quotes.
func Quote(words []string) (string, error) {
	quoted := make([]string, len(words))
	for i, w := range words {
		if strings.ContainsRune(w, 0) {
			return "", ErrNUL
		}
		quoted[i] = quote(w)
	}
	return strings.Join(quoted, " "), nil
}

func quote(w string) string {
	if bare.MatchString(w) && !slices.Contains(reserved, w) {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}
