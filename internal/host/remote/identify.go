package remote

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

//go:embed digest.sh
var digestText string

// Identify finds the program of a command, by the PATH that the command gets, and returns
// its path and the digest of its content in hexadecimal. An empty path means that there is
// none.
func (h *Host) Identify(ctx context.Context, c host.Command) (path, sha256 string, err error) {
	var stdout bytes.Buffer
	stderr := host.NewTail(messageLimit)
	c.Argv = []string{shell, "-c", digestText, shell, c.Argv[0]}
	c.Stdin, c.Stdout, c.Stderr = "", &stdout, stderr
	result, err := h.Run(ctx, c)
	if err != nil {
		return "", "", err
	}
	sum, rest, _ := strings.Cut(stdout.String(), "\n")
	path = strings.TrimSuffix(rest, "\n")
	if result.ExitCode != 0 {
		return path, "", fmt.Errorf("the machine could not tell the digest: %s", strings.TrimSpace(stderr.Text()))
	}
	return path, sum, nil
}
